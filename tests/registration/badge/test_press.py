"""The template: names of every script and of every malice, sizes, codes. No database."""

from __future__ import annotations

import itertools
from collections import Counter

import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from registration.badge.formats import LABELS, SHAPES
from registration.badge.models import BadgeFormat
from registration.badge.press import press
from registration.mail.colour import contrast
from registration.typesetting import lettering
from tests.registration.badge.pages import (
    MM,
    URL,
    boxes,
    codes_in,
    is_blank,
    job,
    letters,
    made,
    person,
    picture,
    sizes,
    text_of,
)  # fmt: skip
from tests.server import ROOT

NAMES = {
    "Latin": "Friederike-Annegret Schmittmeyer-Wolfenhausen",
    "Latin with marks": "Zoë Łukasiewicz-Çelik Þórsdóttir",
    "Vietnamese": "Nguyễn Thị Phương Thảo",
    "Yoruba": "Ọláolúwa Adébáyọ̀",
    "Greek": "Ελένη Παπαδοπούλου",
    "Cyrillic": "Владимир Соколов-Микитов",
    "Georgian": "ნინო ბერიძე",
    "Armenian": "Արամ Խաչատրյան",
    "Arabic": "ليلى الحدّاد",
    "Persian": "نرگس می\u200cخواهم",
    "Hebrew": "יעל כהן־לוי",
    "Devanagari": "श्रीनिवास रामानुजन्",
    "Bengali": "রবীন্দ্রনাথ ঠাকুর",
    "Tamil": "சுப்பிரமணியம் சந்திரசேகர்",
    "Telugu": "సర్వేపల్లి రాధాకృష్ణ",
    "Sinhala": "ආනන්ද සමරකෝන්",
    "Thai": "สมชาย ใจดี",
    "Khmer": "សុខ ធារិទ្ធ",
    "Burmese": "အောင်ဆန်း",
    "Tibetan": "བསྟན་འཛིན།",
    "Amharic": "ዮሐንስ ተስፋዬ",
    "Chinese": "张伟 諸葛亮",
    "Japanese": "佐藤 美咲 ヤマダ",
    "Korean": "김철수 남궁민수",
    "Emoji": "Ada 🦄 Lovelace",
    "two directions": "ليلى Kate Smith",
}
HOSTILE = {
    "markup": '#read("/etc/passwd") $x$ *b* _i_ `raw` [c] \\ // @label <tag>',
    "JSON": '"}], "people": [], "x": {"',
    "one word of 200 letters": "W" * 200,
    "200 letters in words": "Wolfgang Amadeus " * 11 + "Mozart",
    "200 Chinese characters": "李" * 200,
    "200 Thai letters": "ส" * 200,
    "200 Arabic letters": "ح" * 200,
    "200 emoji": "🦄" * 200,
    "overrides of direction": "\u202eadA\u202c \u2066Love\u2069lace\u200f",
    "towers of marks": "A" + "\u0301" * 100 + "da",
    "controls": "A\x00d\x07a\x1b \ufeffLove\u00adlace\n\r\t2",
    "a family": "👩‍👩‍👧‍👦 & 🏳️‍🌈",
}
EDGE = 2.5
FOOT = 100 - 26


@pytest.mark.parametrize("name", [*NAMES.values(), *HOSTILE.values()], ids=[*NAMES, *HOSTILE])
def test_name_is_on_the_badge_whole_and_within_its_box(name):
    document = made(person(name, affiliation="Harbour Works", pronouns="they/them"))
    assert len(document) == 1
    page = document[0]
    wanted = letters(
        lettering.cleaned(name) + "they/them" + "Harbour Works" + "Tidewater 2027" + "7KQ2 M0XD" + "Regular"
    )
    # Where several letters make one drawing, readers may tell one of them twice.
    found = letters(text_of(page))
    assert (wanted - found, set(found) - set(wanted)) == (Counter(), set())
    # What pdfium takes for boxes of letters are those of the font, so the ink itself is looked at too.
    image = picture(page)
    assert is_blank(image, 0, 0, EDGE, 100) and is_blank(image, 62 - EDGE, 0, 62, FOOT)
    assert is_blank(image, 4, FOOT - 1, 62, FOOT)
    assert codes_in(image) == [URL]


def test_short_words_of_a_name_too_long_for_its_box_stay_whole():
    name = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Cholmondeley von und zu Hohenzollern-Sigmaringen the Third"
    assert {"von", "und", "zu", "the"} <= set(text_of(made(person(name))[0]).split())


