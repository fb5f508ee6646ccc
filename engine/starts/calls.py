"""On demand: by hand, by the API, from another workflow."""

from __future__ import annotations

from typing import Any

from builder.nodes import Names
from engine.starts.base import Start


class Manual(Start):
    on, label, section, place = "manual", "By hand", "call", 10
    came = "Was added by hand."

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return "People you add by hand"


class Api(Start):
    on, label, section, place = "api", "By the API", "call", 20
    came = "Was added by the API."

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return "People added by the API"


class FromWorkflow(Start):
    on, label, section, place = "from_workflow", "From another workflow", "call", 30
    came = "Came from another workflow."

    @classmethod
    def summary(cls, settings: Any, names: Names, who: str) -> str:
        return "People sent here by another workflow"
