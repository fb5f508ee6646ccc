"""What contacts refuses. The docstring is the message, `problems` says it field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class Problem(TypedDict):
    node: str | None
    field: str | None
    message: str


def problem(field: str | None, message: str, node: str | None = None) -> Problem:
    return {"node": node, "field": field, "message": message}


class Refused(Exception):
    """This cannot be done."""

    status = 400

    def __init__(self, detail: str = "", problems: Sequence[Problem] = ()) -> None:
        self.detail = detail or (self.__doc__ or "").strip()
        self.problems = list(problems)
        super().__init__(self.detail)


class Invalid(Refused):
    """Some values are not right."""


class Conflict(Refused):
    """This belongs to another contact already."""

    status = 409


class Gone(Refused):
    """This contact does not exist any more."""

    status = 404
