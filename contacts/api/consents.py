"""/api/contacts/{id}/consents/: the log of what a contact said, and a new word."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contacts import consents
from contacts.api import shapes
from contacts.api.contacts import contact_or_gone
from contacts.api.shapes import ApiRefusal, ContactShape
from contacts.models import CHANNELS, ConsentProof, Topic


class ProofShape(serializers.ModelSerializer):
    by = serializers.CharField(source="by_user.username", default=None, allow_null=True, read_only=True)
    source = serializers.CharField(read_only=True)  # type: ignore[assignment]  # a field of its own beside DRF's

    class Meta:
        model = ConsentProof
        fields = ("id", "subject", "state", "at", "source", "text", "address", "ip", "agent", "by")


class ConsentWord(serializers.Serializer):
    """What was said, and what proves it."""

    subject = serializers.CharField(max_length=60, help_text="A channel or a topic.")
    state = serializers.ChoiceField(["in", "out"])
    source = serializers.CharField(max_length=200, default="api")  # type: ignore[assignment]
    text = serializers.CharField(max_length=10_000, default="", allow_blank=True, help_text="The words agreed to.")
    address = serializers.CharField(max_length=254, default="", allow_blank=True)
    agent = serializers.CharField(max_length=400, default="", allow_blank=True)


class SubjectShape(serializers.Serializer):
    value = serializers.CharField(help_text="email, or the topic's slug")
    label = serializers.CharField()  # type: ignore[assignment]  # a field of its own beside DRF's


class Subjects(generics.GenericAPIView):
    """What one can consent to: the channels, then the topics of this workspace."""

    rules = {"GET": "contact.read"}
    queryset = Topic.objects.none()  # for the schema
    serializer_class = SubjectShape
    pagination_class = None

    @extend_schema(responses=SubjectShape(many=True))
    def get(self, request: Request) -> Response:
        topics = Topic.objects.order_by("label", "id").values_list("slug", "label")
        return Response([{"value": value, "label": label} for value, label in [*CHANNELS.items(), *topics]])


class Consents(generics.ListAPIView):
    """The proof log of one contact, newest first."""

    rules = {"GET": "contact.read", "POST": "consent.write"}
    serializer_class = ProofShape

    def get_queryset(self) -> QuerySet[ConsentProof]:
        if getattr(self, "swagger_fake_view", False):
            return ConsentProof.objects.none()
        contact_or_gone(self.kwargs["pk"])
        return ConsentProof.objects.filter(contact_id=self.kwargs["pk"]).select_related("by_user")

    @extend_schema(request=ConsentWord, responses={200: ContactShape, 400: ApiRefusal})
    def post(self, request: Request, pk: int) -> Response:
        """Say yes or no for a contact, with its proof."""
        contact_or_gone(pk)
        said = ConsentWord(data=request.data)
        said.is_valid(raise_exception=True)
        consents.set([pk], by_user=request.user, **said.validated_data)
        return Response(shapes.shown(contact_or_gone(pk)))
