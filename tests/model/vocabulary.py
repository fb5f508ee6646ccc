"""The few words from which worlds are drawn."""

from __future__ import annotations

TAGS = ["hot", "vip", "cold"]
LISTS = ["club", "readers"]
EVENTS = ["signed_up", "booked"]
KEYS = ["k1", "k2"]
FIELDS = {"city": "text", "age": "number", "member": "boolean", "birthday": "date", "seen": "datetime"}
TOPICS = ["", "news"]  # of the contents, by their number
LINKS = ["https://shop.example/sale", "https://shop.example/about"]
PAGES = ["https://shop.example/pricing?a=1", "https://shop.example/cart"]

# "" is at home, where the workspace is.
ZONES = ["", "Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"]
# Nights on which clocks are changed (Warsaw, New York, Lord Howe, both ways), ends of months, and a plain day.
STARTS = [
    "2027-03-27T07:30:00+00:00",
    "2027-10-30T08:30:00+00:00",
    "2027-03-13T15:30:00+00:00",
    "2027-11-06T14:30:00+00:00",
    "2027-04-02T20:45:00+00:00",
    "2027-10-01T20:45:00+00:00",
    "2027-01-31T11:00:00+00:00",
    "2027-06-09T08:00:00+00:00",
]
MINUTE, HOUR, DAY = 60, 3_600, 86_400
CLOCK_STEPS = [MINUTE, 10 * MINUTE, HOUR, HOUR, 3 * HOUR, 12 * HOUR, DAY, DAY, DAY, 2 * DAY, 7 * DAY, 31 * DAY]
DURATIONS = ["PT1M", "PT10M", "PT1H", "PT1H", "PT3H", "PT12H", "P1D", "P1D", "P2D", "P1W", "P1M"]
TIMES = ["02:30", "09:00", "18:00", "00:00"]


def email(who: int) -> str:
    return f"p{who}@example.com"


def phone(who: int) -> str:
    return f"+4860014821{who}"
