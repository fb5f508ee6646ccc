from typing import Any

from django.core.management.base import BaseCommand, CommandError

from engine.verify import verify


class Command(BaseCommand):
    help = "Check every invariant of the record. Exit code 1 and a list if one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = verify()
        for line in broken:
            self.stderr.write(line)
        if broken:
            raise CommandError(f"{len(broken)} invariants are broken.")
        self.stdout.write("The record is sound.")
