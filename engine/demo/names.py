"""Names for people who do not exist: Polish and English, first names with the surnames that go with them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple


class Name(NamedTuple):
    first: str
    last: str
    language: str


def made_up(chance: Random) -> Name:
    """Two in three are Polish, as the shop's customers are."""
    words = _words()
    if chance.random() < 0.34:
        return Name(chance.choice(words["English"]), chance.choice(words["English surnames"]), "en")
    woman = chance.random() < 0.55
    first = chance.choice(words["Polish women" if woman else "Polish men"])
    if chance.random() < 0.5:
        return Name(first, chance.choice(words["Polish surnames"]), "pl")
    # Surnames in -ski change with the person: Kowalski, Kowalska.
    stem = chance.choice(words["Polish surnames in -ski and -ska, without the ending"])
    return Name(first, stem + ("a" if woman else "i"), "pl")


def address(name: Name, number: int) -> str:
    """An address under example.com, different for every number."""
    return f"{name.first}.{name.last}.{number}".translate(_PLAIN).lower() + "@example.com"


_PLAIN = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")


@cache
def _words() -> dict[str, list[str]]:
    """The lists of names.txt by their headings."""
    lists: dict[str, list[str]] = {}
    for line in Path(__file__).with_name("names.txt").read_text().splitlines():
        if line.startswith("# "):
            here = lists.setdefault(line[2:], [])
        else:
            here += line.split()
    return lists
