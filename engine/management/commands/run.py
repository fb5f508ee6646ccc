"""`manage.py run`: web, cluster and pulse on this machine, or some of them, supervised, until Ctrl+C."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from engine.supervisor.lock import Busy, shared
from engine.supervisor.screen import say
from engine.supervisor.supervise import PARTS, PortTaken, Supervisor, children, listen


class Command(BaseCommand):
    help = "Runs the web server, the queue's cluster and the pulse, and starts again what dies."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "parts",
            nargs="*",
            metavar="part",
            help=f"Some of {', '.join(PARTS)}, for a machine that runs no more; default: all.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = settings.HOST, settings.PORT
        parts = options["parts"] or list(PARTS)
        if unknown := [part for part in parts if part not in PARTS]:
            raise CommandError(f"There is no part “{unknown[0]}”. Choose from {', '.join(PARTS)}.")
        try:
            listener = listen(host, port) if "web" in parts else None
        except PortTaken as taken:
            raise CommandError(
                f"Port {port} on {host} cannot be used ({taken}). Choose another: make run PORT=8001"
            ) from taken
        if behind := _behind():
            raise CommandError(
                f"The database is {behind} migration{'' if behind == 1 else 's'} behind this release. First: python manage.py migrate"
            )
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # below DATA_DIR; without it the web server warns
        try:
            with shared(settings.DATA_DIR):
                Supervisor(
                    children(listener, parts), ready=_welcome if listener else _at_work, host=host, port=port
                ).run()
        except Busy as busy:
            raise CommandError(f"A backup is being restored into {busy}; try again when that is done.") from busy


def _behind() -> int:
    """How many migrations the database lacks: every process would fail on the first query, over and over."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _at_work() -> None:
    say("run", "At work. Ctrl+C stops it.")


def _welcome() -> None:
    say("run", f"Trellis is at {settings.BASE_URL}")
    if settings.DEMO:
        from engine.demo import accounts

        for account in accounts.log_ins():
            say("run", f"  log in as {account.username:<9} password {account.password}   ({account.what})")
    elif not get_user_model()._default_manager.filter(is_active=True).exists():
        data = f"DATA_DIR={os.environ['DATA_DIR']} " if "DATA_DIR" in os.environ else ""
        say("run", f"  nobody can log in yet; in another window: {data}.venv/bin/python manage.py createsuperuser")
    say("run", "Ctrl+C stops it.")
