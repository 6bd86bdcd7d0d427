"""The drawing of a QR code, with nothing of Django: the typesetter of badges draws it too, in a process of its own."""

from __future__ import annotations

from itertools import groupby

import segno

# Modules of white around the code, as the standard wants it.
QUIET_ZONE = 4


def make_code(text: str) -> segno.QRCode:
    # make_qr, because make() may choose a Micro QR, which phones cannot read.
    return segno.make_qr(text, error="m", boost_error=False)


def size_of(code: segno.QRCode) -> int:
    """Modules across, the quiet zone included."""
    return int(code.symbol_size(border=QUIET_ZONE)[0])


def path_of(code: segno.QRCode) -> str:
    """An SVG path in modules: a rectangle for every run of dark ones in a row."""
    rectangles = []
    for y, row in enumerate(code.matrix_iter(border=QUIET_ZONE)):
        x = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                rectangles.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return "".join(rectangles)
