"""The facts that contacts knows, one file each. Importing this registers them."""

from contacts.conditions.facts import (
    consent,
    email_valid,
    event,
    field,
    list,
    now,
    phone_valid,
    purchase,
    score,
    segment,
    tag,
    visited,
)

__all__ = [
    "consent",
    "email_valid",
    "event",
    "field",
    "list",
    "now",
    "phone_valid",
    "purchase",
    "score",
    "segment",
    "tag",
    "visited",
]
