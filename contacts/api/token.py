"""/api/token/: a name and a password for a token. Open to everybody, throttled like the log-in page."""

from __future__ import annotations

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authtoken.models import Token
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.api.shapes import ApiRefusal
from contacts.errors import Refused


class Credentials(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1_000, trim_whitespace=False)


class TokenShape(serializers.Serializer):
    token = serializers.CharField()


class NotKnown(Refused):
    """The name or the password is not right."""


class ObtainToken(APIView):
    permission_classes = [AllowAny]
    authentication_classes = ()

    @extend_schema(request=Credentials, responses={200: TokenShape, 400: ApiRefusal}, auth=[])
    def post(self, request: Request) -> Response:
        """A token for `Authorization: Token ...`; the same one every time."""
        given = Credentials(data=request.data)
        given.is_valid(raise_exception=True)
        # The plain request: django-axes counts failures by name and address on it.
        user = authenticate(request._request, **given.validated_data)
        if user is None:
            raise NotKnown
        return Response({"token": Token.objects.get_or_create(user=user)[0].key})
