import re

import pytest
import segno

from registration.attendee.models import Attendee
from registration.ticket.qr import qr_png, qr_svg, ticket_url

SEAT = Attendee(access_code="7KQ2M0XD")


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://tickets.example.org"


def test_ticket_url_is_in_capitals():
    assert ticket_url(SEAT) == "HTTPS://TICKETS.EXAMPLE.ORG/T/7KQ2M0XD"


def test_qr_svg_draws_exactly_the_modules_of_a_level_m_code():
    expected = segno.make_qr("HTTPS://TICKETS.EXAMPLE.ORG/T/7KQ2M0XD", error="M", boost_error=False)
    assert (expected.designator, expected.mode) == ("2-M", "alphanumeric")
    svg = qr_svg(SEAT, label="QR code")
    drawn = [[False] * 33 for _row in range(33)]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg):
        for offset in range(int(length)):
            drawn[int(y)][int(x) + offset] = True
    assert drawn == [[bool(module) for module in row] for row in expected.matrix_iter(border=4)]


def test_qr_svg_is_dark_on_white_without_style_or_script():
    svg = qr_svg(SEAT, label='"><script>')
    assert 'fill="#fff" d="M0 0h33v33h-33z"' in svg and 'fill="#000"' in svg
    assert re.findall(r"style|<script", svg) == []
    assert 'aria-label="&quot;&gt;&lt;script&gt;"' in svg


def test_qr_png_is_an_image_large_enough_for_sharp_screens():
    png = qr_png(SEAT.access_code)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20]) == int.from_bytes(png[20:24]) == 33 * 16
