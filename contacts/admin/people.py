"""Contacts in the admin. Every write goes through the verbs, so that events, proof and erasure are as everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from contacts import access, columns, erasure, exports, fields, identity
from contacts.admin.doors import RuledAdmin, RuledInline, register
from contacts.admin.filters import ConsentFilter, ListFilter, TagFilter
from contacts.columns import BUILT_IN, Columns
from contacts.models import ConsentState, Contact, ContactTag, Field, ListMember
from contacts.models.contact import ContactQuerySet

_filters: list[Any] = []
_panels: list[tuple[str, Callable[[Contact], SafeString]]] = []
_OWN = "own_"


def add_filter(filter_class: Any) -> None:
    """Let another app add a filter (the engine: by workflow). Calling twice is safe."""
    if filter_class not in _filters:
        _filters.append(filter_class)


def add_panel(title: str, render: Callable[[Contact], SafeString]) -> None:
    """Let another app show something below a contact (the engine: its runs). `render` answers safe HTML."""
    if (title, render) not in _panels:
        _panels.append((title, render))


class TagsOfContact(RuledInline):
    read_rule = "contact.read"
    model = ContactTag
    verbose_name_plural = "Tags"
    fields = readonly_fields = ("tag", "since", "by_user", "by_workflow")


class ListsOfContact(RuledInline):
    read_rule = "contact.read"
    model = ListMember
    verbose_name_plural = "Lists"
    fields = readonly_fields = ("list", "since", "source")


class ConsentsOfContact(RuledInline):
    read_rule = "contact.read"
    model = ConsentState
    verbose_name_plural = "Consents"
    fields = readonly_fields = ("subject", "state", "since")


class ContactForm(forms.ModelForm):
    """Cleans values as the API does, and tells problems at their fields."""

    class Meta:
        model = Contact
        fields = BUILT_IN

    def clean(self) -> dict[str, Any]:
        given, catalogue = super().clean() or {}, Columns.load()
        for name in list(given):
            try:
                given[name] = catalogue.clean(name.removeprefix(_OWN), given[name])
            except ValueError as error:
                self.add_error(name, str(error))
        if not self.errors and not any(given.get(key) for key in ("email", "phone", "external_id")):
            self.add_error("email", "A contact needs an e-mail address, a phone number or an external id.")
        return given

    def values(self) -> dict[str, Any]:
        return {name.removeprefix(_OWN): value for name, value in self.cleaned_data.items()}


@register(Contact)
class ContactAdmin(RuledAdmin):
    read_rule, write_rule = "contact.read", "contact.write"
    form = ContactForm
    list_display = ("name", "email", "phone", "tag_names", "created_at", "is_demo")
    list_display_links = ("name", "email")
    search_fields = ("email",)
    search_help_text = "The start of an address, part of a name or of a number"
    ordering = ("-created_at", "-id")
    inlines = (TagsOfContact, ListsOfContact, ConsentsOfContact)
    actions = ("download",)
    readonly_fields = ("page", "more", "created_at", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        return Contact.objects.prefetch_related("tags")

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [TagFilter, ListFilter, ConsentFilter, *_filters, "is_demo"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Contact], search_term: str
    ) -> tuple[QuerySet[Contact], bool]:
        assert isinstance(queryset, ContactQuerySet)
        return queryset.search(search_term), False

    def get_form(self, request: HttpRequest, obj: Contact | None = None, change: bool = False, **kwargs: Any) -> Any:
        # A field of the form for every custom field there is now.
        kwargs["form"] = type("OwnContactForm", (ContactForm,), _own_fields(obj))
        kwargs["fields"] = (*BUILT_IN, *(key for key in _own_fields(obj)))
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Contact | None = None) -> list[Any]:
        groups: list[Any] = [(None, {"fields": BUILT_IN})]
        own = tuple(_own_fields(obj))
        if own:
            groups.append(("Own fields", {"fields": own}))
        if obj is not None:
            groups.append(("More", {"fields": ("page", "more", "created_at", "updated_at")}))
        return groups

    def save_model(self, request: HttpRequest, obj: Contact, form: ContactForm, change: bool) -> None:
        if change:
            fields.update({obj.pk: form.values()})
        else:
            obj.pk = identity.upsert(form.values(), source="admin").contact.pk
        obj.refresh_from_db()

    def delete_model(self, request: HttpRequest, obj: Contact) -> None:
        erasure.erase([obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        erasure.erase(list(queryset.values_list("pk", flat=True)))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        # Erasing a person takes their rows along, also of tables that nobody writes here.
        names = [str(contact) for contact in objs]
        return [*names, "with everything that is held about them"], {"contacts": len(names)}, set(), []

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Contact]) -> list[Any]:
        return []  # the log would keep the name of who was erased

    def log_deletion(self, request: HttpRequest, obj: Contact, object_repr: str) -> None:
        return None

    def has_download_permission(self, request: HttpRequest) -> bool:
        return access.may(request.user, "contact.write")

    @action(description="Download as CSV", permissions=["download"])
    def download(self, request: HttpRequest, queryset: QuerySet[Contact]) -> StreamingHttpResponse:
        return exports.csv_response(request, queryset)

    @admin.display(description="Tags")
    def tag_names(self, contact: Contact) -> str:
        return ", ".join(sorted(tag.name for tag in contact.tags.all()))

    @admin.display(description="Page")
    def page(self, contact: Contact) -> SafeString:
        words = "Tags, consents, timeline and paths of this contact"
        return format_html('<a class="text-primary-600 underline" href="/contacts/{}/">{}</a>', contact.pk, words)

    @admin.display(description="Workflows")
    def more(self, contact: Contact) -> str:
        shown = ((title, render(contact)) for title, render in _panels)
        return format_html_join("", "<h3>{}</h3>{}", shown) or "Nothing yet."


def _own_fields(contact: Contact | None) -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for field in Field.objects.order_by("label"):
        known: dict[str, Any] = {"required": False, "label": field.label}
        if contact is not None:
            known["initial"] = columns.get(contact, field.key)
        if field.type == "choice":
            options = [("", "-"), *((choice, choice) for choice in field.choices)]
            found[_OWN + field.key] = forms.ChoiceField(choices=options, widget=UnfoldAdminSelectWidget, **known)
        else:
            found[_OWN + field.key] = forms.CharField(widget=UnfoldAdminTextInputWidget, **known)
    return found
