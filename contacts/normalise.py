"""One form for each address, so that one person has one row. Raises `ValueError` in words a marketer can act on."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from zoneinfo import available_timezones

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")
# A subset of what the library takes: ASCII, no signs at the edges of a part, a domain of letters.
_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+){0,10}@(?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+){0,5}\.){1,5}(?:com|net|org|pl|eu|info|de)",
)
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def email(value: str) -> str:
    """`Alice@Example.COM ` -> `alice@example.com`. Not asked of DNS: example.com is fine."""
    from email_validator import EmailNotValidError, validate_email

    text = str(value).strip()
    if _PLAIN_EMAIL.fullmatch(text) and len(text) < 200:
        return text.lower()  # nearly all of them, thirty times faster than the library
    if len(text) > 254:
        raise ValueError("An e-mail address has at most 254 characters.")
    if _CONTROL.search(text):
        raise ValueError("The e-mail address holds characters that cannot stand in one.")
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(f"“{_shown(text)}” is not an e-mail address: {error}") from None
    # The part before the @ may be case-sensitive by the RFC; no mailbox provider makes that distinction.
    return found.normalized.lower()


def phone(value: str, country: str | None = None) -> str:
    """`601 234 567` with country PL -> `+48601234567` (E.164)."""
    import phonenumbers

    text = str(value).strip()
    if _CONTROL.search(text) or len(text) > 40:
        raise ValueError("The phone number holds characters that cannot stand in one.")
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        raise ValueError(f"“{_shown(text)}” is not a phone number.") from None
    # Possible, not "valid": numbering plans open ranges faster than any library learns of them.
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise ValueError(f"“{_shown(text)}” is not a complete phone number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def language(value: str) -> str:
    """`PL` -> `pl`, `en_GB` -> `en-gb`."""
    text = str(value).strip()
    if text and not _LANGUAGE.fullmatch(text):
        raise ValueError(f"“{_shown(text)}” is not a language such as en or pl.")
    return text.lower().replace("_", "-")


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def time_zone(value: str) -> str:
    """`europe/warsaw` -> `Europe/Warsaw`; empty stays empty (the workspace's zone)."""
    text = str(value).strip()
    if not text:
        return ""
    found = _zones().get(text.lower())
    if found is None:
        raise ValueError(f"“{_shown(text)}” is not a time zone such as Europe/Warsaw.")
    return found


def text(value: object, limit: int) -> str:
    """One line of plain text without control characters."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError("This must be a text.")
    cleaned = " ".join(_CONTROL.sub("", str(value)).split())
    if len(cleaned) > limit:
        raise ValueError(f"This has at most {limit} characters.")
    return cleaned


def storable(words: str) -> str:
    """What others told us, without what no database keeps: PostgreSQL has no NUL in text, a lone surrogate has no UTF-8."""
    return words if words.isprintable() else _UNSTORABLE.sub("\ufffd", words)


def address_hash(channel: str, address: str) -> str:
    """How an address is remembered without being kept: for suppression and proof after erasure.

    A plain SHA-256, not keyed: a changed SECRET_KEY must never make us write to somebody who unsubscribed.
    """
    return hashlib.sha256(f"{channel}:{address.strip().lower()}".encode("utf-8", "replace")).hexdigest()


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
