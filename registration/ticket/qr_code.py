"""The drawing of a QR code, with nothing of Django: typesetters draw it too, in processes of their own."""

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


def svg_of(text: str) -> str:
    """A drawing of its own, for typesetters."""
    code = make_code(text)
    size = size_of(code)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path d="{path_of(code)}"/></svg>'
    )
