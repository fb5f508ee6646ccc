"""Events from outside: one's own, purchases, installed apps, forms, answered surveys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from builder.nodes import Names
from engine.starts.base import Start, Tree, Where, fits, same_text, where_words


class OfEvent(Where):
    name: str = Field("", title="Event", max_length=60, json_schema_extra={"x-placeholder": "signed_up"})


class OwnEvent(Start):
    on, label, section, place = "event", "An event of your own", "behaviour", 20
    Settings = OfEvent
    needs = {"name": "Which event?"}
    fills = True
    came = "The event happened."

    @classmethod
    def event_name(cls, settings: Any) -> str | None:
        return settings.name or None

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        return fits(settings.where, properties)

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return _did(settings.name, settings.where) if settings.name else None

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return f"{who}, at “{settings.name or '…'}”{where_words(settings.where)}"


class Purchase(Start):
    on, label, section, place = "purchase", "A purchase", "behaviour", 10
    event = "purchase"
    Settings = Where
    fills = True
    came = "Bought something."

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        return fits(settings.where, properties)

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return _did(cls.event or "", settings.where)

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return f"{who} buying something{where_words(settings.where)}"


class OfApp(BaseModel):
    app: str = Field("", title="App", max_length=120, description="Left empty: any of your apps.")


class AppInstalled(Start):
    on, label, section, place = "app_installed", "An app is installed", "behaviour", 40
    event = "app_installed"
    Settings = OfApp
    fills = True
    came = "Installed the app."

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        return not settings.app or same_text(settings.app, properties.get("app"))

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return _did("app_installed", (), app=settings.app)

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return f"{who} installing {settings.app or 'an app'}"


class OfForm(Where):
    form: str = Field("", title="Form", max_length=120, description="Its name or id. Left empty: any form.")


class FormSubmitted(Start):
    on, label, section, place = "form_submitted", "A form is submitted", "behaviour", 32
    event = "form_submitted"
    Settings = OfForm
    fills = True
    came = "Submitted the form."

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        return (not settings.form or same_text(settings.form, properties.get("form"))) and fits(
            settings.where, properties
        )

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        return _did("form_submitted", settings.where, form=settings.form)

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        form = f"the form “{settings.form}”" if settings.form else "a form"
        return f"{who} submitting {form}{where_words(settings.where)}"


GROUPS = {"promoter": "Promoters, 9 and 10", "passive": "Passives, 7 and 8", "detractor": "Detractors, 0 to 6"}


class OfSurvey(BaseModel):
    survey: str = Field("", title="Survey", max_length=120, description="Its name or id. Left empty: any survey.")
    groups: list[Literal["promoter", "passive", "detractor"]] = Field(
        default_factory=list,
        title="Who answered as",
        description="None chosen: whatever they answered.",
        json_schema_extra={"x-widget": "multiselect", "x-labels": dict[str, Any](GROUPS)},
    )


class SurveyAnswered(Start):
    on, label, section, place = "survey_answered", "A survey is answered", "behaviour", 34
    event = "survey_answered"
    Settings = OfSurvey
    fills = True
    came = "Answered the survey."

    @classmethod
    def hears(cls, settings: Any, properties: Mapping[str, Any]) -> bool:
        if settings.survey and not same_text(settings.survey, properties.get("survey")):
            return False
        return not settings.groups or _group(properties.get("score")) in settings.groups

    @classmethod
    def qualifies(cls, settings: Any) -> Tree | None:
        spans = {"promoter": (9, 10), "passive": (7, 8), "detractor": (0, 6)}
        if not settings.groups:
            return _did("survey_answered", (), survey=settings.survey)
        parts = []
        for group in settings.groups:
            low, high = spans[group]
            leaf = _did("survey_answered", (), survey=settings.survey)
            leaf.setdefault("where", []).append({"property": "score", "op": "between", "value": low, "to": high})
            parts.append(leaf)
        return {"any": parts}

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        survey = f"the survey “{settings.survey}”" if settings.survey else "a survey"
        answered = f" as {' or '.join(settings.groups)}" if settings.groups else ""
        return f"{who} answering {survey}{answered}"


def _group(score: Any) -> str:
    if isinstance(score, bool) or not isinstance(score, int | float):
        return ""
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


def _did(name: str, where: Any, **properties: str) -> Tree:
    """The condition "did this ever": the event by name, with these properties."""
    filters = [one.model_dump(by_alias=True, exclude_none=True) for one in where]
    filters += [{"property": key, "op": "is", "value": value} for key, value in properties.items() if value]
    return {"fact": "event", "name": name, **({"where": filters} if filters else {})}
