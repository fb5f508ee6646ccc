"""What the builder refuses. The docstring is the message."""

from __future__ import annotations

from typing import Any

from builder.problem import Problem


class BuilderError(Exception):
    """The builder refused this."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class CatalogueError(BuilderError):
    """A node kind is not fit for the catalogue."""


class MalformedDocument(BuilderError):
    """This is not a workflow document."""

    def __init__(self, message: str = "", place: str = "") -> None:
        super().__init__(message)
        self.place = place


class DocumentTooLarge(MalformedDocument):
    """A workflow may have at most 2 MiB of JSON."""


class StaleDraft(BuilderError):
    """Somebody else saved this draft in the meantime."""

    def __init__(self, *, document: dict[str, Any], revision: int, author: dict[str, Any] | None) -> None:
        super().__init__()
        self.document, self.revision, self.author = document, revision, author


class Unpublishable(BuilderError):
    """This workflow has problems that have to be put right before it can go live."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


class NotInLibrary(BuilderError):
    """The library has no such workflow."""


class BadParameters(BuilderError):
    """Some of the values for this workflow are not right."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


class NotNow(BuilderError):
    """The workflow is not in a state that allows this."""


class VersionsAreFrozen(BuilderError):
    """A published version never changes. Publish another one."""
