"""Verbs on what waits in the outbox beside messages."""

from __future__ import annotations

from collections.abc import Sequence

from engine.messaging import plan
from engine.models import Effect
from engine.models.effect import EffectStatus


def cancel(runs: Sequence[tuple[int, int]]) -> None:
    """Any end of a run, given as (contact_id, run_id), cancels what is not yet claimed; what is claimed finishes.

    Call inside the ending transaction.
    """
    if not runs:
        return
    Effect.objects.filter(run_id__in=[run for _, run in runs], status=EffectStatus.PLANNED).update(
        status=EffectStatus.CANCELLED, due_at=None
    )
    plan.cancel(runs)
