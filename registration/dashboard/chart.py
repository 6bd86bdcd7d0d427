"""A bar chart as numbers: where each bar, line and word of the SVG stands, for a template that only writes them down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOP = 24
LEFT = 34
# What the axis may end in, times a power of ten; it has four or five steps.
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Bar:
    """`label` stands below the bar in the table, and below the axis of the chart where there is room."""

    label: str
    count: int | None
    expected: int | None = None


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    is_expected: bool


@dataclass(frozen=True)
class Mark:
    """A word on an axis; `line` is where its gridline runs."""

    text: str
    x: float
    y: float
    line: float = 0


@dataclass(frozen=True)
class Chart:
    width: int
    height: int
    bottom: float
    boxes: tuple[Box, ...]
    rows: tuple[Mark, ...]
    columns: tuple[Mark, ...]
    now: Mark | None


def draw(
    bars: Sequence[Bar], *, width: int, height: int = 250, label_every: int = 3, now: tuple[float, str] | None = None
) -> Chart:
    """`now` is where the present is, in bars from the left, and its word. Units are those of the viewBox."""
    bottom = height - 28.0
    step = _step(max((max(bar.count or 0, bar.expected or 0) for bar in bars), default=0))
    ceiling = step * max(1, -(-max((max(bar.count or 0, bar.expected or 0) for bar in bars), default=0) // step))
    slot = (width - LEFT) / max(len(bars), 1)
    scale = (bottom - TOP) / ceiling
    boxes = []
    for number, bar in enumerate(bars):
        x, bar_width = LEFT + number * slot + slot * 0.09, slot * 0.82
        for count, is_expected in ((bar.expected, True), (bar.count, False)):
            if count:
                size = count * scale
                boxes.append(
                    Box(round(x, 1), round(bottom - size, 1), round(bar_width, 1), round(size, 1), is_expected)
                )
    rows = [Mark(str(value), LEFT - 8, round(bottom - value * scale, 1)) for value in range(0, ceiling + 1, step)]
    columns = [
        Mark(bar.label, round(LEFT + number * slot + slot * 0.09, 1), bottom + 20)
        for number, bar in enumerate(bars)
        if number % label_every == 0 and LEFT + number * slot + 40 <= width
    ]
    mark = None
    if now:
        line = round(LEFT + now[0] * slot, 1)
        # The word turns to the left where it would leave the picture.
        mark = Mark(now[1], line + 6 if line < width * 0.8 else line - 6, 14, line)
    return Chart(width, height, bottom, tuple(boxes), tuple(rows), tuple(columns), mark)


def _step(highest: int) -> int:
    """The smallest round step that needs five of itself at most."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size * 5 >= highest:
                return step * size
        size *= 10
