"""Have typst set a template. With nothing of Django, because it runs in a process of its own (`process.py`), and so is done
with a label 50 ms after it was started.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import typst

Output = Literal["pdf", "svg"]

_HERE = Path(__file__).parent
# Templates stand in their rooms and share `lettering.typ`; they see the rooms, and no other file of the machine.
_ROOMS = _HERE.parent


def set_in_type(template: str, job: dict[str, Any], output: Output, *, is_tagged: bool = False) -> bytes:
    """The file, in the format `output` (pdf, or svg for a single page), of a template such as `badge/badge.typ`. `job` is
    what it reads as JSON in `sys.inputs.job`, so that whatever a name is made of, it stays text. `is_tagged` makes a PDF
    that can be read aloud, at twice the memory.
    """
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
