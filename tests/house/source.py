"""The tree as the house tests read it: our Python files, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("contacts", "builder", "engine")


@dataclass(frozen=True)
class Import:
    """One imported module, wherever in the file the statement stands."""

    path: str
    line: int
    module: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.module}"


@cache
def files(*folders: str) -> list[str]:
    """Paths of our Python files below these folders, migrations left out."""
    return sorted(
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if not {"migrations", "node_modules", "__pycache__"} & set(path.parts)
    )


@cache
def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), path)


def imports(path: str) -> Iterator[Import]:
    """Every module that a file imports, inside functions and `if TYPE_CHECKING` too, relative ones resolved."""
    package = path.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(path, node.lineno, name.name)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for name in node.names:
                yield Import(path, node.lineno, f"{module}.{name.name}")
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__", "import_string"):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield Import(path, node.lineno, argument.value)


def calls(path: str) -> Iterator[tuple[int, str, ast.Call]]:
    """Every call with its dotted name as written: (line, "timezone.now", node)."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, _dotted(node.func), node


def _called(node: ast.Call) -> str:
    return _dotted(node.func).rsplit(".", 1)[-1]


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Name):
        return node.id
    return "?"
