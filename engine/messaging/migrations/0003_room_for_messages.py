from django.db import migrations


def leave_room(apps, schema_editor):
    """A message is written three times (planned, claimed, answered): its next form finds room beside the last, and pages are used again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE messaging_message SET (fillfactor = 50)")


def fill_up(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE messaging_message RESET (fillfactor)")


class Migration(migrations.Migration):

    dependencies = [("messaging", "0002_message_waiting")]

    operations = [migrations.RunPython(leave_room, fill_up)]
