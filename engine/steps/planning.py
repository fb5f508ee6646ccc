"""Quiet hours, the cap and test addresses, asked when messages are planned (and again when they are handed over)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from contacts.clock import from_micros
from engine import policies
from engine.batch import zone_of
from engine.messaging import cap, workspace_rules
from engine.messaging.cap import Places
from engine.messaging.models import Status
from engine.messaging.restraint import is_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.batch import Batch, Token


class Planning:
    """What may hold back a batch's messages. No query, but one where a cap is set and the workflow keeps to it."""

    def __init__(self, batch: Batch, channel: str, tokens: Sequence[Token]) -> None:
        self._now, self._now_us, self._channel = batch.now, batch.now_us, channel
        self._rules = workspace_rules.current()
        self._policy = policies.of(batch.program.version_id, batch.node.id)
        self._marketing = batch.settings.purpose == "marketing"
        self._places: Places | None = None
        if self._marketing and self._policy.capped and cap.applies(self._rules.caps, channel):
            self._places = Places(self._rules, [token.contact_id for token in tokens], self._now_us)
        self.acts = bool(
            self._places or self._policy.test_only or self._rules.test_only or (self._marketing and self._policy.quiet)
        )

    def of(self, token: Token, address_hash: str) -> tuple[Status, str | None, datetime]:
        """(planned, held or skipped; why; when it is looked at)."""
        if not is_test(self._policy, self._rules, address_hash):
            return Status.SKIPPED, "test_only", self._now
        opening = self._opening(token) if self._marketing else None
        if opening and self._policy.in_quiet_hours == "skip":
            return Status.SKIPPED, "quiet_hours", self._now
        if self._places:
            later = self._places.ask(token.contact_id, self._channel, self._policy.priority)
            if later is not None and self._policy.when_capped == "skip":
                return Status.SKIPPED, "capped", self._now
            if later is not None:
                return Status.HELD, "capped", from_micros(min(later, cap.gives_up_at(self._now_us)))
        if opening:  # its place under the cap is kept meanwhile
            return Status.HELD, "quiet_hours", opening
        return Status.PLANNED, None, self._now

    def _opening(self, token: Token) -> datetime | None:
        quiet = self._policy.quiet
        if quiet is None:
            return None
        zone = zone_of(token.time_zone, self._rules.zone) if quiet.zone == "contact" else self._rules.zone
        return quiet.resumes(self._now, zone, token.id + token.nth)
