"""Rows written in bulk arrive as they were, whatever stands in them."""

import pytest
from django.db import connection

from contacts import events, sql, tags
from contacts.events import NewEvent
from contacts.models import ContactTag, Event

HOSTILE = ["a\tb", "a\nb\r", "\\N", "\\", "{a,b}", 'say "hi"', "", "NULL", "None", "O'Neil", "%s", "\u2028é😀"]


def test_hostile_text_is_recorded_as_it_came(alice):
    events.record_many([NewEvent(alice.pk, "purchase", {"text": text}, key=f"{text}-key") for text in HOSTILE])
    rows = Event.objects.filter(contact=alice, name="purchase").order_by("id")
    assert [row.properties["text"] for row in rows] == HOSTILE
    assert [row.key for row in rows] == [f"{text}-key" for text in HOSTILE]


def test_hostile_tags_go_as_they_came(alice):
    names = [text for text in HOSTILE if text.strip() and text.isprintable()]
    tags.add([alice.pk], names)
    assert ContactTag.objects.filter(contact=alice).count() == len(names)
    tags.remove([alice.pk], names)
    assert not ContactTag.objects.filter(contact=alice).exists()


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([*HOSTILE, None, "again", "again"], "text"),
        ([1, None, -3, 2**62], "bigint"),
        ([True, False, None], "boolean"),
        ([None, None], "text"),
        ([], "bigint"),
    ],
)
def test_array_texts_are_read_as_they_were_meant(values, kind, db):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [sql.array(values)])
        assert cursor.fetchone()[0] == values
