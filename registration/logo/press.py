"""Draw somebody's picture anew: one job as JSON on standard input, PNGs in base64 by their names as JSON on standard output.
Started by `drawing.py`; imports
nothing of Django.

Whatever else was in the file (scripts, links, where a photo was taken, bytes that only look like a picture) is not in the
drawing. The typesetter is Rust and reads files by itself; it sees a folder with this one, and this process gets little
memory.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

# Enough for two centimetres at 600 dots an inch, and for four times a place on a page. Smaller where that is too heavy.
SIDES = ((1000, 500), (640, 320), (400, 200))
HEAVIEST = 200_000  # bytes; every label and every ticket carries it
# With one, two and three pixels a point.
_SMALL = {"small": 1, "small_2x": 2, "small_3x": 3}
# For Google Wallet, which cuts a circle out of it: as much of it as is in the circle whatever the shape of the logo
# (https://developers.google.com/wallet/tickets/events/resources/brand-guidelines).
_SQUARE = 660
_IN_CIRCLE = 0.7
# A picture of as many pixels as are allowed (drawing.py) takes a third of it.
_MEMORY = 1_500_000_000
_FONTS = Path(__file__).parent.parent / "typesetting" / "fonts"
# `pixels` is the longer side of what is made of pixels, which are not stretched; 0 for what is not.
_TEMPLATE = """
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#let (width, height, pixels, square) = json(bytes(sys.inputs.job))
#let picture = image.with("picture", format: sys.inputs.format)
#context {
  let whole = measure(picture())
  let factor = calc.min(width * 1pt / whole.width, height * 1pt / whole.height)
  if pixels > 0 { factor = calc.min(factor, pixels * 1pt / calc.max(whole.width, whole.height)) }
  let drawn = picture(width: calc.max(whole.width * factor, 1pt), height: calc.max(whole.height * factor, 1pt), fit: "stretch")
  if square == 0 { drawn } else { box(width: square * 1pt, height: square * 1pt, fill: white, align(center + horizon, drawn)) }
}
"""


def press(job: dict[str, Any]) -> dict[str, bytes]:
    """`job` is made by `drawing.draw`. The names are fields of `Logo`."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "picture").write_bytes(base64.b64decode(job["file"]))
        (folder / "main.typ").write_text(_TEMPLATE)
        for width, height in SIDES:
            image = _draw(folder, job["format"], width=width, height=height, pixels=job["pixels"])
            if len(image) <= HEAVIEST:
                break
        width, height = job["small"]
        drawn = {
            name: _draw(folder, job["format"], width=width * times, height=height * times, pixels=job["pixels"])
            for name, times in _SMALL.items()
        }
        side = _SQUARE * _IN_CIRCLE
        square = _draw(folder, job["format"], width=side, height=side, square=_SQUARE)
    return {"image": image, **drawn, "square": square}


def _draw(folder: Path, kind: str, *, width: float, height: float, pixels: int = 0, square: int = 0) -> bytes:
    drawn: bytes = typst.compile(
        folder / "main.typ",
        root=folder,
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        format="png",
        ppi=72,  # a pixel is a point
        sys_inputs={
            "format": kind,
            "job": json.dumps({"width": width, "height": height, "pixels": pixels, "square": square}),
        },
    )
    return drawn


def _limit_memory() -> None:
    """Where the system can: a small file may hold a picture that is not."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _limit_memory()
    made = press(json.load(sys.stdin.buffer))
    json.dump({name: base64.b64encode(image).decode() for name, image in made.items()}, sys.stdout)
