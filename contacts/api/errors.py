"""Errors of the API, in words: {"detail": "...", "problems": [{"node", "field", "message"}]}."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.db import DataError, InterfaceError, OperationalError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from contacts.errors import Problem, Refused, problem

log = logging.getLogger("trellis.api")


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as JSON in words; None (a real 500) only for what we did not foresee."""
    if isinstance(exc, Refused):
        set_rollback()
        return _answer(exc.status, exc.detail, exc.problems)
    if isinstance(exc, OperationalError | InterfaceError):
        # Locked, full, restarting: nothing was written, and the same call may be sent again.
        log.warning("The database did not answer: %s", exc)
        set_rollback()
        busy = _answer(503, "The database is busy or not reachable. Nothing was changed; please try again.")
        busy["Retry-After"] = "5"
        return busy
    if isinstance(exc, DataError | UnicodeEncodeError | OverflowError) or (
        isinstance(exc, ValueError) and "NUL" in str(exc)
    ):
        set_rollback()
        return _answer(400, "The request holds characters or numbers that cannot be stored.")
    if isinstance(exc, RecursionError):
        set_rollback()
        return _answer(400, "The request is nested too deeply.")
    response = exception_handler(exc, context)
    if response is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        problems = list(_problems(exc.detail))
        response.data = _body(_summary(problems), problems)
    elif isinstance(exc, exceptions.ParseError):
        response.data = _body(f"The body is not valid JSON. {exc.detail}")
    elif isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        response.status_code = 401
        response["WWW-Authenticate"] = "Token"
        response.data = _body(str(exc.detail))
    elif isinstance(exc, exceptions.APIException):
        response.data = _body(str(exc.detail) if not isinstance(exc.detail, dict | list) else _summary([]))
    else:
        detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
        response.data = _body(str(detail) or "This cannot be done.")
    return response


def _answer(status: int, detail: str, problems: list[Problem] | None = None) -> Response:
    return Response(_body(detail, problems), status=status)


def _body(detail: str, problems: list[Problem] | None = None) -> dict[str, Any]:
    return {"detail": detail, "problems": problems or []}


def _summary(problems: list[Problem]) -> str:
    if not problems:
        return "Some values are not right."
    first = problems[0]
    text = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return text if len(problems) == 1 else f"{text} (and {len(problems) - 1} more)"


def _problems(detail: Any, path: str = "") -> Iterator[Problem]:
    """DRF's nested errors, flat: the field is a dotted path such as `fields.age` or `0.name`."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            step = "" if key == "non_field_errors" else str(key)
            yield from _problems(value, f"{path}.{step}" if path and step else path or step)
    elif isinstance(detail, list):
        nested = any(isinstance(value, dict | list) for value in detail)
        for number, value in enumerate(detail):
            if value:
                yield from _problems(value, (f"{path}.{number}" if path else str(number)) if nested else path)
    else:
        yield problem(path or None, str(detail))
