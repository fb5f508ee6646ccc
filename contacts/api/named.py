"""/api/tags/, /api/lists/, /api/fields/, /api/topics/: the words that contacts are described with."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.text import slugify
from rest_framework import generics, serializers

from contacts import definitions
from contacts.api.ordering import ordering
from contacts.errors import Invalid, problem
from contacts.models import CHANNELS, ContactTag, Field, List, ListMember, Tag, Topic, fold
from contacts.models.fields import TYPES
from contacts.normalise import text


class TagShape(serializers.ModelSerializer):
    people = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Tag
        fields = ("id", "name", "people")

    def validate_name(self, value: str) -> str:
        name = _plain(fold(value), 80)
        if Tag.objects.filter(name=name).exclude(pk=self.instance.pk if self.instance else 0).exists():
            raise serializers.ValidationError("There is a tag of this name already.")
        return name


class ListShape(serializers.ModelSerializer):
    """The slug is made from the name, and stays: workflows know the list by it."""

    people = serializers.IntegerField(read_only=True, default=0)
    slug = serializers.SlugField(max_length=80, required=False)

    class Meta:
        model = List
        fields = ("id", "name", "slug", "people")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None:
            attrs.pop("slug", None)
            return attrs
        attrs["slug"] = attrs.get("slug") or slugify(attrs["name"])[:80]
        if not attrs["slug"]:
            raise serializers.ValidationError({"slug": "Give it a slug of letters and digits."})
        if List.objects.filter(slug=attrs["slug"]).exists():
            raise serializers.ValidationError({"slug": "There is a list with this slug already."})
        return attrs

    def validate_name(self, value: str) -> str:
        return _plain(value, 120)


class FieldShape(serializers.ModelSerializer):
    type = serializers.ChoiceField(choices=list(TYPES), default="text")
    choices = serializers.ListField(child=serializers.CharField(max_length=200), required=False, max_length=200)

    class Meta:
        model = Field
        fields = ("id", "key", "label", "type", "choices")

    def create(self, validated_data: dict[str, Any]) -> Field:
        return definitions.define(**validated_data)

    def update(self, instance: Field, validated_data: dict[str, Any]) -> Field:
        before = {key: getattr(instance, key) for key in ("key", "label", "type", "choices")}
        return definitions.define(pk=instance.pk, **{**before, **validated_data})


class TopicShape(serializers.ModelSerializer):
    class Meta:
        model = Topic
        fields = ("id", "slug", "label")

    def validate_slug(self, value: str) -> str:
        if value in CHANNELS:
            raise serializers.ValidationError("This is the name of a channel.")
        if self.instance is not None and value != self.instance.slug:
            raise serializers.ValidationError("A topic's slug stays: consents are kept under it.")
        return value


def _plain(value: str, limit: int) -> str:
    try:
        found = text(value, limit)
    except ValueError as error:
        raise serializers.ValidationError(str(error)) from None
    if not found:
        raise serializers.ValidationError("This needs a name.")
    return found


class NameFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(field_name="name", lookup_expr="icontains")
    ordering = ordering("name", "id")


def _counted(found: QuerySet[Any], through: Any, column: str) -> QuerySet[Any]:
    counts = through.objects.filter(**{column: OuterRef("pk")}).order_by().values(column).annotate(n=Count("pk"))
    counted: QuerySet[Any] = found.annotate(people=Coalesce(Subquery(counts.values("n")), 0))
    return counted


class Tags(generics.ListCreateAPIView):
    rules = {"GET": "contact.read", "POST": "contact.tag"}
    serializer_class = TagShape
    filterset_class = NameFilter

    def get_queryset(self) -> QuerySet[Tag]:
        return _counted(Tag.objects.order_by("name"), ContactTag, "tag_id")


class OneTag(generics.RetrieveUpdateDestroyAPIView):
    http_method_names = ["get", "patch", "delete", "head", "options"]
    rules = {"GET": "contact.read", "PATCH": "contact.write", "DELETE": "contact.write"}
    serializer_class = TagShape

    def get_queryset(self) -> QuerySet[Tag]:
        return _counted(Tag.objects.all(), ContactTag, "tag_id")


class Lists(generics.ListCreateAPIView):
    rules = {"GET": "contact.read", "POST": "contact.write"}
    serializer_class = ListShape
    filterset_class = NameFilter

    def get_queryset(self) -> QuerySet[List]:
        return _counted(List.objects.order_by("name", "id"), ListMember, "list_id")


class OneList(generics.RetrieveUpdateDestroyAPIView):
    http_method_names = ["get", "patch", "delete", "head", "options"]
    rules = {"GET": "contact.read", "PATCH": "contact.write", "DELETE": "contact.write"}
    serializer_class = ListShape

    def get_queryset(self) -> QuerySet[List]:
        return _counted(List.objects.all(), ListMember, "list_id")


class Fields(generics.ListCreateAPIView):
    rules = {"GET": "contact.read", "POST": "settings.write"}
    serializer_class = FieldShape
    queryset = Field.objects.order_by("label", "id")


class OneField(generics.RetrieveUpdateDestroyAPIView):
    """Deleting a field deletes its values from every contact."""

    http_method_names = ["get", "patch", "delete", "head", "options"]
    rules = {"GET": "contact.read", "PATCH": "settings.write", "DELETE": "settings.write"}
    serializer_class = FieldShape
    queryset = Field.objects.all()

    def perform_destroy(self, instance: Field) -> None:
        definitions.remove(instance)


class Topics(generics.ListCreateAPIView):
    rules = {"GET": "contact.read", "POST": "settings.write"}
    serializer_class = TopicShape
    queryset = Topic.objects.order_by("label", "id")


class OneTopic(generics.RetrieveUpdateDestroyAPIView):
    http_method_names = ["get", "patch", "delete", "head", "options"]
    rules = {"GET": "contact.read", "PATCH": "settings.write", "DELETE": "settings.write"}
    serializer_class = TopicShape
    queryset = Topic.objects.all()

    def perform_destroy(self, instance: Topic) -> None:
        from contacts.models import ConsentState

        if ConsentState.objects.filter(subject=instance.slug).exists():
            raise Invalid(problems=[problem("slug", "Contacts have answered to this topic: it has to stay.")])
        instance.delete()
