"""Filters of the list of contacts."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from contacts.models import CHANNELS, List, Tag, Topic
from contacts.models.contact import ContactQuerySet

_MOST = 500  # a longer list is for the search of the contacts' page


class TagFilter(DropdownFilter):
    title, parameter_name = "tag", "tag"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[Any, str]]:
        return [(name, name) for name in Tag.objects.values_list("name", flat=True)[:_MOST]]

    def queryset(self, request: HttpRequest, queryset: ContactQuerySet) -> ContactQuerySet:
        return queryset.tagged(self.value()) if self.value() else queryset


class ListFilter(DropdownFilter):
    title, parameter_name = "list", "list"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[Any, str]]:
        return list(List.objects.values_list("slug", "name")[:_MOST])

    def queryset(self, request: HttpRequest, queryset: ContactQuerySet) -> ContactQuerySet:
        return queryset.in_list(self.value()) if self.value() else queryset


class ConsentFilter(DropdownFilter):
    title, parameter_name = "consent", "consent"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[Any, str]]:
        subjects = [*CHANNELS.items(), *Topic.objects.values_list("slug", "label")]
        states = (("in", "yes"), ("out", "no"), ("unknown", "not asked"))
        return [(f"{slug}:{state}", f"{label}: {word}") for slug, label in subjects for state, word in states]

    def queryset(self, request: HttpRequest, queryset: ContactQuerySet) -> ContactQuerySet:
        subject, _, state = (self.value() or "").partition(":")
        return queryset.with_consent(subject, state) if state else queryset
