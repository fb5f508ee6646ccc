"""`manage.py run`: web, cluster and pulse on this machine, supervised, until Ctrl+C."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from engine.supervisor.lock import Busy, shared
from engine.supervisor.screen import say
from engine.supervisor.supervise import PortTaken, Supervisor, children, listen


class Command(BaseCommand):
    help = "Runs the web server, the queue's cluster and the pulse, and starts again what dies."

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = settings.HOST, settings.PORT
        try:
            listener = listen(host, port)
        except PortTaken as taken:
            raise CommandError(
                f"Port {port} on {host} cannot be used ({taken}). Choose another: make run PORT=8001"
            ) from taken
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # below DATA_DIR; without it the web server warns
        try:
            with shared(settings.DATA_DIR):
                Supervisor(children(listener), ready=_welcome, host=host, port=port).run()
        except Busy as busy:
            raise CommandError(f"A backup is being restored into {busy}; try again when that is done.") from busy


def _welcome() -> None:
    say("run", f"Trellis is at {settings.BASE_URL}")
    if settings.DEMO:
        from engine.demo import accounts

        for account in accounts.log_ins():
            say("run", f"  log in as {account.username:<9} password {account.password}   ({account.what})")
    say("run", "Ctrl+C stops it.")
