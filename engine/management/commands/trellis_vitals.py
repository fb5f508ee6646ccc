import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from engine.vitals import MEANING, vitals


class Command(BaseCommand):
    help = "Print the numbers by which one sees whether the engine keeps up, as JSON or for Prometheus."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--prometheus", action="store_true", help="as Prometheus's textfile collector reads them")

    def handle(self, *args: Any, **options: Any) -> None:
        found = vitals()
        if not options["prometheus"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        for name, value in found.items():
            self.stdout.write(f"# HELP trellis_{name} {MEANING[name]}")
            self.stdout.write(f"# TYPE trellis_{name} gauge")
            self.stdout.write(f"trellis_{name} {value}")
