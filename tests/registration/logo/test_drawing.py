"""What becomes of a file that somebody uploads. The real typesetter draws, Pillow looks."""

from __future__ import annotations

import io
import random
import subprocess
import sys

import pytest
from PIL import Image

from registration.errors import RegistrationError
from registration.logo.drawing import LARGEST, draw
from registration.logo.press import HEAVIEST
from tests.registration.logo.pictures import PINK, SVG, huge, opened, picture, svg_holding, svg_with
from tests.server import ROOT

BOX = '<rect width="400" height="100" fill="#c81e6e"/>'


def middle(drawing):
    image = opened(drawing.image)
    return image.getpixel((image.width // 2, image.height // 2))


def is_pink(pixel):
    return all(abs(one - other) < 6 for one, other in zip(pixel[:3], PINK, strict=True)) and pixel[3] == 255


@pytest.mark.parametrize(
    ("file", "size"),
    [
        (picture("PNG"), (400, 100)),
        (picture("PNG", (3000, 1000), dpi=(300, 300)), (1000, 333)),
        (picture("PNG", (300, 900)), (167, 500)),
        (picture("JPEG"), (400, 100)),
        (picture("JPEG", progressive=True, dpi=(300, 300)), (400, 100)),
        (picture("JPEG", cmyk=True), (400, 100)),
        (SVG, (1000, 250)),
        (b"\xef\xbb\xbf" + svg_with(BOX), (1000, 250)),
        (svg_with(BOX, 'width="40mm" height="10mm" viewBox="0 0 400 100"'), (1000, 250)),
        (svg_holding(picture("PNG")), (1000, 250)),
    ],
    ids=["png", "large png", "tall png", "jpeg", "progressive", "cmyk", "svg", "marked svg", "svg in mm", "nested"],
)  # fmt: skip
def test_picture_is_drawn_anew_in_its_shape_and_colour(file, size):
    drawing = draw(file)
    image = Image.open(io.BytesIO(drawing.image))
    assert (image.format, image.size, (drawing.width, drawing.height)) == ("PNG", size, size)
    # Pillow's own CMYK goes another way through colours.
    assert is_pink(middle(drawing)) or Image.open(io.BytesIO(file)).mode == "CMYK"


def test_what_is_transparent_stays_so():
    drawing = draw(picture("PNG", colour=(200, 30, 110, 0)))
    assert middle(drawing)[3] == 0


def test_photo_that_lies_on_its_side_is_put_up_and_says_nothing_of_where_it_was_taken():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010E] = "in Ada's kitchen"
    drawing = draw(picture("JPEG", (400, 200), exif=exif))
    assert drawing.height == 2 * drawing.width
    assert b"kitchen" not in drawing.image


def test_picture_that_is_too_heavy_becomes_a_smaller_one():
    noise = random.Random(1).randbytes(900 * 450 * 3)
    written = io.BytesIO()
    Image.frombytes("RGB", (900, 450), noise).save(written, "JPEG", quality=95)
    drawing = draw(written.getvalue())
    assert len(drawing.image) <= HEAVIEST * 1.3
    assert drawing.width < 900


@pytest.mark.parametrize(
    "inside",
    [
        '<script>alert("drawn")</script>',
        '<style>@import url("https://example.org/x.css");</style>',
        '<g onload="alert(1)"><a href="javascript:alert(1)"><circle r="9"/></a></g>',
        '<foreignObject width="9" height="9"><p xmlns="http://www.w3.org/1999/xhtml">drawn</p></foreignObject>',
    ],
)
def test_drawing_has_nothing_that_runs(inside):
    drawing = draw(svg_with(BOX + inside))
    assert drawing.image.startswith(b"\x89PNG")
    assert is_pink(middle(drawing))


@pytest.mark.parametrize(
    "href",
    [
        "https://example.org/x.png",
        "/etc/passwd",
        "../../../etc/passwd",
        "picture",
        f"file://{ROOT}/static/img/app/icon-192.png",
    ],
)
def test_drawing_looks_at_no_other_file_and_asks_no_other_site(href):
    with pytest.raises(RegistrationError) as refused:
        draw(svg_with(f'{BOX}<image href="{href}" width="9" height="9"/>'))
    assert refused.value.code == "not_made"


LAUGHS = '<!DOCTYPE svg [<!ENTITY a "haha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 20}">' for n in range(9)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "not_a_picture"),
        (b"Hello", "not_a_picture"),
        (picture("GIF"), "not_a_picture"),
        (b"%PDF-1.7 <svg", "not_a_picture"),
        (b"\x1f\x8b" + SVG, "not_a_picture"),
        (b"\xff\xd8\xff\xe0\x00", "not_a_picture"),
        (b"\xff\xd8" + b"\xff\xe0\x00\x00" * 9, "not_a_picture"),
        (b"<html><svg></svg></html>", "not_made"),
        (picture("PNG")[:60], "not_made"),
        (picture("JPEG")[:300], "not_made"),
        (SVG[:90], "not_made"),
        (svg_with("", 'width="0" height="0"'), "not_made"),
        (picture("PNG", (100, 40)), "too_small"),
        (picture("PNG")[:16] + b"\x00\x01\x00\x00\x00\x01\x00\x00" + picture("PNG")[24:], "too_many_pixels"),
        (huge(7000), "too_many_pixels"),
        (SVG + b" " * LARGEST, "too_large"),
        (LAUGHS.encode() + SVG[:-6] + b"<text>&j;</text></svg>", "not_made"),
    ],
)  # fmt: skip
def test_file_that_is_no_picture_is_refused_with_what_to_do(file, code):
    with pytest.raises(RegistrationError) as refused:
        draw(file)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


def test_bomb_in_a_drawing_harms_nobody():
    """4 GB when it is unpacked, of a few kilobytes."""
    with pytest.raises(RegistrationError) as refused:
        draw(svg_holding(huge(32_000)))
    assert refused.value.code == "not_made"


def test_press_has_no_more_memory_than_it_needs():
    """The control of the test above: without the limit the same address space is to be had."""
    asked = "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0])"
    limited = f"from registration.logo.press import _limit_memory; _limit_memory(); {asked}"
    free, given = (
        int(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout)
        for code in (asked, limited)
    )
    assert (given, free == -1 or free > given) == (1_500_000_000, True)


@pytest.mark.parametrize("file", [picture("PNG"), SVG, picture("PNG", (300, 900))], ids=["wide", "drawing", "tall"])
def test_smaller_ones_fit_their_places(file):
    drawing = draw(file)
    for times, image in enumerate((drawing.small, drawing.small_2x, drawing.small_3x), start=1):
        width, height = opened(image).size
        assert width <= 160 * times and height <= 50 * times
        assert 160 * times - width <= 1 or 50 * times - height <= 1 or width == 400
        assert is_pink(opened(image).getpixel((width // 2, height // 2)))
        assert len(image) < 20_000


@pytest.mark.parametrize("size", [(400, 100), (300, 900), (500, 500)], ids=["wide", "tall", "square"])
def test_square_one_lies_on_white_and_is_whole_in_the_circle_that_is_cut_out_of_it(size):
    image = opened(draw(picture("PNG", size)).square)
    assert image.size == (660, 660)
    assert is_pink(image.getpixel((330, 330)))
    pink = [(x, y) for x in range(0, 660, 3) for y in range(0, 660, 3) if image.getpixel((x, y))[:3] != (255, 255, 255)]
    assert max((x - 330) ** 2 + (y - 330) ** 2 for x, y in pink) <= 330**2
    assert max(x for x, _y in pink) - min(x for x, _y in pink) > 60
