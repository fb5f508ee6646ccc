"""May it go right now? Asked again when messages are handed over: stop, pause, test addresses, quiet hours, the cap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from contacts import clock
from contacts.conditions.zones import zone_of
from engine.messaging import cap, policy
from engine.messaging.cap import Places
from engine.messaging.claimed import Claimed, Result
from engine.messaging.models import Purpose, Status
from engine.messaging.policy import Policy
from engine.messaging.workspace_rules import Rules

MARKETING = int(Purpose.MARKETING)


class Restraint:
    """The answer for one claimed batch. One query (paused workflows), one more where a cap is set."""

    def __init__(self, claimed: Sequence[Claimed], rules: Rules) -> None:
        self._rules, self._now = rules, clock.now()
        self._now_us = clock.to_micros(self._now)
        self._policies: dict[tuple[int, str], Policy] = {}
        for one in claimed:
            key = (one.version_id, one.node)
            if key not in self._policies:
                self._policies[key] = policy.of(*key)
        self._paused = policy.paused_workflows()
        self._places: Places | None = None
        capped = [one.contact_id for one in claimed if self._is_capped(one)] if rules.caps else []
        if capped:
            self._places = Places(rules, capped, self._now_us)
        # Most batches are restrained by nothing: they are not asked one by one.
        self.acts = bool(
            rules.stopped_at
            or rules.test_only
            or self._places
            or self._paused & {one.workflow_id for one in claimed}
            or any(told.quiet or told.test_only for told in self._policies.values())
        )

    def _is_capped(self, one: Claimed) -> bool:
        told = self._policies[one.version_id, one.node]
        return told.capped and one.purpose == MARKETING and cap.applies(self._rules.caps, one.channel)

    def of(self, one: Claimed, address_hash: str, time_zone: str) -> Result | None:
        """What keeps this message back, or refuses it; None: it may go."""
        if self._rules.stopped_at:
            return Result(one, Status.HELD, self._now, reason="stopped_all")
        if one.workflow_id in self._paused:
            return Result(one, Status.HELD, self._now, reason="paused")
        told = self._policies[one.version_id, one.node]
        if not is_test(told, self._rules, address_hash):
            return Result(one, Status.SKIPPED, self._now, reason="test_only")
        if one.purpose != MARKETING:
            return None
        if self._places and self._is_capped(one):
            later = self._places.free_at(one.contact_id, one.channel, before=one.id)
            if later is not None:
                if told.when_capped == "skip":
                    return Result(one, Status.SKIPPED, self._now, reason="capped")
                return self._hold(one, "capped", min(later, cap.gives_up_at(one.planned_at)))
        if told.quiet:
            opening = told.quiet.resumes(self._now, self._zone(told, time_zone), one.run_id + one.nth)
            if opening:
                if told.in_quiet_hours == "skip":
                    return Result(one, Status.SKIPPED, self._now, reason="quiet_hours")
                return self._hold(one, "quiet_hours", clock.to_micros(opening))
        return None

    def _zone(self, told: Policy, time_zone: str) -> tzinfo:
        assert told.quiet is not None
        return zone_of(time_zone, self._rules.zone) if told.quiet.zone == "contact" else self._rules.zone

    def _hold(self, one: Claimed, reason: str, until: int) -> Result:
        return Result(one, Status.HELD, self._now, reason=reason, retry_at=clock.from_micros(until))


def is_test(told: Policy, rules: Rules, address_hash: str) -> bool:
    """May this address get anything, as far as test addresses go?"""
    return all(not only or address_hash in only for only in (told.test_only, rules.test_only))
