"""The plain part that the author did not write, from any HTML, in time that grows with its length alone."""

from __future__ import annotations

import time

import pytest
from liquid.exceptions import LiquidError

from engine.messaging import content, plaintext, sandbox
from engine.messaging.models import Content


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Hi   Ola</p>\n<p>Bye</p>", "Hi Ola\n\nBye"),
        ('<p>See <a href="https://x.example/?a=1&amp;b=2">our shop</a> now</p>', "See our shop: https://x.example/?a=1&b=2 now"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ("<A HREF='#top'>Top</A> <a>none</a>", "Top none"),
        ('<a title="a > b" href=https://x.example>x</a>', "x: https://x.example"),
        ('<a data-href="no" href="{{ contact.fields.url }}">x</a>', "x: {{ contact.fields.url }}"),
        ('<a href="{% __href 3 %}"><img src="x.png" alt="Shop &amp; more"></a>', "Shop & more: {% __href 3 %}"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<style>p > a { color: red }</style><script>if (a < b) x()</script><title>T</title>seen", "seen"),
        ("<STYLE>a</STYLE>seen<!-- not > this -->, too", "seen, too"),
        ("<!doctype html><?xml x?>a &lt;b&gt; 1 < 2 and 3 > 2", "a <b> 1 < 2 and 3 > 2"),
        ("{% if contact.score > 3 %}<b>{{ contact.first_name | default: 'a<b' }}</b>{% endif %}",
         "{% if contact.score > 3 %}{{ contact.first_name | default: 'a<b' }}{% endif %}"),
        ("seen<a href='x", "seen"),
        ("seen<!-- never closed", "seen"),
        ("seen<style>never closed", "seen"),
        ('<a ">odd</a>, but there', "odd, but there"),
    ],
)  # fmt: skip
def test_readers_without_html_get_the_words(source: str, text: str) -> None:
    assert plaintext.from_html(source) == text


BOMBS = [
    "<", "</", "<!", "<!--", "<?", "<p", "<a ", '<a "', "<a '", '<a href="', "<a =", '<a ">"', "<a '\">'", "<area \"'", "<style>", "<script>",
    "&#1", "<a>", "<a>x</a", "<td>", "<br", "<a href=x>y</a>", "\n \n", "http://",
]  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_is_never_closed_takes_no_longer(bomb: str) -> None:
    """As much as a content may hold. Python's own parser takes from minutes to an hour for most of these."""
    source = (bomb * 500_000)[:500_000]
    began = time.process_time()
    plaintext.from_html(source)
    plaintext.to_html(source[:100_000])
    assert time.process_time() - began < 10


def test_nested_links_take_no_longer() -> None:
    began = time.process_time()
    plaintext.from_html("<a href=x>" * 30_000 + "</a>" * 30_000)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("bomb", ["{{", "{%", "{{ a }} {{"])
def test_liquid_that_is_never_closed_is_refused_at_once(bomb: str) -> None:
    began = time.process_time()
    for read in (plaintext.from_html, plaintext.to_html):
        with pytest.raises(LiquidError):
            read((bomb * 100_000)[:99_998])
    assert time.process_time() - began < 5


@pytest.mark.parametrize("bomb", ["<img ", "<head ", "<body ", "<img src=/o/", "</body ", "<a href=http://x.example/"])
def test_nor_does_anything_else_that_looks_at_a_content(bomb: str, db: None) -> None:
    source = (bomb * 500_000)[:500_000]
    began = time.process_time()
    list(content.problems(Content(name="Bomb", subject="Bomb", channel="email", html=source)))
    sandbox.sandboxed(source)
    assert time.process_time() - began < 10
