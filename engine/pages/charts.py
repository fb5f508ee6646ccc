"""Charts as SVG, drawn by the server: no script, sharp at any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

_STEPS = (1, 2, 2.5, 4, 5, 8, 10)


def sparkline(values: Sequence[float], *, tone: str = "live", width: int = 80, height: int = 24) -> SafeString:
    """A line without axes. A flat line lies low when it is all zeros, else in the middle."""
    low, high = min(values, default=0), max(values, default=0)
    pad = 3.5
    reach = height - 2 * pad

    def y(value: float) -> float:
        if high == low:
            return height - pad if high == 0 else height / 2
        return height - pad - (value - low) / (high - low) * reach

    step = (width - 4) / max(len(values) - 1, 1)
    points = " ".join(f"{2 + i * step:.1f},{y(value):.1f}" for i, value in enumerate(values))
    return format_html(
        '<svg class="spark spark-{}" width="{}" height="{}" viewBox="0 0 {} {}" aria-hidden="true">'
        '<polyline points="{}"></polyline></svg>',
        tone,
        width,
        height,
        width,
        height,
        points,
    )


@dataclass(frozen=True)
class Column:
    """One day of the chart, places in percent of the plot."""

    x: float
    label: str
    words: str


@dataclass(frozen=True)
class Chart:
    """What templates/engine/chart.html draws: lines in a 1000 x 100 box, everything else in percent."""

    area: str
    line: str
    second: str
    ends: tuple[tuple[float, float], tuple[float, float]]
    ticks: list[tuple[float, int]]
    columns: list[Column]
    width: float


def ceiling(highest: int, ticks: int = 3) -> int:
    """The least round number over `highest` that falls into `ticks` equal whole steps."""
    if highest <= 0:
        return ticks
    size = 1.0
    while True:
        for step in _STEPS:
            top = step * size * ticks
            if top >= highest and float(step * size).is_integer():
                return int(top)
        size *= 10


def two_lines(first: Sequence[int], second: Sequence[int], labels: Sequence[str], words: Sequence[str]) -> Chart:
    """Entered as a filled line, finished as a dotted one. `labels` may be empty for days that go without."""
    top = ceiling(max([*first, *second], default=0))
    inset, last = 2.2, max(len(first) - 1, 1)

    def x(i: int) -> float:
        return inset + i * (100 - 2 * inset) / last

    def y(value: int) -> float:
        return 100 - 100 * value / top

    def path(values: Sequence[int]) -> str:
        return "M" + "L".join(f"{10 * x(i):.1f} {y(value):.2f}" for i, value in enumerate(values))

    line = path(first)
    return Chart(
        area=f"{line}L{10 * x(last):.1f} 100L{10 * x(0):.1f} 100Z",
        line=line,
        second=path(second),
        ends=((x(last), y(first[-1])), (x(last), y(second[-1]))),
        ticks=[(100 * i / 3, round(top - top * i / 3)) for i in range(4)],
        columns=[Column(x(i), label, word) for i, (label, word) in enumerate(zip(labels, words, strict=True))],
        width=(100 - 2 * inset) / last,
    )
