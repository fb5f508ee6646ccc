from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, Literal

from pydantic import Field

from builder.nodes import Names, Port, Settings
from builder.problem import Problem
from engine.batch import Batch
from engine.messaging.models import Status
from engine.models import Effect
from engine.steps.base import Step

DESTINATIONS: dict[str, Any] = {"custom_audience": "Custom audience", "google_ads": "Google Ads"}


class AudienceSettings(Settings):
    audience: str = Field("", title="Audience", max_length=80, description="The list of people that the ads go to.")
    destinations: list[Literal["custom_audience", "google_ads"]] = Field(
        ["custom_audience"],
        title="Where",
        max_length=2,
        json_schema_extra={"x-widget": "checks", "x-labels": DESTINATIONS},
    )
    action: Literal["add", "remove"] = Field("add", title="What", json_schema_extra={"x-widget": "select"})


class Audience(Step):
    """Puts people into an ad audience, or takes them out. Addresses and phones leave Trellis only as SHA-256 hashes.

    The custom audience is a list kept here that you can download as CSV; Google Ads gets the same people by itself once it is
    connected.
    """

    kind = "audience"
    label = "Ad audience"
    icon = "ad-2"
    group = "site"
    ports = (Step.NEXT, Port("failed", "Failed", "failed"))
    example = {"audience": "Not reached by mail", "destinations": ["custom_audience"], "action": "add"}
    Settings = AudienceSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        settings = batch.settings
        payload = {"audience": settings.audience, "destinations": settings.destinations, "action": settings.action}
        why = [["audience", settings.audience, settings.action]]
        for token in batch.tokens:
            if token.result is None:
                token.result = Status.PLANNED
                batch.work.effects.append(
                    Effect(
                        contact_id=token.contact_id,
                        run_id=token.id,
                        nth=token.nth,
                        node=token.node,
                        kind=cls.kind,
                        payload=payload,
                        due_at=batch.now,
                    )
                )
                batch.park(token, None)
            elif token.result == Status.PLANNED:
                batch.park(token, None)
            elif token.result in (Status.ACCEPTED, Status.CANCELLED):
                batch.go(token, "next", why)
            else:
                batch.fail(token, "The audience did not take them")

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if not node.settings.get("audience", "").strip():
            yield Problem(node.id, "audience", "The audience has no name")
        if not node.settings.get("destinations", ["custom_audience"]):
            yield Problem(node.id, "destinations", "It goes nowhere yet")

    @classmethod
    def summary(cls, settings: AudienceSettings, names: Names) -> str:
        if not settings.destinations:
            return "Goes nowhere yet"
        first = "google_ads" if "google_ads" in settings.destinations else settings.destinations[0]
        more = len(settings.destinations) - 1
        text = DESTINATIONS[first] + (f" and {more} more" if more else "")
        return text if settings.action == "add" else f"Out of {text}"

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] != "audience":
            return None
        return f"Was {'added to' if entry[2] == 'add' else 'taken out of'} the audience “{entry[1]}”."
