from django.db import migrations


def leave_room(apps, schema_editor):
    """A run is written three times or more: with half a page free its next form finds room beside the last, and pages are used again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE engine_run SET (fillfactor = 50)")


def fill_up(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE engine_run RESET (fillfactor)")


class Migration(migrations.Migration):

    dependencies = [("engine", "0006_notices")]

    operations = [migrations.RunPython(leave_room, fill_up)]
