from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engine.partitioning import NotPossible, cut, parts


class Command(BaseCommand):
    help = "Cut the table of visits into parts by contact (PostgreSQL): partition_visits 16, or 0 for one table again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("into", type=int, help="how many parts; 0: one whole table")

    def handle(self, *args: Any, **options: Any) -> None:
        into = options["into"]
        if not 0 <= into <= 1024:
            raise CommandError("Choose a number of parts from 0 to 1024.")
        try:
            rows = cut(into)
        except NotPossible as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{rows} visits lie in {parts() or 1} {'parts' if into > 1 else 'part'}.")
