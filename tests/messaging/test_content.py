from __future__ import annotations

import pytest

from contacts.models import Field, Topic
from engine.messaging import content
from engine.messaging.errors import InUse, Unsavable
from engine.messaging.models import Content, ContentVersion
from engine.messaging.preview import preview
from tests.messaging.conftest import planned


def words(found):
    return [(problem.field, problem.severity, problem.message) for problem in found]


def test_saving_makes_a_version_only_when_words_change(letter):
    assert letter.number == 1
    letter.name = "Another name"
    content.save(letter)
    assert ContentVersion.objects.filter(content=letter).count() == 1
    letter.subject = "Other words"
    content.save(letter)
    assert letter.number == 2
    assert list(letter.versions.order_by("number").values_list("subject", flat=True))[1] == "Other words"
    assert content.current([letter.pk]) == {letter.pk: letter.versions.get(number=2).pk}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("html", "{{ contact.first_name", "not closed"),
        ("html", "line one\n{% if x %}", "endif"),
        ("html", "{{ (1..100) | join: ',' }}", "for loop"),
        ("html", "{{ contact.first_name | shout }}", "shout"),
        ("html", "{{ contact.first_name | safe }}", "safe"),
        ("html", "{% include 'secrets' %}", "include"),
        ("html", '<a href="javascript:alert(1)">x</a>', "not allowed"),
        ("html", '<a href=" java\tscript:alert(1)">x</a>', "not allowed"),
        ("html", "<a href='data:text/html,x'>x</a>", "not allowed"),
        ("html", "{% __href 3 %}", "keeps for itself"),
        ("html", "x" * 500_001, "500,000"),
        ("subject", "{{ contact.first_name | join: (1..9) }}", "for loop"),
        ("subject", "x\x00", "cannot stand"),
        ("text", "{% for i in (1..3) %}", "endfor"),
        ("from_email", "nobody", "not an e-mail address"),
        ("name", " ", "needs a name"),
        ("channel", "pigeon", "email or sms"),
    ],
)
def test_what_cannot_work_is_refused_with_its_field_and_reason(letter, field, value, said):
    setattr(letter, field, value)
    with pytest.raises(Unsavable) as refused:
        content.save(letter)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert said in refused.value.problems[0].message
    assert Content.objects.get(pk=letter.pk).number == 1


def test_all_errors_are_told_at_once(letter):
    letter.subject, letter.text = "{{", "{% if %}"
    letter.html = '<a href="javascript:x">y</a>'
    with pytest.raises(Unsavable) as refused:
        content.save(letter)
    assert {problem.field for problem in refused.value.problems} == {"subject", "text", "html"}


def test_unknown_names_are_warnings_and_stay_empty(letter):
    Field.objects.create(key="city", label="City", type="text")
    letter.html = (
        "{{ contact.fields.city }}{{ contact.fields.town }}{{ contact.city }}{{ customer.name }}"
        "{% for item in event.items %}{{ item.name }}<a href='https://x.example/{{ item.id }}'>x</a>{% endfor %}{{ workspace.name }}"
    )
    letter.topic = "nothing"
    found = content.save(letter)
    assert {problem.severity for problem in found} == {"warning"}
    told = [problem.message for problem in found]
    assert len(told) == 4
    assert any("contact field “town”" in message for message in told)
    assert any("contact.fields.city" in message and "contact.city" in message for message in told)
    assert any("customer.name" in message for message in told)
    assert any("topic “nothing”" in message for message in told)
    assert "customer" not in preview(letter).html


def test_an_empty_mail_can_be_saved_but_says_so(db):
    found = content.save(made := Content(name="New"))
    assert {problem.field for problem in found} == {"subject", "html"}
    assert made.number == 1


def test_a_content_that_was_sent_cannot_be_deleted(letter, people):
    planned(people.alice, letter)
    with pytest.raises(InUse):
        content.delete(letter)
    other = content.create(name="Unused", subject="x", html="y")
    content.delete(other)
    assert not Content.objects.filter(pk=other.pk).exists()


def test_a_content_that_a_workflow_uses_says_where(letter, monkeypatch):
    monkeypatch.setattr(content, "_uses", [lambda number: ["the step “Introduction” of “Lead nurturing”"]])
    with pytest.raises(InUse, match="Lead nurturing"):
        content.delete(letter)


def test_library_contents_come_with_their_keys(db):
    Topic.objects.create(slug="newsletter", label="Newsletter")
    made = content.create_from_library(
        {
            "intro": {"name": "Introduction", "subject": "Hi", "html": "<p>x</p>", "topic": "newsletter", "newer": 1},
            "nudge": {"channel": "sms", "text": "Look into your inbox"},
        }
    )
    assert set(made) == {"intro", "nudge"}
    assert Content.objects.get(pk=made["nudge"]).name == "nudge"
    assert Content.objects.get(pk=made["intro"]).topic == "newsletter"


def test_a_preview_shows_what_a_contact_would_get(letter, people):
    shown = preview(letter, contact_id=people.alice.pk)
    assert shown.subject == "Hello Alice"
    assert "Hi Alice" in shown.html
    assert 'href="https://shop.example/a?x=1&amp;y=2"' in shown.html
    assert "/o/" not in shown.html
    assert "Shop: https://shop.example/a?x=1&y=2" in shown.text
    letter.html = "{{ contact.first_name | divided_by: 0 }}"
    assert preview(letter).problem is not None
