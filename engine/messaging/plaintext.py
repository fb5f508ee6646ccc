"""From HTML to plain text and back, with Liquid left standing: for the part that the author did not write."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_MARK = re.compile("\ue000(\\d+)\ue001")
_BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "tr", "section", "article", "header"}
_BLOCKS |= {"footer", "blockquote", "hr", "center", "form"}
_SILENT = {"style", "script", "title", "template"}


class _Protected:
    """A source whose Liquid is replaced by marks, so that an HTML parser or an escaper does not touch it."""

    def __init__(self, source: str) -> None:
        self.kept: list[str] = []
        source = source.replace("\ue000", "").replace("\ue001", "")
        self.text = _LIQUID.sub(self._keep, source)

    def _keep(self, found: re.Match[str]) -> str:
        self.kept.append(found.group())
        return f"\ue000{len(self.kept) - 1}\ue001"

    def restore(self, text: str) -> str:
        return _MARK.sub(lambda mark: self.kept[int(mark.group(1))], text)


def from_html(source: str) -> str:
    """What a reader without HTML gets: paragraphs, list dashes, "label: address" for links."""
    protected = _Protected(source)
    reader = _Reader()
    reader.feed(protected.text)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.out).split("\n")]
    return protected.restore(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.silent = 0
        self.hrefs: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _SILENT:
            self.silent += 1
        elif tag == "br":
            self.out.append("\n")
        elif tag == "li":
            self.out.append("\n- ")
        elif tag in _BLOCKS:
            self.out.append("\n\n" if tag != "tr" else "\n")
        elif tag == "a":
            self.hrefs.append((values.get("href") or "", len(self.out)))
        elif tag == "img" and values.get("alt"):
            self.out.append(str(values["alt"]))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(self.silent - 1, 0)
        elif tag in _BLOCKS:
            self.out.append("\n\n" if tag != "tr" else "\n")
        elif tag in ("td", "th"):
            self.out.append(" ")
        elif tag == "a" and self.hrefs:
            href, start = self.hrefs.pop()
            label = " ".join("".join(self.out[start:]).split())
            if href and not href.startswith("#") and href != label:
                self.out.append(f": {href} " if label else f"{href} ")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.out.append(re.sub(r"\s+", " ", data))


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
