from __future__ import annotations

from datetime import tzinfo
from typing import Any, Literal

from pydantic import Field

from builder.nodes import Names, Settings
from engine.batch import Batch, Token
from engine.models import Turns
from engine.rates import Queue, Rate
from engine.steps.base import Step

PERIODS_S = {"minute": 60, "hour": 3_600, "day": 86_400}
ARTICLES = {"minute": "a minute", "hour": "an hour", "day": "a day"}


class RateLimitSettings(Settings):
    most: int = Field(100, title="At most", ge=1, le=1_000_000, description="So many people pass.")
    per: Literal["minute", "hour", "day"] = Field(
        "hour",
        title="In",
        json_schema_extra={"x-widget": "select", "x-labels": {"minute": "A minute", "hour": "An hour", "day": "A day"}},
    )

    @property
    def rate(self) -> Rate:
        return Rate(self.most, PERIODS_S[self.per] * 1_000_000)


class RateLimit(Step):
    """Lets only so many people through in a minute, an hour or a day; the others wait for their turn, in the order in which they came.

    In no stretch of that length do more pass, wherever it begins. Good before a step that keeps people busy: calls, chats, a small shop.
    """

    kind = "rate_limit"
    label = "Rate limit"
    icon = "gauge"
    group = "timing"
    place = 70
    ports = (Step.NEXT,)
    example = {"most": 100, "per": "hour"}
    Settings = RateLimitSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        settings = batch.settings
        key = {"workflow_id": batch.program.workflow_id, "node": batch.node.id}
        row = Turns.objects.select_for_update().filter(**key).first()
        if row is None:
            Turns.objects.bulk_create([Turns(**key)], ignore_conflicts=True)
            row = Turns.objects.select_for_update().get(**key)
        queue = Queue(settings.rate, batch.now_us, row.passed, row.promised)
        # Whoever stood here before, also under another version, goes before whoever comes now.
        back = sorted(
            (one for one in batch.tokens if one.deadline is not None or one.entered_at < batch.now_us),
            key=lambda one: (one.entered_at, one.id),
        )
        due = [one for one in back if (one.deadline or 0) <= batch.now_us]
        fresh = [one for one in batch.tokens if one.deadline is None and one.entered_at >= batch.now_us]
        why = [["turn", settings.most, settings.per]]
        for token, turn in zip(due, queue.come_back([one.deadline or one.entered_at for one in due]), strict=True):
            cls._settle(batch, token, turn, why)
        for token, turn in zip(fresh, queue.arrive(len(fresh)), strict=True):
            cls._settle(batch, token, turn, None)
        for token in back:
            if not token.state:  # looked at before their turn
                batch.park(token, token.deadline)
        Turns.objects.filter(pk=row.pk).update(passed=queue.passed, promised=queue.promised)

    @classmethod
    def _settle(cls, batch: Batch, token: Token, turn: int, why: Any) -> None:
        if turn <= batch.now_us:
            batch.go(token, why=why)
        else:
            token.deadline = turn
            batch.park(token, turn)

    @classmethod
    def summary(cls, settings: RateLimitSettings, names: Names) -> str:
        return f"At most {settings.most:,} {ARTICLES[settings.per]}"

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        return f"Waited for their turn: {entry[1]:,} pass {ARTICLES[entry[2]]}." if entry[0] == "turn" else None
