"""Pictures as people upload them."""

from __future__ import annotations

import base64
import io
import struct
import zlib

from PIL import Image

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 100"><rect width="400" height="100" fill="#c81e6e"/></svg>'
PINK = (200, 30, 110)


def picture(kind: str = "PNG", size: tuple[int, int] = (400, 100), colour: object = PINK, **options: object) -> bytes:
    """One of a single colour, written by Pillow with `options`."""
    mode = "RGBA" if isinstance(colour, tuple) and len(colour) == 4 else "CMYK" if options.pop("cmyk", False) else "RGB"
    image = Image.new("RGB" if mode == "CMYK" else mode, size, colour).convert(mode)
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def opened(image: bytes) -> Image.Image:
    return Image.open(io.BytesIO(image)).convert("RGBA")


def huge(side: int) -> bytes:
    """A PNG of some kilobytes that is black and white, and `side` pixels wide and high."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def svg_with(inside: str, size: str = 'viewBox="0 0 400 100"') -> bytes:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<?xml version='1.0'?>\n<!-- made by hand -->\n<svg {names} {size}>{inside}</svg>".encode()


def svg_holding(file: bytes) -> bytes:
    data = f"data:image/png;base64,{base64.b64encode(file).decode()}"
    return svg_with(f'<image href="{data}" width="400" height="100"/>')
