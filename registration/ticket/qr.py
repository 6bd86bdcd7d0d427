"""The QR code of a ticket: the ticket's address in capitals, so that it fits the alphanumeric mode and stays coarse
enough for a phone in the sun; level M. Dark on white always, with the quiet zone that scanners need.
"""

from __future__ import annotations

import struct
import zlib

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

from registration.attendee.models import Attendee
from registration.ticket.qr_code import QUIET_ZONE, make_code, path_of, size_of


def ticket_url(attendee: Attendee) -> str:
    return code_url(attendee.access_code)


def code_url(code: str) -> str:
    """`HTTPS://HOST/T/CODE`: scheme and host ignore case by definition, and our path does too."""
    return f"{settings.SITE_URL}/t/{code}".upper()


def qr_svg(attendee: Attendee, *, label: str) -> SafeString:
    """Of the ticket; see `text_qr_svg`."""
    return text_qr_svg(ticket_url(attendee), label=label)


def text_qr_svg(text: str, *, label: str) -> SafeString:
    """An SVG of its own or within a page: one path, colours as attributes, no style and no script, so that a strict
    policy and a dark theme leave it alone. `label` is its text alternative.
    """
    code = make_code(text)
    size = size_of(code)
    return format_html(
        '<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" shape-rendering="crispEdges"'
        ' role="img" aria-label="{1}"><path fill="#fff" d="M0 0h{0}v{0}h-{0}z"/><path fill="#000" d="{2}"/></svg>',
        size,
        label,
        path_of(code),
    )


def qr_png(code: str, *, scale: int = 16) -> bytes:
    """Of the ticket with this access code, black on white, `scale` pixels a module: about 530 across, so that a mail that
    shows it at 240 is sharp on any phone.
    """
    rows = bytearray()
    symbol = make_code(code_url(code))
    width = int(symbol.symbol_size(scale=scale, border=QUIET_ZONE)[0])
    padding = -width % 8
    for row in symbol.matrix_iter(border=QUIET_ZONE):
        bits = "".join("0" * scale if module else "1" * scale for module in row) + "0" * padding
        rows += (b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")) * scale
    # One bit a pixel, grey. Written here because segno's own writer takes 10 ms at this size.
    header = struct.pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
