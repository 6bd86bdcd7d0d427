"""Have typst set a template. With nothing of Django, because it runs in a process of its own (`process.py`), and so is done
with a label 50 ms after it was started.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Literal

Output = Literal["pdf", "svg", "png"]

_HERE = Path(__file__).parent
# Templates stand in their rooms and share `lettering.typ`; they see the rooms, and no other file of the machine.
_ROOMS = _HERE.parent


def set_in_type(template: str, job: dict[str, Any], output: Output, *, is_tagged: bool = False) -> bytes:
    """The file, in the format `output` (pdf, or svg for a single page), of a template such as `badge/badge.typ`. `job` is
    what it reads as JSON in `sys.inputs.job`, so that whatever a name is made of, it stays text; its `logo`, if it has one,
    is a PNG in base64 and becomes the bytes that typst asks for. `is_tagged` makes a PDF that can be read aloud, at twice
    the memory.
    """
    import typst  # here, because it is 7 MB in each process, and most only start the one that sets

    if logo := job.get("logo"):
        job = job | {"logo": logo | {"image": list(base64.b64decode(logo["image"]))}}
    made = typst.compile(
        _ROOMS / template,
        root=_ROOMS,
        font_paths=[_HERE / "fonts"],
        ignore_system_fonts=True,
        format=output,
        sys_inputs={"job": json.dumps(job)},
        pdf_tags=is_tagged,
    )
    assert isinstance(made, bytes), "an SVG of several pages"
    return made
