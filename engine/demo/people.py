"""Who the demo people are: made up by a fixed seed, the same at every start and on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from engine.demo import names

SEED = 1997
# In the sample; who comes later has the same purchases as somebody in it.
CUSTOMERS = 2357


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody reads: shares from 0 to 1, hours from the sending to the opening."""

    opens: float
    clicks: float
    hours: tuple[float, float]
    # A privacy proxy fetches every picture by itself, at once.
    proxy: bool = False


@dataclass(frozen=True, slots=True)
class Someone:
    external_id: str
    email: str
    first_name: str
    last_name: str
    language: str
    phone: str | None
    says_yes_to: tuple[str, ...]
    habits: Habits

    @property
    def values(self) -> dict[str, object]:
        """As `contacts.identity` takes them."""
        return {
            "external_id": self.external_id,
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "language": self.language,
            "phone": self.phone,
            "time_zone": "Europe/Warsaw" if self.language == "pl" else "Europe/London",
        }


ALICE = Someone(
    "demo-alice", "alice.wolska@example.com", "Alice", "Wolska", "en", "+48601000001", ("email", "newsletter", "sms"),
    Habits(opens=1.0, clicks=1.0, hours=(0.2, 2.0)),
)  # fmt: skip
BOB = Someone(
    "demo-bob", "bob.kowalski@example.com", "Bob", "Kowalski", "en", "+48601000002", ("email", "newsletter", "sms"),
    Habits(opens=0.0, clicks=0.0, hours=(1.0, 2.0)),
)  # fmt: skip
CHARLIE = Someone(
    "demo-charlie", "charlie.mroz@example.com", "Charlie", "Mróz", "en", None, ("email", "newsletter"),
    Habits(opens=0.0, clicks=0.0, hours=(1.0, 2.0)),
)  # fmt: skip
OWN_THREE = (ALICE, BOB, CHARLIE)


def someone(number: int) -> Someone:
    """The person with this number, from 1; numbers have no end."""
    chance = Random(f"{SEED}:{number}")
    name = names.made_up(chance)
    has_phone = chance.random() < 0.62
    yes = ["email", "newsletter"] if chance.random() < 0.93 else []
    if yes and has_phone and chance.random() < 0.7:
        yes.append("sms")
    return Someone(
        external_id=f"cdnow-{number:05d}",
        email=names.address(name, number),
        first_name=name.first,
        last_name=name.last,
        language=name.language,
        phone=f"+48{602_000_000 + number * 37 % 900_000:09d}" if has_phone else None,
        says_yes_to=tuple(yes),
        habits=_habits(chance),
    )


def habits_of(external_id: str | None) -> Habits | None:
    """The habits of a contact, found by the id that the demo gave; None for people whom it did not make."""
    for own in OWN_THREE:
        if own.external_id == external_id:
            return own.habits
    prefix, _, number = (external_id or "").partition("-")
    return someone(int(number)).habits if prefix == "cdnow" and number.isdigit() else None


def _habits(chance: Random) -> Habits:
    """Four kinds of readers, in the shares that newsletters of shops report: half open, one in five of those clicks."""
    kind = chance.random()
    if kind < 0.30:
        return Habits(opens=0.9, clicks=0.35, hours=(0.05, 9.0))
    if kind < 0.58:
        return Habits(opens=0.55, clicks=0.15, hours=(1.0, 40.0))
    return Habits(opens=0.08, clicks=0.2, hours=(4.0, 60.0), proxy=chance.random() < 0.12)
