"""Settings about all sending: the frequency cap and the test addresses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from contacts import access, durations, normalise
from contacts.models import Workspace

# What a cap may count: a channel, or all of them together.
CAPS = (("email", "E-mails"), ("sms", "Texts"), ("", "All messages together"))


class SendingForm(forms.Form):
    """`email_n`, `email_days` and so on: both or neither. `test_only`: one address a line."""

    test_only = forms.CharField(required=False, max_length=20_000)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for channel, _ in CAPS:
            for part, most in (("n", 1000), ("days", 365)):
                self.fields[f"{channel or 'all'}_{part}"] = forms.IntegerField(
                    required=False, min_value=1, max_value=most
                )

    def clean_test_only(self) -> list[str]:
        found = []
        for line in self.cleaned_data["test_only"].replace(",", "\n").splitlines():
            if address := line.strip():
                try:
                    found.append(normalise.email(address) if "@" in address else normalise.phone(address, _country()))
                except ValueError as error:
                    raise ValidationError(str(error)) from None
        if len(found) > 500:
            raise ValidationError("At most 500 addresses.")
        return sorted(set(found))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for channel, label in CAPS:
            n, days = (given.get(f"{channel or 'all'}_{part}") for part in ("n", "days"))
            if bool(n) != bool(days) and not any(name.startswith(channel or "all") for name in self.errors):
                self.add_error(f"{channel or 'all'}_n", f"{label}: say how many, and in how many days.")
        return given

    def caps(self) -> list[dict[str, Any]]:
        given = self.cleaned_data
        kept = []
        for channel, _ in CAPS:
            key = channel or "all"
            if given.get(f"{key}_n"):
                kept.append({"channel": channel, "n": given[f"{key}_n"], "per": f"P{given[f'{key}_days']}D"})
        return kept


def _country() -> str:
    return Workspace.current().default_country


def shown(workspace: Workspace, form: SendingForm | None = None) -> dict[str, Any]:
    """What the section shows: what is stored, or what was typed and refused."""
    kept = {rule.get("channel", ""): rule for rule in workspace.frequency_cap if isinstance(rule, dict)}
    rows = []
    for channel, label in CAPS:
        key = channel or "all"
        rule = kept.get(channel)
        row = {"key": key, "label": label, "n": rule["n"] if rule else "", "days": _days(rule) if rule else ""}
        if form is not None:
            row |= {
                "n": form.data.get(f"{key}_n", ""),
                "days": form.data.get(f"{key}_days", ""),
                "errors": [*form.errors.get(f"{key}_n", []), *form.errors.get(f"{key}_days", [])],
            }
        rows.append(row)
    return {
        "caps": rows,
        "test_only": form.data.get("test_only", "") if form is not None else "\n".join(workspace.test_only),
        "test_errors": form.errors.get("test_only", []) if form is not None else [],
        "stopped_at": workspace.stopped_at,
    }


def _days(rule: dict[str, Any]) -> int:
    return max(1, durations.parse(rule["per"]).approximate_seconds() // 86_400)


@require_POST
@access.needs("settings.write")
def save(request: HttpRequest) -> HttpResponse:
    from contacts.views.settings import answer

    form = SendingForm(request.POST)
    if not form.is_valid():
        return answer(request, 400, sending_form=form)
    workspace = Workspace.current()
    workspace.frequency_cap, workspace.test_only = form.caps(), form.cleaned_data["test_only"]
    workspace.save(update_fields=["frequency_cap", "test_only"])
    messages.success(request, "The rules for sending are saved.")
    return redirect("/settings/#sending")
