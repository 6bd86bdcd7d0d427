"""Draw somebody's picture anew: one job as JSON on standard input, a PNG on standard output. Started by `drawing.py`; imports
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
# A picture of as many pixels as are allowed (drawing.py) takes a third of it.
_MEMORY = 1_500_000_000
_FONTS = Path(__file__).parent.parent / "typesetting" / "fonts"
# `pixels` is the longer side of what is made of pixels, which are not stretched; 0 for what is not.
_TEMPLATE = """
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#let (width, height, pixels) = json(bytes(sys.inputs.job))
#let picture = image.with("picture", format: sys.inputs.format)
#context {
  let whole = measure(picture())
  let factor = calc.min(width * 1pt / whole.width, height * 1pt / whole.height)
  if pixels > 0 { factor = calc.min(factor, pixels * 1pt / calc.max(whole.width, whole.height)) }
  picture(width: calc.max(whole.width * factor, 1pt), height: calc.max(whole.height * factor, 1pt), fit: "stretch")
}
"""


def press(job: dict[str, Any]) -> bytes:
    """`job` is made by `drawing.draw`."""
    drawn = b""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "picture").write_bytes(base64.b64decode(job["file"]))
        (folder / "main.typ").write_text(_TEMPLATE)
        for width, height in SIDES:
            drawn = typst.compile(
                folder / "main.typ",
                root=folder,
                font_paths=[_FONTS],
                ignore_system_fonts=True,
                format="png",
                ppi=72,  # a pixel is a point
                sys_inputs={
                    "format": job["format"],
                    "job": json.dumps({"width": width, "height": height, "pixels": job["pixels"]}),
                },
            )
            if len(drawn) <= HEAVIEST:
                break
    return drawn


def _limit_memory() -> None:
    """Where the system can: a small file may hold a picture that is not."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _limit_memory()
    sys.stdout.buffer.write(press(json.load(sys.stdin.buffer)))