@pytest.mark.parametrize("badge_format", BadgeFormat)
@pytest.mark.parametrize("name", ["Nguyễn Thị Phương Thảo", "W" * 200, "ليلى الحدّاد", "李" * 200])
def test_every_format_holds_every_name_and_a_code_the_door_reads(name, badge_format):
    page = made(person(name, affiliation="W" * 200, ticket="W" * 100, pronouns="w" * 40), badge_format=badge_format)[0]
    width, height = (side / MM for side in page.get_size())
    outside = [
        box for box in boxes(page) if min(box.left, box.top) < 2 or box.right > width - 2 or box.bottom > height - 2
    ]
    assert outside == []
    times = 2 if SHAPES[badge_format].is_folded else 1
    assert codes_in(picture(page, dpi=150)) == [URL] * times
    assert letters(text_of(page))[name[0]] >= times * name.count(name[0])


@pytest.mark.parametrize(
    ("badge_format", "size", "pages"),
    [
        ("62x100", (62, 100), 5), ("4x6", (101.6, 152.4), 5), ("cr80", (85.6, 53.98), 5), ("a4", (210, 297), 2),
        ("a4-fold", (210, 297), 3), ("letter", (215.9, 279.4), 2), ("letter-fold", (215.9, 279.4), 3),
    ],
)  # fmt: skip
def test_pages_are_exactly_of_their_size(badge_format, size, pages):
    document = made(*[person()] * 5, badge_format=BadgeFormat(badge_format))
    assert (len(document), sizes(document)) == (pages, {size})


def test_sheet_puts_each_code_beside_its_name():
    people = [person(f"Person{number}", url=f"HTTPS://A.EXAMPLE/T/0000000{number}") for number in range(1, 5)]
    image = picture(made(*people, badge_format=BadgeFormat.A4)[0])
    half = (image.width // 2, image.height // 2)
    quarters = [image.crop((x, y, x + half[0], y + half[1])) for y, x in itertools.product((0, half[1]), (0, half[0]))]
    assert [codes_in(quarter) for quarter in quarters] == [[one["url"]] for one in people]


def test_every_emoji_is_drawn():
    def drawings(number):
        return press(job(person("🦄" * number)), "svg").count(b"<use")

    assert drawings(200) - drawings(1) == 199


def colours(document: pypdfium2.PdfDocument, part: tuple[float, float, float, float] = (0, 0, 1, 1)) -> list[str]:
    """Of a part of the first page, told in shares of its sides; the most frequent first."""
    image = picture(document[0], dpi=100).convert("RGB")
    image = image.crop(tuple(round(share * side) for share, side in zip(part, image.size * 2, strict=True)))
    counted = sorted(image.getcolors(1 << 24), reverse=True)
    return ["#{:02x}{:02x}{:02x}".format(*colour) for _count, colour in counted]


def test_label_is_black_alone_and_a_card_has_the_conference_colour():
    greys = colours(made(person(), badge_format=BadgeFormat.LABEL))
    assert {colour for colour in greys if len({colour[1:3], colour[3:5], colour[5:7]}) > 1} == set()
    red, green, blue = (
        int(colours(made(person(), badge_format=BadgeFormat.CARD))[1][at : at + 2], 16) for at in (1, 3, 5)
    )
    assert max(abs(red - 0x0F), abs(green - 0x76), abs(blue - 0x6E)) <= 10


@pytest.mark.parametrize("accent", ["#ffffff", "#000000", "#ffff00", "#808080", "#ff0000", "#999999", "#00aaff"])
def test_any_accent_leaves_the_words_on_it_readable(accent):
    band, *others = colours(made(person(), badge_format=BadgeFormat.CARD, accent=accent), (0.08, 0.77, 0.6, 0.95))
    assert max(contrast(band, other) for other in others) >= 4.5


def test_nobody_named_yet_leaves_the_room_for_a_pen():
    page = made(person("", ticket="Regular"))[0]
    assert letters(text_of(page)) == letters("Tidewater 20277KQ2M0XDRegular")
    assert codes_in(picture(page)) == [URL]


def test_japanese_and_chinese_are_drawn_each_their_own_way():
    """U+76F4 is one character and two drawings."""

    def fonts(name, timezone="UTC"):
        return press(job(person(name), timezone=timezone), "svg")

    assert fonts("直") == fonts("直", "Asia/Shanghai") != fonts("直", "Asia/Tokyo")
    assert lettering.language_of("直 ひろし", "UTC") == "ja"
    assert lettering.language_of("直", "Asia/Taipei") == "zh-hant"
    assert lettering.language_of("직 直", "UTC") == "ko"


def test_list_of_letters_is_that_of_the_font():
    """Of Latin all that it has, of others nothing that it has not."""
    latin = {*range(0x20, 0x180), *range(0x1E00, 0x1F00)}
    for style in ("ExtraBold", "SemiBold"):
        font = TTFont(ROOT / "registration" / "typesetting" / "fonts" / f"BricolageGrotesque-{style}.ttf")
        has = set(font.getBestCmap())
        listed = {code for code in range(0x20, 0x2100) if lettering._BRICOLAGE.fullmatch(chr(code))}
        assert (listed - has, (has - listed) & latin) == (set(), set())


def test_labels_are_the_formats_of_one_badge():
    assert LABELS == ("62x100", "4x6", "cr80")
