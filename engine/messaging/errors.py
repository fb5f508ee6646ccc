"""What messaging refuses. The docstring is the message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from contacts.errors import Refused


class MessagingError(Exception):
    """Something in messaging went wrong."""


class Problem(NamedTuple):
    """What is wrong with a content, in words its author can act on. An error is not saved, a warning is."""

    field: str
    message: str
    severity: str = "error"


class Unsavable(MessagingError):
    """This content cannot be saved as it is."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems) or str(self.__doc__))
        self.problems = list(problems)


class InUse(Refused, MessagingError):
    """This content cannot be deleted."""

    status = 409


class SendError(MessagingError):
    """The provider did not take the message."""

    def __init__(self, message: str, *, permanent: bool, retry_after_s: float = 0) -> None:
        """`retry_after_s`: how long the provider asked us to wait, 0 if it did not say."""
        super().__init__(message)
        self.permanent = permanent
        self.retry_after_s = retry_after_s


class InDoubt(MessagingError):
    """The connection was lost when the message may have been taken already."""


class BadAddress(MessagingError):
    """This address is not one that Trellis may call."""
