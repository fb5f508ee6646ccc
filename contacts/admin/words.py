"""Tags, lists, fields, segments, topics and the workspace in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.text import slugify

from contacts import clock, conditions, definitions, normalise
from contacts.admin.doors import RuledAdmin, register
from contacts.errors import Invalid
from contacts.models import CHANNELS, Field, List, Segment, Tag, Topic, Workspace, fold
from contacts.models.fields import TYPES


class TagForm(forms.ModelForm):
    def clean_name(self) -> str:
        return _said(lambda: fold(normalise.text(self.cleaned_data["name"], 80)))


@register(Tag)
class TagAdmin(RuledAdmin):
    read_rule, write_rule = "contact.read", "contact.write"
    form = TagForm
    fields = ("name",)
    list_display = ("name", "people")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return Tag.objects.annotate(count=Count("contact_tags"))

    def people(self, tag: Any) -> int:
        return int(tag.count)


class ListForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.instance.pk and not given.get("slug"):
            given["slug"] = slugify(given.get("name", ""))[:80]
        if not self.instance.pk and List.objects.filter(slug=given.get("slug")).exists():
            self.add_error("slug", "There is a list with this slug already.")
        return given


@register(List)
class ListAdmin(RuledAdmin):
    read_rule, write_rule = "contact.read", "contact.write"
    form = ListForm
    fields = ("name", "slug")
    list_display = ("name", "slug", "people")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[List]:
        return List.objects.annotate(count=Count("memberships"))

    def get_readonly_fields(self, request: HttpRequest, obj: List | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()  # workflows know the list by it

    def get_prepopulated_fields(self, request: HttpRequest, obj: List | None = None) -> dict[str, Any]:
        return {} if obj else self.prepopulated_fields

    def people(self, one: Any) -> int:
        return int(one.count)


class FieldForm(forms.ModelForm):
    type = forms.ChoiceField(choices=list(TYPES.items()))
    choices = forms.CharField(widget=forms.Textarea, required=False, help_text="For “one of a list”: one a line.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(self.instance.choices or [])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["choices"] = [line.strip() for line in given.get("choices", "").splitlines() if line.strip()]
        if not self.errors:
            try:
                definitions.check(key=given["key"], type=given["type"], choices=given["choices"], pk=self.instance.pk)
            except Invalid as error:
                for found in error.problems:
                    self.add_error(found["field"], found["message"])
        return given


@register(Field)
class FieldAdmin(RuledAdmin):
    read_rule, write_rule = "contact.read", "settings.write"
    form = FieldForm
    fields = ("label", "key", "type", "choices")
    list_display = ("label", "key", "type")

    def delete_model(self, request: HttpRequest, obj: Field) -> None:
        definitions.remove(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Field]) -> None:
        for field in queryset:
            definitions.remove(field)


class SegmentForm(forms.ModelForm):
    def clean_condition(self) -> Any:
        tree = self.cleaned_data["condition"]
        found = conditions.problems(tree)
        if found:
            raise forms.ValidationError([f"{one.path}: {one.message}" if one.path else one.message for one in found])
        return tree


@register(Segment)
class SegmentAdmin(RuledAdmin):
    read_rule, write_rule = "segment.read", "segment.write"
    form = SegmentForm
    fields = ("name", "description", "condition")
    list_display = ("name", "description", "updated_at")
    search_fields = ("name",)

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        obj.updated_at = clock.now()
        super().save_model(request, obj, form, change)


class TopicForm(forms.ModelForm):
    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        if slug in CHANNELS:
            raise forms.ValidationError("This is the name of a channel.")
        return slug


@register(Topic)
class TopicAdmin(RuledAdmin):
    read_rule, write_rule = "contact.read", "settings.write"
    form = TopicForm
    fields = list_display = ("label", "slug")

    def get_readonly_fields(self, request: HttpRequest, obj: Topic | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()  # consents are kept under it

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (
            obj is None or not obj_answered(obj)
        )  # fmt: skip

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}


def obj_answered(topic: Topic) -> bool:
    from contacts.models import ConsentState

    return ConsentState.objects.filter(subject=topic.slug).exists()


class WorkspaceForm(forms.ModelForm):
    def clean_time_zone(self) -> str:
        return _said(lambda: normalise.time_zone(self.cleaned_data["time_zone"]))

    def clean_default_country(self) -> str:
        country = str(self.cleaned_data["default_country"]).upper()
        if len(country) != 2 or not country.isascii() or not country.isalpha():
            raise forms.ValidationError("Two letters, such as PL.")
        return country


@register(Workspace)
class WorkspaceAdmin(RuledAdmin):
    read_rule = write_rule = "settings.write"
    form = WorkspaceForm
    fields = ("name", "time_zone", "default_country", "from_name", "from_email")
    list_display = ("name", "time_zone", "from_email")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _said(clean: Any) -> str:
    try:
        return str(clean())
    except ValueError as error:
        raise forms.ValidationError(str(error)) from None
