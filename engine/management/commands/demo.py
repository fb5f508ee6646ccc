"""`manage.py demo`: the demo people and their workflow; `--advance P3D` lets days pass. Only with DEMO=1."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from contacts import access, clock, demo_clock
from contacts.durations import BadDuration
from contacts.errors import Refused
from contacts.models import Contact
from engine.demo import accounts, arrivals, history, shop
from engine.demo.advance import advance
from engine.demo.people import CUSTOMERS, OWN_THREE, someone


class Command(BaseCommand):
    help = "Makes the demo people and their workflow (safe to repeat), or lets days pass for them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--people", type=int, default=CUSTOMERS, help=f"how many people there are to be, at least ({CUSTOMERS})"
        )
        parser.add_argument("--advance", metavar="P3D", help="let this much time pass, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not a demo. Set DEMO=1 if it should be one.")
        if options["people"] < 0:
            raise CommandError("--people says how many people there are to be: 0 or more.")
        try:
            if options["advance"]:
                self._advance(options["advance"])
            else:
                self._people(options["people"])
        except (Refused, BadDuration) as refused:
            raise CommandError(str(refused) or (refused.__doc__ or "")) from refused

    def _people(self, number: int) -> None:
        began = time.monotonic()
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # demo people ask our own pages; they warn without it
        accounts.log_ins()
        if not Contact.objects.exists():
            history.begin()
        demo_clock.sync(now=True)
        shop.open_shop(get_user_model()._default_manager.get(username=access.MARKETER))
        if clock.offset().total_seconds() < 0:
            self._told = 0.0
            self.stdout.write(f"Two weeks in the life of {number:,} demo people ...")
            history.live_through(number, self._tell)
            self.stdout.write(f"Done in {time.monotonic() - began:.0f} s.")
            return
        before = Contact.objects.filter(is_demo=True).count()
        missing = max(number + len(OWN_THREE) - before, 0)
        if missing:
            known = set(Contact.objects.filter(external_id__startswith="cdnow-").values_list("external_id", flat=True))
            wanted = (someone(n) for n in range(1, number + 1))
            arrivals.let_in([*OWN_THREE, *(one for one in wanted if one.external_id not in known)])
            self.stdout.write(f"{Contact.objects.filter(is_demo=True).count() - before:,} demo people came in.")
        else:
            self.stdout.write(f"{before:,} demo people are here already.")

    def _tell(self, share: float) -> None:
        if share - self._told >= 0.1 or share >= 1 > self._told:
            self._told = share
            self.stdout.write(f"  {share:>4.0%}  {clock.now():%d %b}")
            self.stdout.flush()

    def _advance(self, duration: str) -> None:
        done = advance(duration, seconds=5)
        while done.left:
            self.stdout.write(f"  {done.at:%d %b %H:%M} ...")
            done = advance(f"PT{max(round(done.left.total_seconds()), 1)}S", seconds=5)
        self.stdout.write(f"It is {done.at:%d %b %Y %H:%M} UTC in the demo.")
