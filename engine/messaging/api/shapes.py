"""The shapes of the API: what is read from bodies, and what the OpenAPI page shows."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from engine.messaging.content import CHANNELS
from engine.messaging.models import Caught, Content, Message, Purpose, Status


class ContentProblem(serializers.Serializer[Any]):
    field = serializers.CharField()
    message = serializers.CharField()
    severity = serializers.ChoiceField(choices=["error", "warning"])


class ContentShape(serializers.ModelSerializer[Content]):
    """A content with its latest words; `number` is its latest version."""

    updated_by = serializers.CharField(source="updated_by.get_username", default=None, read_only=True, allow_null=True)
    channel = serializers.ChoiceField(choices=CHANNELS, default="email")

    class Meta:
        model = Content
        fields = [
            "id", "name", "channel", "subject", "preheader", "html", "text", "topic", "from_name", "from_email",
            "number", "updated_at", "updated_by",
        ]  # fmt: skip
        read_only_fields = ["number", "updated_at"]


class SavedContent(ContentShape):
    """A content as it was saved, with the warnings that remain."""

    problems = ContentProblem(many=True, read_only=True)

    class Meta(ContentShape.Meta):
        fields = [*ContentShape.Meta.fields, "problems"]


class ContentInList(serializers.ModelSerializer[Content]):
    class Meta:
        model = Content
        fields = ["id", "name", "channel", "subject", "topic", "number", "updated_at"]


class RenderAsked(serializers.Serializer[Any]):
    """Words left out are the saved ones, so that an editor can show what is not saved yet."""

    contact = serializers.IntegerField(required=False, allow_null=True, min_value=1, help_text="Else a made-up person.")
    subject = serializers.CharField(required=False, allow_blank=True, max_length=500)
    preheader = serializers.CharField(required=False, allow_blank=True, max_length=500)
    html = serializers.CharField(required=False, allow_blank=True, max_length=500_000)
    text = serializers.CharField(required=False, allow_blank=True, max_length=100_000)


class SegmentsShape(serializers.Serializer[Any]):
    encoding = serializers.CharField()
    length = serializers.IntegerField()
    segments = serializers.IntegerField()
    outside = serializers.CharField(allow_blank=True, help_text="The characters that make the parts shorter.")


class Rendered(serializers.Serializer[Any]):
    subject = serializers.CharField()
    from_name = serializers.CharField()
    from_email = serializers.CharField()
    html = serializers.CharField()
    text = serializers.CharField()
    segments = SegmentsShape(allow_null=True)
    problem = ContentProblem(allow_null=True)


class MessageShape(serializers.ModelSerializer[Message]):
    """One message and what became of it."""

    contact = serializers.IntegerField(source="contact_id")
    run = serializers.IntegerField(source="run_id")
    workflow = serializers.IntegerField(source="workflow_id")
    status = serializers.SerializerMethodField()
    purpose = serializers.SerializerMethodField()
    content = serializers.IntegerField(source="content_version.content_id", default=None, allow_null=True)
    content_version = serializers.IntegerField(source="content_version.number", default=None, allow_null=True)
    subject = serializers.SerializerMethodField(help_text="As it was written, with its Liquid.")

    class Meta:
        model = Message
        fields = [
            "id", "contact", "run", "nth", "workflow", "node", "channel", "purpose", "status", "reason", "attempts",
            "planned_at", "accepted_at", "delivered_at", "opened_at", "clicked_at", "machine_opens", "provider_id",
            "error", "is_demo", "content", "content_version", "subject",
        ]  # fmt: skip

    def get_status(self, message: Message) -> str:
        return str(Status(message.status).label)

    def get_purpose(self, message: Message) -> str:
        return str(Purpose(message.purpose).label)

    def get_subject(self, message: Message) -> str:
        own = (message.body or {}).get("subject")
        return str(own or (message.content_version.subject if message.content_version else ""))


class CaughtInList(serializers.ModelSerializer[Caught]):
    message = serializers.IntegerField(source="message_id", allow_null=True)
    contact = serializers.IntegerField(source="contact_id", allow_null=True)

    class Meta:
        model = Caught
        fields = ["id", "channel", "to", "subject", "at", "contact", "message"]


class CaughtShape(CaughtInList):
    """A caught message whole. Show its HTML only in a sandboxed frame."""

    class Meta(CaughtInList.Meta):
        fields = [*CaughtInList.Meta.fields, "header_id", "html", "text", "headers"]


class Resent(serializers.Serializer[Any]):
    planned = serializers.IntegerField()


class AudienceShape(serializers.Serializer[Any]):
    audience = serializers.CharField()
    people = serializers.IntegerField()
    since = serializers.DateTimeField(help_text="When the latest came in.")


class ContentRefused(serializers.Serializer[Any]):
    detail = serializers.CharField()
    problems = serializers.ListField(child=serializers.DictField())
