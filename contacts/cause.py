"""Why something happened: the run or the person behind a batch of changes, for the events it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

PerContact = int | Mapping[int, int] | None
Actor = AbstractBaseUser | AnonymousUser | None  # who did it, as a request knows them


@dataclass(frozen=True, slots=True)
class Cause:
    """`run_ids` and `depth` are one value for all contacts, or one for each by contact id.

    `depth` is what the events will carry: that of the run that caused them plus one. `handled`: let nobody in for them.
    """

    workflow_id: int | None = None
    run_ids: PerContact = None
    depth: PerContact = 0
    handled: bool = False

    def run_of(self, contact_id: int) -> int | None:
        return self.run_ids.get(contact_id) if isinstance(self.run_ids, Mapping) else self.run_ids

    def depth_of(self, contact_id: int) -> int:
        depth = self.depth.get(contact_id, 0) if isinstance(self.depth, Mapping) else self.depth
        return depth or 0
