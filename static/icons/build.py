"""Builds static/icons.svg from the npm package @tabler/icons: one <symbol> per name in names.txt.

    python static/icons/build.py node_modules/@tabler/icons

Tabler Icons are MIT licensed, Copyright (c) 2020 Paweł Kuna; the notice stays in the sprite.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOTICE = "<!-- Tabler Icons, https://tabler.io/icons, MIT License, Copyright (c) 2020-2026 Paweł Kuna. See icons/LICENSE-Tabler.txt -->"


def names() -> list[str]:
    lines = (line for line in (HERE / "names.txt").read_text().splitlines() if not line.startswith("#"))
    return sorted({name for line in lines for name in line.split()})


def symbol(name: str, source: Path) -> str:
    """The icon's shapes without its frame; stroke and size come from whoever uses it."""
    svg = (source / "icons" / "outline" / f"{name}.svg").read_text()
    inner = re.search(r"<svg.*?>(.*)</svg>", svg, re.DOTALL)
    if inner is None:
        raise ValueError(f"{name}: no <svg> found")
    shapes = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", inner[1])
    compact = re.sub(r"\s+", " ", shapes).replace("> <", "><").strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{compact}</symbol>'


def main(source: Path) -> None:
    missing = [name for name in names() if not (source / "icons" / "outline" / f"{name}.svg").exists()]
    if missing:
        sys.exit(f"not in @tabler/icons: {', '.join(missing)}")
    symbols = "\n".join(symbol(name, source) for name in names())
    (HERE.parent / "icons.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{NOTICE}\n{symbols}\n</svg>\n')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
