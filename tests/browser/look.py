"""Screenshots beside the pictures they are drawn after: kept, and compared by layout rather than by pixel."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.house.source import ROOT

PICTURES = ROOT.parent / "shared" / "look"
KEPT = ROOT / "test-results" / "look"
# At this size letters are gone, and what is left is where things stand and how dark they are.
SMALL = (144, 90)
WINDOW = 9


def keep(name: str) -> Path:
    """Where the screenshot of this name is kept."""
    KEPT.mkdir(parents=True, exist_ok=True)
    return KEPT / f"{name}.png"


def likeness(shot: Path, picture: Path) -> float:
    """How alike two pictures are laid out: mean structural similarity (SSIM) of their small grey versions; 1 is the same.

    Both are kept side by side next to the screenshot.
    """
    with Image.open(shot) as ours, Image.open(picture) as theirs:
        ours, theirs = ours.convert("RGB"), theirs.convert("RGB")
        beside = Image.new("RGB", (ours.width + theirs.width + 8, max(ours.height, theirs.height)), "magenta")
        beside.paste(ours, (0, 0))
        beside.paste(theirs, (ours.width + 8, 0))
        beside.save(shot.with_name(f"{shot.stem}-beside.png"))
        if ours.size != theirs.size:
            ours = ours.crop((0, 0, *theirs.size))
        # A tall picture keeps its shape.
        size = SMALL if theirs.width > theirs.height else SMALL[::-1]
        return _ssim(_grey(ours, size), _grey(theirs, size), size[0])


def _grey(picture: Image.Image, size: tuple[int, int]) -> bytes:
    return picture.convert("L").resize(size, Image.Resampling.BOX).tobytes()


def _ssim(a: bytes, b: bytes, width: int) -> float:
    """Wang et al. 2004, over windows that do not overlap."""
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    height = len(a) // width
    scores = []
    for top in range(0, height - WINDOW + 1, WINDOW):
        for left in range(0, width - WINDOW + 1, WINDOW):
            places = [(top + y) * width + left + x for y in range(WINDOW) for x in range(WINDOW)]
            one, two = [a[at] for at in places], [b[at] for at in places]
            n = len(places)
            m1, m2 = sum(one) / n, sum(two) / n
            v1 = sum((v - m1) ** 2 for v in one) / n
            v2 = sum((v - m2) ** 2 for v in two) / n
            cov = sum((v - m1) * (w - m2) for v, w in zip(one, two, strict=True)) / n
            scores.append((2 * m1 * m2 + c1) * (2 * cov + c2) / ((m1**2 + m2**2 + c1) * (v1 + v2 + c2)))
    return sum(scores) / len(scores)
