"""The logo on badges and on the ticket's PDF: seen, and in nobody's way."""

from __future__ import annotations

import base64
import re

import pypdfium2
import pytest

from registration.badge.formats import SHAPES
from registration.badge.models import BadgeFormat
from registration.badge.press import press
from registration.ticket.pdf import ticket_pdf
from tests import factories
from tests.registration.badge.pages import URL, codes_in, job, letters, person, picture, text_of
from tests.registration.logo import pictures

WIDE, HIGH = (1000, 120), (250, 500)


def for_press(size):
    image = pictures.picture("PNG", size)
    return {"image": base64.b64encode(image).decode(), "width": size[0], "height": size[1]}


def pink_box(image):
    """Left, top, right and bottom of what is pink, in millimetres; None where nothing is."""
    red, green, blue = image.convert("RGB").split()
    near = [
        band.point(lambda value, wanted=wanted: 255 if abs(value - wanted) < 12 else 0)
        for band, wanted in zip((red, green, blue), pictures.PINK, strict=True)
    ]
    both = near[0].point(lambda value: value)
    for other in near[1:]:
        both.paste(0, mask=other.point(lambda value: 255 - value))
    box = both.getbbox()
    return box and tuple(round(side / 300 * 25.4, 1) for side in box)


@pytest.mark.parametrize("size", [WIDE, HIGH])
@pytest.mark.parametrize("badge_format", ["62x100", "4x6", "cr80"])
def test_badge_shows_the_logo_whole_beside_a_name_as_large_as_before(badge_format, size):
    given = {"badge_format": BadgeFormat(badge_format)}
    plain, marked = (
        pypdfium2.PdfDocument(press(job(person("Nguyễn Thị Phương Thảo"), logo=logo, **given), "pdf"))[0]
        for logo in (None, for_press(size))
    )
    assert pink_box(picture(plain)) is None
    left, top, right, bottom = pink_box(picture(marked))
    assert (right - left) / (bottom - top) == pytest.approx(size[0] / size[1], rel=0.1)
    width, height = SHAPES[BadgeFormat(badge_format)].badge
    assert 1 < left < right < width / 2
    assert 1 < top < bottom < height / 3
    assert letters(text_of(marked)) == letters(text_of(plain))
    assert codes_in(picture(marked)) == [URL]
    assert name_height(marked) == pytest.approx(name_height(plain), rel=0.12)


def name_height(page):
    """Of the tallest letter, in points."""
    text = page.get_textpage()
    boxes = [text.get_charbox(index) for index in range(text.count_chars())]
    return max(top - bottom for _left, bottom, _right, top in boxes)


@pytest.mark.parametrize("badge_format", ["a4", "a4-fold", "letter", "letter-fold"])
def test_sheet_has_the_logo_on_every_badge(badge_format):
    people = [person(f"Person {number}") for number in range(4)]
    made = press(job(*people, badge_format=BadgeFormat(badge_format), logo=for_press(WIDE)), "pdf")
    pages = list(pypdfium2.PdfDocument(made))
    drawn = [item for page in pages for item in page.get_objects() if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    assert len(drawn) == 4 * (2 if "fold" in badge_format else 1)
    # Once in the file, however often it is drawn.
    assert len(re.findall(rb"/Subtype\s*/Image", made)) <= 2


def test_label_for_the_browser_has_the_logo_in_itself():
    image = press(job(person(), logo=for_press(WIDE)), "svg")
    assert image.count(b"data:image/png;base64,") == 1
    assert b"http://" not in image.replace(b"http://www.w3.org/", b"")


@pytest.mark.django_db
@pytest.mark.parametrize("size", [WIDE, HIGH])
def test_ticket_shows_the_logo_beside_the_conference(size):
    conference = factories.conference(name="Tidewater " * 12, accent="#0f766e")
    factories.logo(conference=conference, image=pictures.picture("PNG", size), width=size[0], height=size[1])
    seat = factories.attendee(conference=conference)
    with ticket_pdf(seat) as file:
        page = pypdfium2.PdfDocument(file.read())[0]
    left, top, right, bottom = pink_box(picture(page))
    assert (right - left) / (bottom - top) == pytest.approx(size[0] / size[1], rel=0.05)
    assert 100 < left < right < 190
    assert 5 < top < bottom < 41
    assert text_of(page).count("Tidewater") == 12
