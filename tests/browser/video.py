"""Pictures of tickets, and videos of them for Chromium's fake camera: JPEGs one after the other, 30 a second, in a loop."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFilter

SIZE = (1280, 720)
FRAMES_A_SECOND = 30


def code(text: str | bytes, *, width: int = 300, inverted: bool = False, error: str = "m") -> Image.Image:
    """A QR code `width` pixels wide, its quiet zone included, in grey."""
    made = segno.make_qr(text, error=error)
    scale = max(1, width // made.symbol_size()[0])
    buffer = io.BytesIO()
    dark, light = ("white", "black") if inverted else ("black", "white")
    made.save(buffer, kind="png", scale=scale, dark=dark, light=light)
    picture = Image.open(buffer).convert("L")
    # Whole pixels only: what a lens does to a code is done by the functions below.
    return picture if scale > 1 else picture.resize((width, width), Image.Resampling.LANCZOS)


def room() -> Image.Image:
    """What stands behind the ticket: neither white nor black, with edges in it."""
    picture = Image.new("L", SIZE, 120)
    draw = ImageDraw.Draw(picture)
    for left in range(0, SIZE[0], 160):
        draw.rectangle((left, 0, left + 80, SIZE[1]), fill=90 + left // 20)
    draw.polygon([(0, 560), (500, 480), (1280, 600), (1280, 720), (0, 720)], fill=60)
    return picture


def scene(*codes: Image.Image) -> Image.Image:
    """The codes side by side in the middle of the room."""
    picture = room()
    for number, one in enumerate(codes, start=1):
        centre = SIZE[0] * number // (len(codes) + 1)
        picture.paste(one, (centre - one.width // 2, (SIZE[1] - one.height) // 2))
    return picture


def tilted(one: Image.Image) -> Image.Image:
    """Turned by 24 degrees and leaning backwards."""
    picture = room()
    card = Image.new("L", (one.width + 80, one.height + 80), 235)
    card.paste(one, (40, 40))
    turned = card.rotate(24, expand=True, fillcolor=110, resample=Image.Resampling.BICUBIC)
    wide, high = turned.size
    # The far edge is a fifth shorter than the near one.
    leaning = turned.transform(
        (wide, high),
        Image.Transform.QUAD,
        (0, 0, -wide * 0.1, high, wide * 1.1, high, wide, 0),
        Image.Resampling.BICUBIC,
    )
    picture.paste(leaning, ((SIZE[0] - wide) // 2, (SIZE[1] - high) // 2))
    return picture


def noisy(picture: Image.Image) -> Image.Image:
    """As by a cheap camera in the dark: little contrast, a blur and grain."""
    dull = picture.point(lambda value: 60 + value * 0.4).filter(ImageFilter.GaussianBlur(1))
    return Image.blend(dull, Image.effect_noise(SIZE, 60), 0.3)


def screen_like(one: Image.Image) -> Image.Image:
    """On a phone: a bright display in a dark room, with the fine grid of its pixels and a reflection across it."""
    picture = room().point(lambda value: value * 0.35)
    phone = Image.new("L", (one.width + 60, one.height * 2), 245)
    phone.paste(one, (30, one.height // 2))
    for line in range(0, phone.height, 3):
        phone.paste(phone.crop((0, line, phone.width, line + 1)).point(lambda value: value * 0.85), (0, line))
    shine = Image.new("L", phone.size, 0)
    ImageDraw.Draw(shine).polygon(
        [(0, phone.height * 0.2), (phone.width, 0), (phone.width, phone.height * 0.15), (0, phone.height * 0.4)],
        fill=90,
    )
    phone = Image.composite(Image.new("L", phone.size, 255), phone, shine)
    picture.paste(phone, ((SIZE[0] - phone.width) // 2, (SIZE[1] - phone.height) // 2))
    return picture


def paper_like(one: Image.Image) -> Image.Image:
    """Printed on grey paper, half of it in shadow, with a crease, and not in focus."""
    sheet = Image.new("L", (one.width + 200, one.height + 160), 205)
    sheet.paste(one.point(lambda value: 50 + value * 0.6), (100, 80))
    shadow = Image.new("L", sheet.size, 0)
    ImageDraw.Draw(shadow).polygon(
        [(0, 0), (sheet.width * 0.6, 0), (sheet.width * 0.35, sheet.height), (0, sheet.height)], fill=120
    )
    sheet = Image.composite(Image.new("L", sheet.size, 0), sheet, shadow)
    ImageDraw.Draw(sheet).line((0, sheet.height * 0.55, sheet.width, sheet.height * 0.5), fill=230, width=2)
    picture = room()
    picture.paste(sheet, ((SIZE[0] - sheet.width) // 2, (SIZE[1] - sheet.height) // 2))
    return picture.filter(ImageFilter.GaussianBlur(1.6))


def write(path: Path, segments: Iterable[tuple[Image.Image, float]], *, gap: float = 0.4) -> Path:
    """A video of `(picture, seconds)`, with the empty room for `gap` seconds after each."""
    empty = _jpeg(room())
    with path.open("wb") as file:
        for picture, seconds in segments:
            file.write(_jpeg(picture) * round(seconds * FRAMES_A_SECOND))
            file.write(empty * round(gap * FRAMES_A_SECOND))
    return path


def _jpeg(picture: Image.Image) -> bytes:
    # Chromium's fake camera reads colour only.
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "jpeg", quality=80)
    return buffer.getvalue()
