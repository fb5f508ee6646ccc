"""What a reader gets: links of ours, signed; text beside HTML; hostile values harmless."""

from __future__ import annotations

import re

import pytest

from contacts.models import Contact
from engine.messaging import content, runs
from engine.messaging.links import safe_url
from engine.messaging.models import Caught, Link, Status
from engine.messaging.segments import count
from engine.messaging.tokens import HONEYPOT, signer
from tests.messaging.conftest import planned, work_off

CLICK = re.compile(r"/c/([\w-]+)")


def sent(contact: Contact, *, channel: str = "email", **more) -> Caught:
    words = {"name": "x", "channel": channel, "subject": "s", **more.pop("words")}
    written = content.create(**words)
    message = planned(contact, written, channel=channel, **more)
    assert [one.status for one in work_off()] == [Status.ACCEPTED]
    return Caught.objects.get(message=message)


def links_of(html: str) -> list[str]:
    found = []
    for token in CLICK.findall(html):
        _, link = signer().read_click(token)
        found.append("honeypot" if link == HONEYPOT else Link.objects.get(pk=link).url)
    return found


def test_links_lead_through_us_to_where_they_said(people):
    html = (
        "<body><a class=x href='https://shop.example/a?x=1&amp;y=2'>A</a> <a href=http://b.example>B</a>"
        '<a href="mailto:x@y.example">M</a><a href="#top">T</a><a href="tel:+48">P</a><a href="/relative">R</a>'
        '<A HREF="https://shop.example/a?x=1&y=2">again</A></body>'
    )
    caught = sent(people.alice, words={"html": html})
    shop = "https://shop.example/a?x=1&y=2"
    assert links_of(caught.html) == [shop, "http://b.example", shop, "honeypot"]
    assert 'href="mailto:x@y.example"' in caught.html
    assert "shop.example" not in caught.html
    assert re.search(r"A: http://127\.0\.0\.1:\d+/c/[\w-]{35}", caught.text)


def test_addresses_made_from_a_contacts_values_belong_to_the_message(people):
    html = (
        '<a href="https://x.example/{{ contact.fields.city | url_encode }}?e={{ contact.email }}">x</a>'
        '{% for n in contact.fields.list %}<a href="https://l.example/{{ n }}/{{ forloop.index }}">{{ n }}</a>{% endfor %}'
    )
    people.alice.fields = {"city": "Łódź", "list": ["a", "b"]}
    people.alice.save()
    caught = sent(people.alice, words={"html": html, "text": "t"})
    assert links_of(caught.html)[:3] == [
        "https://x.example/%C5%81%C3%B3d%C5%BA?e=alice@example.com",
        "https://l.example/a/1",
        "https://l.example/b/2",
    ]
    own = Link.objects.filter(url__contains="alice")
    assert [link.message_id for link in own] == [caught.message_id]


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "java\nscript:x", "data:text/html,x", "//evil.example", "", "\\\\evil", "ftp://x.example"],
)
def test_a_hostile_address_from_a_value_is_dead(people, value):
    people.alice.fields = {"url": value}
    people.alice.save()
    for body in (None, {"track": False}):
        caught = sent(
            people.alice,
            words={"html": '<a href="{{ contact.fields.url }}">x</a>', "text": "t"},
            body=body,
            nth=5 if body else 2,
        )
        assert '<a href="#">x</a>' in caught.html


def test_hostile_values_are_text_in_html_and_one_line_in_headers(people):
    people.alice.first_name = '<img src=x onerror="alert(1)">\r\nBcc: all@example.com'
    people.alice.save()
    caught = sent(
        people.alice,
        words={
            "subject": "Hi {{ contact.first_name }}",
            "html": "<p title='{{ contact.first_name }}'>{{ contact.first_name }}</p>",
            "from_name": "{{ contact.first_name }}",
        },
    )
    assert "<img src=x" not in caught.html
    assert "\n" not in caught.subject
    assert "\n" not in caught.headers["From"]


