"""From HTML to plain text and back, with Liquid left standing: for the part that the author did not write."""

from __future__ import annotations

import html
import re

from engine.messaging.language import check_source

_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_MARK = re.compile("\ue000(\\d+)\ue001")
_BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "tr", "section", "article", "header"}
_BLOCKS |= {"footer", "blockquote", "hr", "center", "form"}
_SILENT = {"style", "script", "title", "template"}
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_TAG_END = re.compile(r"(?:[^>\"']|\"[^\"]*\"|'[^']*')*+>")
_LONGEST_TAG = 1_000
_HREF, _ALT = (
    re.compile(rf"[\s\"'/]{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
    for name in ("href", "alt")
)


class _Protected:
    """A source whose Liquid is replaced by marks, so that an HTML parser or an escaper does not touch it. Raises LiquidError."""

    def __init__(self, source: str) -> None:
        check_source(source)
        self.kept: list[str] = []
        source = source.replace("\ue000", "").replace("\ue001", "")
        self.text = _LIQUID.sub(self._keep, source)

    def _keep(self, found: re.Match[str]) -> str:
        self.kept.append(found.group())
        return f"\ue000{len(self.kept) - 1}\ue001"

    def restore(self, text: str) -> str:
        return _MARK.sub(lambda mark: self.kept[int(mark.group(1))], text)


def from_html(source: str) -> str:
    """What a reader without HTML gets: paragraphs, list dashes, "label: address" for links. Raises LiquidError for unclosed Liquid."""
    protected = _Protected(source)
    reader = _Reader()
    reader.read(protected.text)
    lines = [" ".join(line.split()) for line in "".join(reader.out).split("\n")]
    return protected.restore(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())


class _Reader:
    """Goes through HTML once. Python's own parser looks again from every "<" that is not closed: half a megabyte of "<a " kept it
    busy for an hour, and the web server with it."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.href: tuple[str, int] | None = None

    def read(self, text: str) -> None:
        """As browsers do, what is not closed at the end is nothing."""
        place = 0
        while (start := text.find("<", place)) >= 0:
            self._data(text[place:start])
            after = text[start + 1 : start + 2]
            if text.startswith("<!--", start):
                place = _after(text, "-->", start + 4)
            elif after in ("!", "?"):
                place = _after(text, ">", start)
            elif found := _TAG_NAME.match(text, start):
                place = self._tag(text, start, found)
            else:
                self._data("<")
                place = start + 1
        self._data(text[place:])

    def _tag(self, text: str, start: int, found: re.Match[str]) -> int:
        """Read the tag that begins at `start`; where the text goes on."""
        # A ">" inside quotes belongs to the value. Looked for within bounds, or a file of odd quotes would be gone through for each.
        whole = _TAG_END.match(text, found.end(), found.end() + _LONGEST_TAG)
        end = whole.end() if whole else _after(text, ">", found.end())
        closes, name = found.group(1), found.group(2).lower()
        if closes:
            self._end(name)
        elif name in _SILENT:
            closing = re.compile(f"</{name}", re.IGNORECASE).search(text, end)
            return _after(text, ">", closing.end()) if closing else len(text)
        else:
            self._start(name, text[found.end() : end])
        return end

    def _start(self, tag: str, attributes: str) -> None:
        if tag == "br":
            self.out.append("\n")
        elif tag == "li":
            self.out.append("\n- ")
        elif tag in _BLOCKS:
            self.out.append("\n\n" if tag != "tr" else "\n")
        elif tag == "a":
            self.href = (
                _value(_HREF, attributes),
                len(self.out),
            )  # as in browsers, a link ends where the next one begins
        elif tag == "img" and (alt := _value(_ALT, attributes)):
            self.out.append(alt)

    def _end(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.out.append("\n\n" if tag != "tr" else "\n")
        elif tag in ("td", "th"):
            self.out.append(" ")
        elif tag == "a" and self.href:
            (href, start), self.href = self.href, None
            label = " ".join("".join(self.out[start:]).split())
            if href and not href.startswith("#") and href != label:
                self.out.append(f": {href} " if label else f"{href} ")

    def _data(self, data: str) -> None:
        if data:
            self.out.append(re.sub(r"\s+", " ", html.unescape(data)))


def _after(text: str, what: str, place: int) -> int:
    found = text.find(what, place)
    return found + len(what) if found >= 0 else len(text)


def _value(attribute: re.Pattern[str], attributes: str) -> str:
    found = attribute.search(attributes)
    return html.unescape(next(one for one in found.groups() if one is not None)) if found else ""


def to_html(source: str) -> str:
    """Plain text as a simple mail: paragraphs, line breaks, addresses as links. Liquid values are escaped when rendered."""
    protected = _Protected(source)
    # An address with Liquid inside is one link: the marks belong to it.
    pieces, last = [], 0
    for found in re.finditer("https?://(?:\ue000\\d+\ue001|[^\\s<>\"'\ue000\ue001])+", protected.text):
        address = found.group().rstrip(".,;:!?)]")
        pieces.append(html.escape(protected.text[last : found.start()]))
        pieces.append(f'<a href="{html.escape(address)}">{html.escape(address)}</a>')
        last = found.start() + len(address)
    pieces.append(html.escape(protected.text[last:]))
    paragraphs = re.split(r"\n\s*\n", "".join(pieces).strip())
    body = "".join(f"<p>{paragraph.strip().replace(chr(10), '<br>')}</p>" for paragraph in paragraphs)
    return protected.restore(f"<!doctype html><html><body>{body}</body></html>")
