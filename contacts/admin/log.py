"""What is only looked at: proof of consent, events. And suppressions, which one may lift or add by hand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from contacts import normalise, suppressions
from contacts.admin.doors import LookOnly, RuledAdmin, register
from contacts.models import CHANNELS, ConsentProof, Event, Suppression
from contacts.normalise import address_hash


@register(ConsentProof)
class ConsentProofAdmin(LookOnly):
    read_rule = "contact.read"
    list_display = ("at", "contact", "subject", "state", "source", "address")
    list_filter = ("state", "subject")
    list_select_related = ("contact",)
    search_fields = ("address_hash",)
    search_help_text = "An e-mail address or a phone number, also of somebody who was erased"
    ordering = ("-id",)
    fields = (
        "contact", "subject", "state", "at", "source", "text", "address", "address_hash", "ip", "agent", "by_user",
    )  # fmt: skip

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        word = search_term.strip()
        return queryset.filter(address_hash__in=[address_hash("email", word), address_hash("sms", word), word]), False


@register(Event)
class EventAdmin(LookOnly):
    read_rule = "contact.read"
    list_display = ("occurred_at", "contact", "name", "properties", "handled")
    list_filter = ("handled",)
    list_select_related = ("contact",)
    search_fields = ("name",)
    search_help_text = "The whole name, such as purchase"
    ordering = ("-id",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.filter(name=search_term.strip()), False


class SuppressionForm(forms.ModelForm):
    """By address; only its hash is kept."""

    channel = forms.ChoiceField(choices=list(CHANNELS.items()))
    address = forms.CharField(max_length=254, help_text="An e-mail address, or a phone number with its +.")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            verb = normalise.phone if given.get("channel") == "sms" else normalise.email
            given["address"] = verb(given.get("address", ""))
        except ValueError as error:
            self.add_error("address", str(error))
        return given


@register(Suppression)
class SuppressionAdmin(RuledAdmin):
    read_rule, write_rule = "contact.read", "consent.write"
    list_display = ("channel", "reason", "at", "address_hash")
    list_filter = ("channel", "reason")
    search_fields = ("address_hash",)
    search_help_text = "An e-mail address or a phone number"
    form = SuppressionForm
    fields = ("channel", "address")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("channel", "reason", "at", "address_hash") if obj else ("channel", "address")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        word = search_term.strip()
        return queryset.filter(address_hash__in=[address_hash(channel, word) for channel in CHANNELS]), False

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        channel, address = form.cleaned_data["channel"], form.cleaned_data["address"]
        suppressions.suppress(channel, [address], "manual")
        found = Suppression.objects.get(channel=channel, address_hash=address_hash(channel, address))
        obj.pk, obj.reason, obj.at, obj.address_hash = found.pk, found.reason, found.at, found.address_hash
