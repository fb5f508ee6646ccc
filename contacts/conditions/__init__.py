"""Conditions: one language for filters, branches, waits and segments. A tree of `all`, `any`, `none` over facts, as JSON.

Many contacts are asked in one SQL query, one contact is explained in plain Python, and a property test proves that both agree.
Other apps register facts of their own when they start (`register`).
"""

from contacts.conditions import facts as _own
from contacts.conditions.checking import catalogue, problems, topics
from contacts.conditions.comparing_sql import teach_sqlite
from contacts.conditions.deciding import decide
from contacts.conditions.explaining import explain
from contacts.conditions.fact import Fact, FactSettings, Names
from contacts.conditions.filtering import matching
from contacts.conditions.known import known, remembering
from contacts.conditions.looking_back import ARRIVAL, by_clock, looking_back
from contacts.conditions.registry import BadFact, facts, register
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.segments import circle
from contacts.conditions.tree import BadCondition, Problem, leaves
from contacts.conditions.verdict import Verdict
from contacts.conditions.wording import sentence, why_sentence

__all__ = [
    "ARRIVAL",
    "BadCondition",
    "BadFact",
    "Fact",
    "FactSettings",
    "Names",
    "Problem",
    "Scope",
    "Subject",
    "Verdict",
    "by_clock",
    "catalogue",
    "circle",
    "decide",
    "explain",
    "facts",
    "known",
    "leaves",
    "looking_back",
    "matching",
    "problems",
    "register",
    "remembering",
    "sentence",
    "teach_sqlite",
    "topics",
    "why_sentence",
]

del _own