def test_a_mail_without_text_gets_one_and_a_text_gets_html(people):
    html = "<style>p{}</style><h1>Hi {{ contact.first_name }}</h1><ul><li>one</li><li>two</li></ul>{% if contact.score > 0 %}<p>rich</p>{% endif %}"
    caught = sent(people.alice, words={"html": html})
    assert caught.text.startswith("Hi Alice\n\n- one\n- two")
    assert "p{}" not in caught.text
    assert "rich" not in caught.text
    plain = sent(
        people.bob, words={"text": "Hi {{ contact.first_name }} <3\n\nSee https://x.example/{{ contact.id }}."}
    )
    assert "<p>Hi Bob &lt;3</p>" in plain.html
    assert links_of(plain.html)[0] == f"https://x.example/{people.bob.pk}"
    assert links_of(plain.text)[0] == f"https://x.example/{people.bob.pk}"


def test_marketing_mail_carries_a_way_out_and_transactional_none(people):
    caught = sent(people.alice, words={"html": "<body>x</body>"})
    assert caught.html.count("/u/") == 1
    assert "/p/" in caught.html
    assert caught.html.index("/u/") < caught.html.index("</body>")
    assert caught.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    own = sent(people.bob, words={"html": '<a href="{{ unsubscribe_url }}">out</a>'})
    assert own.html.count("/u/") == 1
    receipt = sent(people.charlie, words={"html": "x"}, purpose="transactional")
    assert "/u/" not in receipt.html
    assert "List-Unsubscribe" not in receipt.headers


def test_an_untracked_mail_keeps_its_links_and_has_no_pixel(people):
    caught = sent(people.alice, words={"html": '<a href="https://x.example/">x</a>'}, body={"track": False})
    assert 'href="https://x.example/"' in caught.html
    assert "/o/" not in caught.html
    assert "/c/" not in caught.html


def test_what_the_node_says_goes_before_what_the_content_says(people, letter):
    planned(
        people.alice,
        letter,
        body={"subject": "Second try, {{ contact.first_name }}", "from_name": "Ola", "preheader": "psst"},
    )
    work_off()
    caught = Caught.objects.get()
    assert caught.subject == "Second try, Alice"
    assert caught.headers["From"] == "Ola <hello@example.com>"
    assert "psst</div>" in caught.html


def test_values_of_the_run_are_asked_for_only_by_templates_that_use_them(people, monkeypatch):
    asked = []

    def values(run_ids, *, steps):
        asked.append((list(run_ids), steps))
        return {run: {"event": {"properties": {"value": 12}}, "run": {"id": run}} for run in run_ids}

    monkeypatch.setattr(runs, "_values", [values])
    sent(people.alice, words={"html": "x"})
    assert asked == []
    caught = sent(people.bob, words={"html": "<p>{{ event.properties.value }} {{ run.id }}</p>"})
    assert asked == [([people.bob.pk * 100], False)]
    assert f"<p>12 {people.bob.pk * 100}</p>" in caught.html


def test_a_text_message_has_short_links_and_counted_parts(people):
    planned(
        people.bob,
        None,
        channel="sms",
        body={"text": "Hi {{ contact.first_name }}, see https://shop.example/a/very/long/way?x=1."},
    )
    work_off()
    caught = Caught.objects.get()
    assert re.fullmatch(r"Hi Bob, see http://[\w.:]+/c/[\w-]{35}\.", caught.text)
    assert links_of(caught.text) == ["https://shop.example/a/very/long/way?x=1"]
    assert caught.to == "+48601234567"


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("", "GSM-7", 0),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("ż" * 70, "UCS-2", 1),
        ("ż" * 71, "UCS-2", 2),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("a" * 152 + "€" + "b" * 10, "GSM-7", 2),
    ],
)
def test_parts_of_a_text_message(text, encoding, parts):
    assert (count(text).encoding, count(text).segments) == (encoding, parts)


@pytest.mark.parametrize("url", ["https://x.example", "HTTP://x.example/a b", "https://x.example:8080/?q=ł#f"])
def test_whole_web_addresses_are_taken(url):
    assert safe_url(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "x.example",
        "//x.example",
        "https:///x",
        "https://",
        "javascript:1",
        "https://x.example:99999999/",
        "https://[x/",
        "http:\\\\x.example",
        "h" * 3000,
    ],
)
def test_others_are_not(url):
    assert safe_url(url) is None
