"""The canvas page and the library."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import ensure_csrf_cookie

from builder import library as shelf
from builder.access import workflow as find
from builder.errors import BadParameters, BuilderError
from builder.picture import card
from contacts import access, durations
from contacts.templatetags.look import initials
from contacts.views.listing import link, menu
from contacts.views.page import page, person_of, places, theme

CHANNELS = {
    "email": ("E-mail", "mail", "messages"),
    "web_push": ("Web push", "bell-ringing", "messages"),
    "sms": ("SMS", "message-2", "messages"),
    "mobile_push": ("Mobile push", "device-mobile", "messages"),
    "onsite": ("On site", "world", "site"),
    "audience": ("Ads", "ad-2", "site"),
}
UNITS = {"M": ("PT{}M", "minutes"), "H": ("PT{}H", "hours"), "D": ("P{}D", "days"), "W": ("P{}W", "weeks")}


@ensure_csrf_cookie
@access.needs("version.read")
def editor(request: HttpRequest, pk: int) -> HttpResponse:
    """The island. Staff come for the paths of people: they see versions, never drafts."""
    one = find(pk)
    person = person_of(request)
    may_write = access.may(request.user, "workflow.write")
    config = {
        "workflow": one.pk,
        "user": {"id": request.user.pk, "name": person, "initials": initials(person)},
        "can": {"write": may_write, "publish": may_write, "retry": access.may(request.user, "run.retry")},
        "places": [{"path": place.path, "icon": place.icon, "label": place.label} for place in places(request)],
        "theme": theme(request),
    }
    return page(request, "builder/editor.html", {"workflow": one, "config": config}, here="workflows")


@access.needs("library.read")
def library(request: HttpRequest) -> HttpResponse:
    query = request.GET
    shown = [(template, template.as_json()) for template in shelf.all()]
    tactics = sorted({facts["tactic"] for _, facts in shown if facts["tactic"]}, key=str.casefold)
    cards = [_card(template, facts) for template, facts in shown if _fits(facts, query)]
    context = {
        "cards": cards,
        "q": query.get("q", ""),
        "tactics": [("All", len(shown), link(query, tactic=None), not query.get("tactic"))]
        + [
            (
                tactic,
                sum(facts["tactic"] == tactic for _, facts in shown),
                link(query, tactic=tactic),
                query.get("tactic") == tactic,
            )
            for tactic in tactics
        ],
        "filters": [
            menu(query, "channel", "Channel", [(key, words[0]) for key, words in CHANNELS.items()]),
            menu(query, "goal", "Goal", [(goal, goal) for goal in _goals(shown)]),
        ],
    }
    return page(request, "builder/library.html", context, here="library")


def _goals(shown: list[tuple[shelf.Template, dict[str, Any]]]) -> list[str]:
    return sorted({goal for _, facts in shown for goal in facts["objectives"]}, key=str.casefold)


def _fits(facts: dict[str, Any], query: Any) -> bool:
    words = query.get("q", "").casefold().split()
    told = " ".join([facts["name"], facts["description"], facts["tactic"], *facts["objectives"]]).casefold()
    return (
        all(word in told for word in words)
        and (not query.get("tactic") or facts["tactic"] == query["tactic"])
        and (query.get("channel") not in CHANNELS or query["channel"] in facts["channels"])
        and (not query.get("goal") or query["goal"] in facts["objectives"])
    )


def _card(template: shelf.Template, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        **facts,
        "picture": card(template.graph().document),
        "channels": [CHANNELS[channel] for channel in facts["channels"] if channel in CHANNELS],
    }


@access.needs("workflow.write")
def use(request: HttpRequest, slug: str) -> HttpResponse:
    """The dialog with the template's parameters; posting it makes the draft and opens it."""
    try:
        template = shelf.get(slug)
    except BuilderError as error:
        raise Http404(str(error)) from None
    if request.method != "POST":
        return page(request, "builder/use_dialog.html", _asked(template, {}, ""))
    given = {
        parameter["name"]: value
        for parameter in template.parameters
        if (value := _value(parameter, request.POST)) is not None
    }
    try:
        one = shelf.use(slug, given, user=request.user, name=request.POST.get("name", "").strip()[:200])
    except BadParameters as error:
        words = " ".join(problem.message for problem in error.problems)
        return page(request, "builder/use_dialog.html", _asked(template, request.POST, words))
    except BuilderError as error:
        return page(request, "builder/use_dialog.html", _asked(template, request.POST, str(error)))
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": f"/workflows/{one.pk}/"})
    return redirect(f"/workflows/{one.pk}/")


def _value(parameter: dict[str, Any], given: Any) -> Any:
    """What the form says for a parameter; None leaves the default."""
    name = parameter["name"]
    if parameter["type"] != "duration":
        return given.get(name) or None
    number, unit = given.get(f"{name}_n", "").strip(), given.get(f"{name}_unit", "D")
    if not number:
        return None
    return UNITS[unit][0].format(number) if unit in UNITS else number


def _asked(template: shelf.Template, given: Any, problem: str) -> dict[str, Any]:
    fields = []
    for parameter in template.parameters:
        asked = {**parameter, "value": given.get(parameter["name"], parameter["default"])}
        if parameter["type"] == "duration":
            number, unit = _split(parameter["default"])
            asked["number"] = given.get(f"{parameter['name']}_n", number)
            now = given.get(f"{parameter['name']}_unit", unit)
            asked["units"] = [(key, words, key == now) for key, (_, words) in UNITS.items()]
        fields.append(asked)
    name = given.get("name", template.name)
    return {"template": template, "fields": fields, "problem": problem, "name": name}


def _split(duration: str) -> tuple[str, str]:
    """P2D -> ("2", "D"); what is no whole unit is told in minutes."""
    for unit, (pattern, _) in UNITS.items():
        head, tail = pattern.split("{}")
        middle = duration[len(head) : len(duration) - len(tail)]
        if duration.startswith(head) and duration.endswith(tail) and middle.isdigit():
            return middle, unit
    return str(round(durations.parse(duration).approximate_seconds() / 60)), "M"
