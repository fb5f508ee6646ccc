"""Read a request's body as what it must be, or refuse in words."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request

from contacts.errors import Invalid, problem
from contacts.payload import checked

_DEEPEST = 60  # a condition of 20 levels has an object and a list for each
_LARGEST = 512 * 1024


def object_of(request: Request) -> dict[str, Any]:
    """The body as an object of storable JSON."""
    return object_from(request.data)


def object_from(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise Invalid("The body must be a JSON object.")
    return _checked(data)


def objects_of(request: Request, most: int) -> list[dict[str, Any]]:
    """The body as a list of objects; one object is a list of one."""
    data = request.data if isinstance(request.data, list) else [request.data]
    if len(data) > most:
        raise Invalid(f"A list has at most {most} entries.")
    if not all(isinstance(one, dict) for one in data):
        raise Invalid("The body must be a JSON object, or a list of objects.")
    return [_checked(one) for one in data]


def texts(body: dict[str, Any], key: str) -> list[str]:
    """A list of texts that may be missing."""
    value = body.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Invalid(problems=[problem(key, "This must be a list of texts.")])
    return value


def text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise Invalid(problems=[problem(key, "This must be a text.")])
    return value


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    try:
        checked(data, "values", deepest=_DEEPEST, largest=_LARGEST)
    except ValueError as error:
        raise Invalid(str(error)) from None
    return data
