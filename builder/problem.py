"""What is wrong with a drawing, in words a marketer can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One thing to put right.

    `node` is the node's id ("" for the workflow as a whole), `field` the dotted path of the setting within the node
    ("branches.0.when.all.1.node"; "" for the node itself; for the workflow a place such as "settings.reentry").
    An error keeps the workflow from being published, a warning does not.
    """

    node: str
    field: str
    message: str
    severity: Severity = "error"

    def as_json(self) -> dict[str, str | None]:
        """As the API shows it: null instead of the empty node or field."""
        return {
            "node": self.node or None,
            "field": self.field or None,
            "message": self.message,
            "severity": self.severity,
        }


def errors(problems: list[Problem]) -> list[Problem]:
    """Those that keep a workflow from being published."""
    return [problem for problem in problems if problem.severity == "error"]
