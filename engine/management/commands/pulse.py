"""`manage.py pulse`: finds what is due or stranded and rings for it, until it is told to stop."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from engine import pulse


class Command(BaseCommand):
    help = "Finds what is due or stranded and rings for it. Started by manage.py run."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def hear(number: int, frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, hear)
        pulse.run_forever(stop)
