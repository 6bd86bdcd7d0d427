"""Badges set by the real typesetter, and what another program reads in them: pdfium the letters, zxing the codes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass

import pypdfium2
import zxingcpp

from registration.badge.formats import SHAPES
from registration.badge.models import BadgeFormat
from registration.badge.press import press

MM = 72 / 25.4
URL = "HTTPS://TICKETS.EXAMPLE.ORG/T/7KQ2M0XD"


def person(name: str = "Ada Lovelace", **texts: str) -> dict[str, str]:
    texts = {"pronouns": "", "affiliation": "", "ticket": "Regular", "code": "7KQ2M0XD", "url": URL} | texts
    return {"name": name} | texts


def job(*people: dict[str, str], badge_format: BadgeFormat = BadgeFormat.LABEL, **given: object) -> dict[str, object]:
    shape = SHAPES[badge_format]
    return {
        "kind": shape.kind, "badge": shape.badge, "page": shape.page, "sheet": shape.is_sheet, "fold": shape.is_folded,
        "mono": shape.is_black, "accent": "#0f766e", "event": "Tidewater 2027", "timezone": "Europe/Berlin",
        "logo": None, "people": list(people),
    } | given  # fmt: skip


def made(
    *people: dict[str, str], badge_format: BadgeFormat = BadgeFormat.LABEL, **given: object
) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(press(job(*people, badge_format=badge_format, **given), "pdf"))


def sizes(document: pypdfium2.PdfDocument) -> set[tuple[float, float]]:
    """Of the pages, in millimetres."""
    return {tuple(round(side / MM, 2) for side in page.get_size()) for page in document}


def text_of(page: pypdfium2.PdfPage) -> str:
    return page.get_textpage().get_text_range()


def letters(text: str) -> Counter[str]:
    """How often each letter occurs, whatever the order: readers differ on which end right-to-left text begins. Without
    what is set but not seen: spaces, hyphens at the ends of lines, joiners; and without emoji, which pdfium miscounts.
    """
    plain = unicodedata.normalize("NFKD", text)
    seen = (sign for sign in plain if unicodedata.category(sign)[0] in "LNSP" and sign < "\U00010000")
    return Counter(sign for sign in seen if sign not in "-\u00ad\u2010")


@dataclass(frozen=True)
class Box:
    """In millimetres from the left and from the top."""

    left: float
    top: float
    right: float
    bottom: float


def boxes(page: pypdfium2.PdfPage) -> list[Box]:
    """Of every letter that leaves ink."""
    height = page.get_height()
    text = page.get_textpage()
    found = (text.get_charbox(index) for index in range(text.count_chars()))
    return [
        Box(left / MM, (height - top) / MM, right / MM, (height - bottom) / MM)
        for left, bottom, right, top in found
        if right > left and top > bottom
    ]


def picture(page: pypdfium2.PdfPage, dpi: int = 300):
    return page.render(scale=dpi / 72).to_pil()


def codes_in(image) -> list[str]:
    return sorted(code.text for code in zxingcpp.read_barcodes(image))


def is_blank(image, left: float, top: float, right: float, bottom: float, dpi: int = 300) -> bool:
    """Whether a part of the page, in millimetres, is white."""
    pixels = tuple(round(side / 25.4 * dpi) for side in (left, top, right, bottom))
    return image.convert("L").crop(pixels).getextrema() == (255, 255)
