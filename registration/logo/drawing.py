"""From the file that somebody chose to a picture that is ours, or a refusal that says what to choose instead."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass

from django.utils.translation import gettext as _

from registration.errors import RegistrationError
from registration.typesetting.process import run_press

LARGEST = 2 * 1024**2  # bytes
_MOST_PIXELS = 40_000_000
# Of the longer side: on a badge two centimetres wide that is 250 dots an inch.
_FEWEST = 200
_SECONDS = 15
# Points, or pixels of CSS: the place that Apple Wallet has for a logo
# (https://developer.apple.com/library/archive/documentation/UserExperience/Conceptual/PassKit_PG/Creating.html), and a mail.
SMALL = (160, 50)

_PNG = b"\x89PNG\r\n\x1a\n"
# Of a JPEG: markers without a length, and those that begin a frame, where its size stands.
_BARE = {0x01, *range(0xD0, 0xD9)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Drawing:
    """A PNG and its size in pixels; and it smaller and in a square, as `Logo` has them."""

    image: bytes
    width: int
    height: int
    small: bytes = b""
    small_2x: bytes = b""
    small_3x: bytes = b""
    square: bytes = b""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.image).hexdigest()[:32]


def draw(file: bytes) -> Drawing:
    """A PNG, JPEG or SVG, drawn anew. Takes about a second, in a process of its own; never call it in a transaction.

    Raises RegistrationError `too_large`, `not_a_picture`, `too_many_pixels`, `too_small` or `not_made`.
    """
    if len(file) > LARGEST:
        raise RegistrationError("too_large", _("The file is larger than 2 MB. Save it smaller."))
    found = _look(file)
    if found is None:
        raise RegistrationError("not_a_picture", _("This is no PNG, JPEG or SVG. Save the logo as one of these."))
    kind, width, height = found
    if width * height > _MOST_PIXELS:
        message = _("The picture has %(width)s × %(height)s pixels. Save it smaller; 1000 across are plenty.")
        raise RegistrationError("too_many_pixels", message % {"width": width, "height": height})
    if kind != "svg" and max(width, height) < _FEWEST:
        message = _(
            "The picture has %(width)s × %(height)s pixels, and would be a blur on paper. Take one of %(least)s across or more."
        )
        raise RegistrationError("too_small", message % {"width": width, "height": height, "least": _FEWEST})
    job = {
        "file": base64.b64encode(file).decode(), "format": kind, "pixels": max(width, height), "small": SMALL
    }  # fmt: skip
    refusal = _("This picture cannot be read. Open it in a drawing program, save it as PNG, and try again.")
    with run_press("registration.logo.press", job, "png", refusal=refusal, seconds=_SECONDS) as made:
        drawn = {name: base64.b64decode(image) for name, image in json.load(made).items()}
    width, height = _png_size(drawn["image"])
    return Drawing(width=width, height=height, **drawn)


def _look(file: bytes) -> tuple[str, int, int] | None:
    """What it is, by its own bytes, and how many pixels it says to have; 0 for a drawing without. None for others."""
    if file.startswith(_PNG) and file[12:16] == b"IHDR" and len(file) > 32:
        return "png", *_png_size(file)
    if file.startswith(b"\xff\xd8"):
        size = _jpeg_size(file)
        return ("jpg", *size) if size else None
    # What stands before its root element, and whether that is the root, the typesetter finds out.
    is_svg = file.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and b"<svg" in file
    return ("svg", 0, 0) if is_svg else None


def _png_size(file: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", file[16:24])
    return width, height


def _jpeg_size(file: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(file) and file[at] == 0xFF:
        marker = file[at + 1]
        if marker == 0xFF or marker in _BARE:  # filling, or nothing behind it
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", file[at + 5 : at + 9])
            return width, height
        at += 2 + struct.unpack(">H", file[at + 2 : at + 4])[0]
    return None
