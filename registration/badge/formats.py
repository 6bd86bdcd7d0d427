"""The measures of what is printed: badges of a size of their own, and sheets of paper to be cut from."""

from __future__ import annotations

from dataclasses import dataclass

from registration.badge.models import BadgeFormat

# CR80 is the card of ISO/IEC 7810 ID-1.
_LABEL, _CARD, _CR80 = (62.0, 100.0), (101.6, 152.4), (85.6, 53.98)
_A4, _LETTER = (210.0, 297.0), (215.9, 279.4)
# Four of them leave a margin that every office printer leaves white, and their marks stand in it.
_ON_A4, _ON_LETTER = (97.0, 138.0), (101.6, 127.0)


@dataclass(frozen=True)
class Shape:
    """`kind` is a function of the template; sizes are width and height in millimetres. `badge` is what is worn."""

    kind: str
    badge: tuple[float, float]
    page: tuple[float, float]
    is_black: bool = False
    is_folded: bool = False

    @property
    def is_sheet(self) -> bool:
        return self.page != self.badge

    @property
    def per_page(self) -> int:
        return 1 if not self.is_sheet else 2 if self.is_folded else 4

    @property
    def view(self) -> tuple[int, int]:
        """Of a drawing with 4 mm around the page."""
        return round(self.page[0]) + 8, round(self.page[1]) + 8

    @property
    def stroke(self) -> int:
        """About as strong on every page when all are drawn in one size."""
        return max(2, round(max(self.page) / 60))

    @property
    def cells(self) -> list[tuple[float, float]]:
        """Where the badges begin on the page, from the left and the top; about, for a drawing of it."""
        if not self.is_sheet:
            return [(0.0, 0.0)]
        left, top = ((whole - 2 * part) / 2 for whole, part in zip(self.page, self.badge, strict=True))
        return [(left + x * self.badge[0], top + y * self.badge[1]) for y in (0, 1) for x in (0, 1)]


SHAPES = {
    BadgeFormat.LABEL: Shape("label", _LABEL, _LABEL, is_black=True),
    BadgeFormat.CARD: Shape("card", _CARD, _CARD),
    BadgeFormat.PLASTIC: Shape("plastic", _CR80, _CR80),
    BadgeFormat.A4: Shape("card", _ON_A4, _A4),
    BadgeFormat.A4_FOLD: Shape("card", _ON_A4, _A4, is_folded=True),
    BadgeFormat.LETTER: Shape("card", _ON_LETTER, _LETTER),
    BadgeFormat.LETTER_FOLD: Shape("card", _ON_LETTER, _LETTER, is_folded=True),
}
# What a label printer takes, one badge at a time.
LABELS = tuple(key for key, shape in SHAPES.items() if not shape.is_sheet)
