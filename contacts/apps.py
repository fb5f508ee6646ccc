from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ContactsConfig(AppConfig):
    name = "contacts"

    def ready(self) -> None:
        from contacts import access, conditions

        access.watch()
        conditions.teach_sqlite()
        post_migrate.connect(make_first_rows, sender=self)


def make_first_rows(**kwargs: Any) -> None:
    """The three roles and the workspace exist in every database, also after a test has emptied it."""
    from django.contrib.auth.models import Group
    from django.db import connection

    from contacts.access import ROLES
    from contacts.models import Workspace

    if Workspace._meta.db_table not in connection.introspection.table_names():
        return  # migrated backwards

    for role in ROLES:
        Group.objects.get_or_create(name=role)
    Workspace.current()
