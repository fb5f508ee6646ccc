"""The shapes of the API: what is read from bodies, and what the OpenAPI page shows."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from builder.models import Workflow


class Document(serializers.JSONField):
    """A workflow document (docs/format.md)."""


class Person(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class ProblemShape(serializers.Serializer[Any]):
    node = serializers.CharField(allow_null=True)
    field = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    severity = serializers.ChoiceField(choices=["error", "warning"])


class Refused(serializers.Serializer[Any]):
    detail = serializers.CharField()
    problems = ProblemShape(many=True)


class Can(serializers.Serializer[Any]):
    write = serializers.BooleanField()
    publish = serializers.BooleanField()
    live = serializers.BooleanField()


class WorkflowInList(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=Workflow.Status.choices)
    revision = serializers.IntegerField()
    live_version = serializers.IntegerField(allow_null=True)
    versions = serializers.IntegerField(help_text="How many there are.")
    owner = Person(allow_null=True)
    tactic = serializers.CharField()
    objectives = serializers.ListField(child=serializers.CharField())
    template = serializers.CharField()
    people_inside = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    can = Can()


class WorkflowShape(WorkflowInList):
    changes = serializers.IntegerField(help_text="Steps of the draft that differ from the live version.")
    draft_author = Person(allow_null=True)
    draft_saved_at = serializers.DateTimeField()
    paused_at = serializers.DateTimeField(allow_null=True)
    publish_at = serializers.DateTimeField(allow_null=True)


class NewWorkflow(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    document = Document(
        required=False, allow_null=True, help_text="An exported document. Without it the draft is empty."
    )


class WorkflowChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False)
    tactic = serializers.CharField(max_length=80, required=False, allow_blank=True)
    objectives = serializers.ListField(
        child=serializers.CharField(max_length=80), max_length=20, required=False, allow_empty=True
    )
    owner = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**31 - 1)


class NewName(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class Counts(serializers.Serializer[Any]):
    errors = serializers.IntegerField()  # type: ignore[assignment]
    warnings = serializers.IntegerField()


class SavedDraft(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    saved_at = serializers.DateTimeField()
    problems = ProblemShape(many=True)
    sentences = serializers.DictField(child=serializers.CharField())
    counts = Counts()


class Stale(serializers.Serializer[Any]):
    detail = serializers.CharField()
    document = Document()
    revision = serializers.IntegerField()
    author = Person(allow_null=True)


class ToValidate(serializers.Serializer[Any]):
    document = Document(required=False, allow_null=True, help_text="Without it, the draft.")


class Validated(serializers.Serializer[Any]):
    problems = ProblemShape(many=True)
    sentences = serializers.DictField(child=serializers.CharField())
    counts = Counts()
    steps = serializers.IntegerField()
    paths = serializers.CharField(help_text="How many ways lead through it; a number, of any size.")


class ChangeShape(serializers.Serializer[Any]):
    node = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    what = serializers.ChoiceField(choices=["changed", "added", "removed"])
    text = serializers.CharField()


class Waiting(serializers.Serializer[Any]):
    node = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField()
    people = serializers.IntegerField()
    what = serializers.ChoiceField(choices=["same", "changed", "removed"])
    change = serializers.CharField()
    becomes = serializers.CharField()
    target = serializers.CharField(allow_null=True)


class Entering(serializers.Serializer[Any]):
    node = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the answer, not the serializer's own label
    people = serializers.IntegerField()


class Impact(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    people = serializers.IntegerField()
    changes = ChangeShape(many=True)
    waiting = Waiting(many=True)
    entering = Entering(many=True, help_text="Who qualifies already and comes in at once, by trigger.")


class Publish(serializers.Serializer[Any]):
    people_inside = serializers.ChoiceField(choices=["move", "finish_old"], default="finish_old")
    deleted = serializers.DictField(
        child=serializers.CharField(allow_null=True, max_length=64), required=False, default=dict
    )
    at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class VersionInList(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    published_by = Person(allow_null=True)
    note = serializers.CharField()
    live = serializers.BooleanField()
    steps = serializers.IntegerField()


class VersionShape(VersionInList):
    document = Document()
    sentences = serializers.DictField(child=serializers.CharField())
    changes = ChangeShape(many=True, help_text="Since the version before, or since `?against=`.")


class Published(VersionInList):
    status = serializers.ChoiceField(choices=Workflow.Status.choices)


class Restored(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    document = Document()


class Parameter(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()  # type: ignore[assignment]
    type = serializers.CharField()
    default = serializers.JSONField()


class LibraryItem(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    author = serializers.CharField()
    tactic = serializers.CharField()
    objectives = serializers.ListField(child=serializers.CharField())
    channels = serializers.ListField(child=serializers.CharField())
    steps = serializers.IntegerField()
    paths = serializers.IntegerField()
    parameters = Parameter(many=True)


class UseLibraryItem(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    parameters = serializers.DictField(required=False, default=dict)


class PortShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    tone = serializers.CharField()
    show_if = serializers.DictField(required=False, help_text="the settings under which it is there; else always")


class KindShape(serializers.Serializer[Any]):
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    group = serializers.CharField()
    icon = serializers.CharField()
    help = serializers.CharField()  # type: ignore[assignment]
    ports = PortShape(many=True)
    branch_field = serializers.CharField(allow_null=True)
    branch_tone = serializers.CharField()
    schema = serializers.JSONField()
    example = serializers.JSONField()
    can_disable = serializers.BooleanField()
    on_error = serializers.CharField()


class GroupShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class CatalogueShape(serializers.Serializer[Any]):
    kinds = KindShape(many=True)
    groups = GroupShape(many=True)
    facts = serializers.ListField(child=serializers.JSONField())
    workflow_settings = serializers.JSONField(help_text="JSON Schema of the document's settings.")
