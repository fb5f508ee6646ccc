"""Liquid as marketers may use it: no files, no unescaped output, and an end to every loop, size and nesting.

python-liquid bounds loops and recursion, but not what one filter makes of its input, ranges outside `for`, or time. Ours does:
every filter's values are bounded, a replacement or join that would grow too large is refused before it is made, loops are paid
for by the nodes they render, and a clock runs. What exceeds a limit raises a LiquidError.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import wraps
from io import StringIO
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from liquid import Environment, Markup, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.exceptions import (
    LiquidError,
    LiquidSyntaxError,
    LoopIterationLimitError,
    ResourceLimitError,
    UnknownFilterError,
)
from liquid.expression import Expression
from liquid.filter import with_context
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_ILLEGAL, TOKEN_OUTPUT, TOKEN_TAG, Token
from liquid.undefined import is_undefined

from contacts import clock

MOST_TAGS = 2_000
MOST_ITERATIONS = 10_000
MOST_WORK = 100_000  # nodes rendered inside loops, in one template
MOST_OUTPUT = 1_000_000
MOST_TEXT = 100_000  # characters that go into or come out of a filter
MOST_ITEMS = 10_000
RENDER_S = 2.0
# What every template may ask for.
ROOTS = frozenset({"contact", "event", "run", "steps", "workspace", "unsubscribe_url", "preferences_url"})

_TAGS = {"assign", "break", "capture", "case", "comment", "continue", "cycle", "decrement", "echo", "for", "if"}
_TAGS |= {"ifchanged", "increment", "liquid", "unless", "#", "doc"}
_PARTS = {TOKEN_CONTENT, TOKEN_OUTPUT, TOKEN_ILLEGAL}  # text, output and unknown tags are tags to the parser
# `safe` would undo the escaping; `escapejs` has no place in a mail. base64 decoding makes bytes of hostile input.
_NO_FILTERS = {"safe", "escapejs", "base64_decode", "base64_url_safe_decode"}
_DATE_FORMAT = re.compile(r"(?:[^%]|%[-_0^#]?[aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%])*")


class TooMuch(ResourceLimitError):
    """A template that wants more time, text or loops than one message may cost."""


class Context(RenderContext):
    """One template's rendering: what it may still cost, and until when."""

    __slots__ = ("deadline", "sheet", "sizes", "work")

    def __init__(self, *args: Any, sheet: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deadline = time.monotonic() + RENDER_S
        self.work = MOST_WORK
        self.sizes: list[int] = []
        self.sheet = sheet

    def filter(self, name: str, token: Any) -> Callable[..., object]:
        self.check_time()
        return super().filter(name, token)

    def check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise TooMuch("This takes too long to write.", token=None)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        super().raise_for_loop_limit(length)
        self.check_time()
        self.work -= length * (self.sizes[-1] if self.sizes else 1)
        if self.work < 0:
            raise LoopIterationLimitError("The loops of this text go round too often.", token=None)

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        return Buffer(self, buf.room if isinstance(buf, Buffer) else MOST_OUTPUT)


class Buffer(StringIO):
    """Output with an end."""

    def __init__(self, context: Context, room: int) -> None:
        super().__init__()
        self.context, self.room = context, room

    def write(self, text: str, /) -> int:
        self.room -= len(text)
        if self.room < 0:
            raise TooMuch("This text becomes too long.", token=None)
        if self.context.loops:
            self.context.check_time()
        return super().write(text)


class _For(ForNode):
    """A loop that says beforehand how much it will render."""

    __slots__ = ("size",)

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if not hasattr(self, "size"):
            self.size = _size_of(self, context)
        around = self.expression.iterable.evaluate(context)
        # `for i in (1..9999999999) offset: 9999999998` would count to its offset inside one call.
        if isinstance(around, range) and around.stop - around.start > MOST_ITERATIONS:
            raise LoopIterationLimitError("A loop goes round too often.", token=self.token)
        context.sizes.append(self.size)  # type: ignore[attr-defined]
        try:
            return super().render_to_output(context, buffer)
        finally:
            context.sizes.pop()  # type: ignore[attr-defined]


def _size_of(node: Node, context: RenderContext) -> int:
    """Nodes in a loop's body; the body of a loop within pays for itself."""
    return sum(1 if isinstance(child, _For) else 1 + _size_of(child, context) for child in node.children(context))


class _ForTag(ForTag):
    node_class = _For


class HrefNode(Node):
    """The place of a link that we put there ourselves (see `links`): which one, by number.

    `local`: its address uses names that only the template around it knows, such as a loop's.
    """

    __slots__ = ("local", "number")

    def __init__(self, token: Token, number: int, local: bool) -> None:
        super().__init__(token)
        self.number, self.local, self.blank = number, local, False

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(context.sheet.href(self.number, context))  # type: ignore[attr-defined]


class _HrefTag(Tag):
    name = "__href"
    block = False

    def parse(self, stream: TokenStream) -> HrefNode:
        token = stream.eat(TOKEN_TAG)
        number, _, local = stream.expect(TOKEN_EXPRESSION).value.partition(" ")
        return HrefNode(token, int(number), bool(local))


def _bounded(name: str, func: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, refusing what is too large going in or coming out."""

    @wraps(func)
    def filtered(value: Any, *args: Any, **kwargs: Any) -> Any:
        value = _check(value)
        for arg in args:
            _check(arg)
        if name.startswith("replace") and len(args) > 1:
            _check_replacement(str(value), str(args[0]), str(args[1]))
        elif name == "join" and isinstance(value, list):
            glue = len(str(args[0])) if args else 1
            if sum(len(str(item)) + glue for item in value) > MOST_TEXT:
                raise TooMuch("This text becomes too long.", token=None)
        return _check(func(value, *args, **kwargs))

    return filtered


def _check(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is Markup:
        if len(value) > MOST_TEXT:
            raise TooMuch("This text becomes too long.", token=None)
    elif kind is int:
        if value.bit_length() > 128:
            raise TooMuch("This number becomes too large.", token=None)
    elif kind is float:
        if not -1e30 < value < 1e30:
            raise TooMuch("This number becomes too large.", token=None)
    elif kind is list or kind is tuple or kind is dict:
        if len(value) > MOST_ITEMS:
            raise TooMuch("This list becomes too long.", token=None)
    elif kind is range:
        raise TooMuch("A range stands only in a for loop.", token=None)
    return value


def _check_replacement(value: str, old: str, new: str) -> None:
    times = value.count(old) if old else len(value) + 1
    if len(value) + times * len(new) > MOST_TEXT:
        raise TooMuch("This text becomes too long.", token=None)


def _url_text(func: Callable[..., str]) -> Callable[..., str]:
    """An encoded value is plain ASCII; a decoded one is a value like any other and is escaped."""

    @wraps(func)
    def coded(value: Any, *args: Any, **kwargs: Any) -> str:
        return str(func(value, *args, **kwargs))

    return coded


@with_context
def _date(value: Any, pattern: Any = "%d %B %Y", *, context: RenderContext) -> str:
    """A moment or date in the reader's time zone: `{{ event.occurred_at | date: "%d.%m.%Y" }}`; "now" is the product's clock."""
    if value is None or is_undefined(value):
        return ""
    moment = _moment(value)
    pattern = str(pattern)
    if moment is None or len(pattern) > 100 or not _DATE_FORMAT.fullmatch(pattern):
        return str(value)
    if moment.tzinfo is not None:
        contact = context.globals.get("contact")
        name = str(contact.get("time_zone") or "") if isinstance(contact, dict) else ""
        try:
            moment = moment.astimezone(ZoneInfo(name) if name else UTC)
        except (ValueError, KeyError, OSError, OverflowError):
            moment = moment.astimezone(UTC)
    return moment.strftime(pattern)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        text = str(value).strip()[:40]
        return clock.now() if text in ("now", "today") else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None


def _environment(*, escape: bool) -> Environment:
    environment = _Environment(autoescape=escape)
    environment.tags = {name: tag for name, tag in environment.tags.items() if name in _TAGS | _PARTS}
    environment.add_tag(_ForTag)
    environment.add_tag(_HrefTag)
    filters = {name: func for name, func in environment.filters.items() if name not in _NO_FILTERS}
    filters["date"] = _date
    for name in ("url_encode", "url_decode", "base64_encode", "base64_url_safe_encode"):
        filters[name] = _url_text(filters[name])
    environment.filters = {name: _bounded(name, func) for name, func in filters.items()}
    return environment


class _Environment(Environment):
    block_nesting_limit = 20
    context_depth_limit = 20
    loop_iteration_limit = MOST_ITERATIONS
    local_namespace_limit = 1_000_000
    output_stream_limit = MOST_OUTPUT


HTML = _environment(escape=True)
TEXT = _environment(escape=False)


def parse(source: str, *, escape: bool) -> list[Node]:
    """The template's nodes. Raises LiquidError with words for the author; bounded in time whatever the source."""
    check_source(source)
    environment = HTML if escape else TEXT
    nodes = environment.from_string(source).nodes
    for expression, owner in expressions(nodes):
        if isinstance(expression, RangeLiteral) and not isinstance(owner, LoopExpression):
            raise LiquidSyntaxError("A range such as (1..5) stands only in a for loop.", token=expression.token)
        for used in getattr(expression, "filters", None) or ():
            if used.name not in environment.filters:
                raise UnknownFilterError(f"There is no filter “{used.name}”.", token=used.token)
    return nodes


def expressions(nodes: list[Node]) -> Iterator[tuple[Expression, object]]:
    """Every expression in these nodes with what it stands in: a node, or another expression."""
    static = Context(HTML.from_string(""))
    stack: list[tuple[Any, object]] = [(node, None) for node in nodes]
    while stack:
        item, owner = stack.pop()
        if isinstance(item, Expression):
            yield item, owner
            stack += [(child, item) for child in item.children()]
        else:
            stack += [(expression, item) for expression in item.expressions()]
            stack += [(child, item) for child in item.children(static)]


def check_source(source: str) -> None:
    """Every tag is closed and there are not too many: the lexer is quadratic in unclosed ones."""
    position, count, raw, doc = 0, 0, 0, 0
    while True:
        output, tag = source.find("{{", position), source.find("{%", position)
        starts = [start for start in (output, tag) if start >= 0]
        if not starts:
            break
        start = min(starts)
        end = source.find("}}" if start == output else "%}", start + 2)
        if end < 0:
            raise LiquidSyntaxError(f"“{source[start : start + 40]}” is not closed.", token=None)
        name = source[start + 2 : end].strip("- \n\t\r")
        raw += (name == "raw") - (name == "endraw")
        doc += (name == "doc") - (name == "enddoc")
        count += 1
        if count > MOST_TAGS:
            raise TooMuch(f"There are more than {MOST_TAGS} Liquid tags.", token=None)
        position = end + 2
    if raw > 0 or doc > 0:
        raise LiquidSyntaxError("A raw or doc block is not closed.", token=None)


__all__ = ["HTML", "TEXT", "Buffer", "Context", "LiquidError", "TooMuch", "check_source", "expressions", "parse"]
