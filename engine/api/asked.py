"""What may be asked of the time machine: bodies of `simulate/` and of scenarios as values, every mistake in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from contacts.durations import BadDuration, parse
from engine.simulate.asked import Asked, Choice, Event, Happening, Persona, Planned
from engine.simulate.happenings import DOINGS

LONGEST_S = 5 * 366 * 86_400
MOST_JSON = 20_000


class DurationField(serializers.CharField):
    """`P2D`, up to five years."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            seconds = parse(text).approximate_seconds() if text else 0
        except BadDuration as error:
            raise serializers.ValidationError(str(error)) from error
        if seconds > LONGEST_S:
            raise serializers.ValidationError("Five years is the longest.")
        return str(text)


class ValuesField(serializers.DictField):
    """A small JSON object."""

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if len(repr(values)) > MOST_JSON:
            raise serializers.ValidationError("This is too large.")
        return values


class PastEvent(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)
    properties = ValuesField(required=False, default=dict)
    before = DurationField(required=False, default="P1D", help_text="How long before the start it happened.")


class PersonaShape(ValuesField):
    """An invented person: a contact's values, and `events` (what they did before), `known_for` (how long we have known them)."""

    def to_internal_value(self, data: Any) -> Any:
        values = dict(super().to_internal_value(data))
        past = PastEvent(data=values.pop("events", None) or [], many=True)
        if not past.is_valid():
            raise serializers.ValidationError({"events": past.errors})
        if len(past.validated_data) > 200:
            raise serializers.ValidationError({"events": ["At most 200 events."]})
        known_for = DurationField(allow_blank=True).run_validation(values.pop("known_for", "") or "")
        return Persona(values, tuple(Event(**one) for one in past.validated_data), known_for)


class HappeningShape(serializers.Serializer[Any]):
    do = serializers.ChoiceField(choices=sorted(DOINGS))
    values = ValuesField(
        required=False, default=dict, help_text="node, link, name, properties, tag, list, field, value …"
    )


class ChoiceShape(serializers.Serializer[Any]):
    """What happens while the person is at `node`: `port` is the way to take, `do` anything else that happens there."""

    node = serializers.CharField(max_length=64)
    visit = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=1_000, help_text="At the how manyth visit; 0: each."
    )
    port = serializers.CharField(required=False, default="", max_length=16, allow_blank=True)
    do = serializers.ChoiceField(choices=sorted(DOINGS), required=False)
    values = ValuesField(required=False, default=dict)
    after = DurationField(required=False, default="PT1H")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if bool(data["port"]) == bool(data.get("do")):
            raise serializers.ValidationError("Name either a port or what happens (do).")
        return data


class MomentField(serializers.DateTimeField):
    """A moment with room for every wait before and behind it: the calendar ends in the year 9999."""

    def to_internal_value(self, value: Any) -> datetime:
        at = super().to_internal_value(value)
        if not 2000 <= at.year <= 2200:
            raise serializers.ValidationError("A moment lies between the years 2000 and 2200.")
        return at


class PlannedShape(HappeningShape):
    at = MomentField(required=False, allow_null=True, default=None)
    after = DurationField(required=False, default="", allow_blank=True, help_text="After the start; or give `at`.")


class AskedShape(serializers.Serializer[Any]):
    """A contact by id or an invented persona; from when; by which trigger; what happens on the way."""

    contact = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**63 - 1)
    persona = PersonaShape(required=False, allow_null=True, default=None)
    starts_at = MomentField(required=False, allow_null=True, default=None)
    trigger = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)
    properties = ValuesField(required=False, default=dict, help_text="Of the event that lets them in.")
    choices = ChoiceShape(many=True, required=False, default=list)  # type: ignore[assignment]
    events = PlannedShape(many=True, required=False, default=list)
    anyway = serializers.BooleanField(
        required=False, default=False, help_text="Let them in although audience, filter or re-entry say no."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["contact"] is not None and data["persona"] is not None:
            raise serializers.ValidationError("Name either a contact or a persona.")
        for name, most in (("choices", 200), ("events", 200)):
            if len(data[name]) > most:
                raise serializers.ValidationError({name: [f"At most {most}."]})
        return data


def read(body: Any) -> Asked:
    """The body as values; raises DRF's ValidationError with every mistake at its place."""
    shape = AskedShape(data=body)
    shape.is_valid(raise_exception=True)
    return values_of(shape.validated_data)


def values_of(data: dict[str, Any]) -> Asked:
    return Asked(
        contact_id=data["contact"],
        persona=data["persona"],
        starts_at=data["starts_at"],
        trigger=data["trigger"],
        properties=data["properties"],
        choices=tuple(
            Choice(
                one["node"],
                one["visit"],
                one["port"],
                Happening(one["do"], one["values"]) if one.get("do") else None,
                one["after"],
            )
            for one in data["choices"]
        ),
        events=tuple(Planned(Happening(one["do"], one["values"]), one["at"], one["after"]) for one in data["events"]),
        anyway=data["anyway"],
    )
