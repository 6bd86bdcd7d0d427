"""The conference's colour in a mail, where no style sheet can work out what is readable.

Contrast is WCAG's: the ratio of relative luminances (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). The surfaces
are those of `templates/mail/base.html`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

_Rgb = tuple[float, float, float]

_PAPER, _DARK_CARD = "#f4f2ed", "#211e18"
_WANTED = 4.6  # AA wants 4.5


@dataclass(frozen=True)
class MailColours:
    """`fill` carries white text and is itself readable on the light surfaces; `on_dark` on the dark ones."""

    fill: str
    on_dark: str


@functools.lru_cache(maxsize=64)
def mail_colours(accent: str) -> MailColours:
    """`accent` is #rrggbb; it is darkened, or lightened, in steps of 2 % until the contrast is there."""
    return MailColours(
        fill=_towards(accent, (0.0, 0.0, 0.0), against=_PAPER),
        on_dark=_towards(accent, (1.0, 1.0, 1.0), against=_DARK_CARD),
    )


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(_parse(one)), _luminance(_parse(other))))
    return (lighter + 0.05) / (darker + 0.05)


def _towards(accent: str, end: _Rgb, *, against: str) -> str:
    start = _parse(accent)
    for step in range(51):
        mixed = _format(tuple(a + (b - a) * step / 50 for a, b in zip(start, end, strict=True)))
        if contrast(mixed, against) >= _WANTED:
            return mixed
    return _format(end)


def _parse(colour: str) -> _Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _format(rgb: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)


def _luminance(rgb: _Rgb) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
