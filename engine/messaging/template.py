"""A parsed template made quick to fill: constant pieces and slots.

Most slots of a mail are `{{ contact.first_name | default: "there" }}` or a link: those are filled without python-liquid's
machinery (0.4 us instead of 8), by code that a test holds to its very output. Everything else renders as python-liquid does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from liquid import escape as escape_html
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.primitive import StringLiteral
from liquid.builtin.output import OutputNode
from liquid.exceptions import LiquidInterrupt, LiquidSyntaxError
from liquid.stringify import to_liquid_string

from engine.messaging import language
from engine.messaging.language import HTML, TEXT, Context, HrefNode

Values = Mapping[str, Any]
Fill = Callable[[Values, Any], str]
# Most names and cities: nothing to escape, and asking is a third of escaping.
_HARMLESS = re.compile(r"[^&<>\"']*").fullmatch
_SPECIAL = {"size", "first", "last"}


class Template:
    """Fill it with `fill(values, sheet)`. Immutable; shared by threads."""

    __slots__ = ("_bound", "constant", "escape", "links", "nodes", "own", "paths", "pieces", "slots", "tags")

    def __init__(self, source: str, *, escape: bool) -> None:
        """Raises LiquidError with words for the author."""
        self.escape = escape
        self.nodes = language.parse(source, escape=escape)
        environment = HTML if escape else TEXT
        self._bound = environment.template_class(env=environment, nodes=self.nodes)
        analysis = self._bound.analyze(include_partials=False)
        # Paths from outside, such as ("contact", "fields", "city"); what the template assigns itself is left out.
        self.paths: set[tuple[str, ...]] = {
            tuple(str(part) for part in variable.segments) for found in analysis.globals.values() for variable in found
        }
        # Names that the template makes itself: assigned, captured, of a loop.
        self.own = set(analysis.locals) | (set(analysis.variables) - set(analysis.globals))
        self.tags = frozenset(analysis.tags)
        # These make names that look like values from outside.
        quick = not {"increment", "decrement"} & self.tags
        assigned = set(analysis.locals)
        self.pieces: list[str] = []
        self.slots: list[tuple[int, Fill | None, Node]] = []
        self.links: list[tuple[int, int]] = []  # where which link stands
        for node in self.nodes:
            if isinstance(node, ContentNode):
                self.pieces.append(node.text)
            elif isinstance(node, HrefNode) and not node.local:
                self.links.append((len(self.pieces), node.number))
                self.pieces.append("")
            else:
                self.slots.append((len(self.pieces), _quick(node, assigned, escape) if quick else None, node))
                self.pieces.append("")
        self.constant = "".join(self.pieces) if not self.slots and not self.links else None

    def fill(self, values: Values, sheet: Any = None) -> str:
        """The text for these values. Raises LiquidError, or what hostile values make a filter raise."""
        if self.constant is not None:
            return self.constant
        pieces = self.pieces.copy()
        context: Context | None = None
        for index, quick, node in self.slots:
            if quick is not None:
                pieces[index] = quick(values, sheet)
                continue
            if context is None:
                context = Context(self._bound, globals=values, sheet=sheet)
            pieces[index] = render(node, context)
        if self.links:
            known = sheet.urls
            for index, number in self.links:
                pieces[index] = known[number] if number in known else sheet.href(number)
        text = "".join(pieces)
        if len(text) > language.MOST_OUTPUT:
            raise language.TooMuch("This text becomes too long.", token=None)
        return text


def render(node: Node, context: Context) -> str:
    """One node as python-liquid renders it, under our limits."""
    buffer = context.get_buffer()
    context.check_time()
    try:
        node.render(context, buffer)
    except LiquidInterrupt as interrupt:
        raise LiquidSyntaxError(f"“{interrupt}” stands outside a loop.", token=node.token) from None
    return buffer.getvalue()


def _quick(node: Node, own: set[str], escape: bool) -> Fill | None:
    """How to fill this node without python-liquid; None if it needs it."""
    if type(node) is not OutputNode or type(node.expression) is not FilteredExpression:
        return None
    expression = node.expression
    if not isinstance(expression.left, Path):
        return None
    path = expression.left.path
    if not all(isinstance(part, str) for part in path) or path[0] in own or _SPECIAL & set(path):  # type: ignore[arg-type]
        return None
    default = ""
    if expression.filters:
        first = expression.filters[0]
        if len(expression.filters) > 1 or first.name != "default" or len(first.args) != 1:
            return None
        literal = getattr(first.args[0], "value", None)
        if getattr(first.args[0], "name", None) or not isinstance(literal, StringLiteral):
            return None
        default = str(literal.value)
    return _lookup(tuple(path), bool(expression.filters), default, escape)  # type: ignore[arg-type]


def _lookup(path: tuple[str, ...], has_default: bool, default: str, escape: bool) -> Fill:
    root, rest = path[0], path[1:]

    def fill(values: Values, sheet: Any) -> str:
        value = values.get(root)
        for part in rest:
            if type(value) is not dict:
                value = None
                break
            value = value.get(part)
        if type(value) is str:
            if value:
                if escape and not _HARMLESS(value):
                    return str(escape_html(value))
                return value
            return default
        if has_default and (value is None or value is False or value in ([], {})):
            return default
        return str(to_liquid_string(value, escape))

    return fill
