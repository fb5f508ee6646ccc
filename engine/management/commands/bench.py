import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

ROWS = [
    ("steps_per_s", "contact-steps a second", "{:,}"),
    ("cpu_us_per_step", "CPU us a step", "{}"),
    ("bytes_per_step", "bytes a step", "{}"),
    ("per_task_steps_per_s", "django-q2, one task a step", "{}"),
    ("sql_limit_steps_per_s", "pure SQL, the limit", "{:,}"),
    ("claim_ms_with_1m_parked", "claim with 1m parked, ms", "{}"),
    ("event_latency_ms_p50", "event to next step, ms p50", "{}"),
    ("event_latency_ms_p95", "event to next step, ms p95", "{}"),
    ("event_latency_while_sending_ms_p50", "  during a mass send, ms p50", "{}"),
    ("event_latency_while_sending_ms_p95", "  during a mass send, ms p95", "{}"),
    ("event_latency_while_sending_by_worker_ms_p50", "  by the busy worker, ms p50", "{}"),
    ("event_latency_while_sending_by_worker_ms_p95", "  by the busy worker, ms p95", "{}"),
    ("web_write_ms_p95", "web write meanwhile, ms p95", "{}"),
]


class Command(BaseCommand):
    help = "Measure the engine on a database of its own, beside one task a step and beside pure SQL; writes bench.json."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--contacts", type=int, default=10_000)
        parser.add_argument("--postgresql", help="URL of a server on which a database may be made and dropped")
        parser.add_argument("--only", choices=["sqlite", "postgresql"])

    def handle(self, *args: Any, **options: Any) -> None:
        results: dict[str, Any] = {}
        if options["only"] != "postgresql":
            with tempfile.TemporaryDirectory() as folder:
                results["sqlite"] = self.measure(options["contacts"], DATA_DIR=folder, DATABASE_URL="")
        if options["postgresql"] and options["only"] != "sqlite":
            results["postgresql"] = self.on_postgresql(options["contacts"], options["postgresql"])
        Path("bench.json").write_text(json.dumps(results, indent=2) + "\n")
        self.table(results)

    def on_postgresql(self, n: int, url: str) -> dict[str, Any]:
        import psycopg

        name = f"trellis_bench_{os.getpid()}"
        parts = urlsplit(url)
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{name}"')
        try:
            with tempfile.TemporaryDirectory() as folder:
                return self.measure(n, DATA_DIR=folder, DATABASE_URL=urlunsplit(parts._replace(path=f"/{name}")))
        finally:
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def measure(self, n: int, **environment: str) -> dict[str, Any]:
        self.stdout.write(
            f"Measuring {n:,} contacts on {'PostgreSQL' if environment['DATABASE_URL'] else 'SQLite'} ..."
        )
        done = subprocess.run(
            [sys.executable, "-m", "engine.bench.measure", str(n)],
            env={
                **os.environ,
                **environment,
                "EMAIL_URL": "null://",
                "SMS_URL": "null://",
                "REDIS_URL": "",
                "DEMO": "0",
                "WORKERS": "2",
                "DJANGO_SETTINGS_MODULE": "trellis.settings",
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            raise CommandError("The rows were not exact or the run failed: no figures.")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def table(self, results: dict[str, Any]) -> None:
        self.stdout.write("\n" + f"{'':32}" + "".join(f"{name:>14}" for name in results))
        for key, label, shape in ROWS:
            values = [shape.format(found[key]) if found[key] is not None else "-" for found in results.values()]
            self.stdout.write(f"{label:32}" + "".join(f"{value:>14}" for value in values))
        for name, found in results.items():
            self.stdout.write(
                f"{name}: {found['steps_per_s'] / max(found['per_task_steps_per_s'], 0.1):.0f} times one task a step,"
                f" {100 * found['steps_per_s'] / found['sql_limit_steps_per_s']:.0f} % of pure SQL; rows exact, verified."
            )
