"""The facts that contacts knows, one file each. Importing this registers them."""

from contacts.conditions.facts import (
    app,
    consent,
    email_valid,
    event,
    field,
    list,
    now,
    onsite,
    phone_valid,
    purchase,
    push,
    score,
    segment,
    survey,
    tag,
    visited,
)

__all__ = [
    "app",
    "consent",
    "email_valid",
    "event",
    "field",
    "list",
    "now",
    "onsite",
    "phone_valid",
    "purchase",
    "push",
    "score",
    "segment",
    "survey",
    "tag",
    "visited",
]
