"""Set badges in type: one job as JSON on standard input, a PDF or an SVG on standard output.

A program of its own, started by `typesetting.py`: a thousand badges take some 450 MB while they are made, and what a web
worker once took it keeps; and no name, however strange, can bring down or hold up more than its own badge. It imports
nothing of Django, and so is done with a label 50 ms after it was started.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Literal, cast

import typst

from registration.badge.lettering import language_of, text_of
from registration.ticket.qr_code import make_code, path_of, size_of

Output = Literal["pdf", "svg"]

_HERE = Path(__file__).parent
_TEMPLATE = _HERE / "typst"


def press(job: dict[str, Any], output: Output) -> bytes:
    """The file, in the format `output` (pdf, or svg for a single page). `job` is made by `typesetting.make_job`."""
    job["event"] = text_of(job["event"], language_of(job["event"], job["timezone"]))
    job["people"] = [_lettered(person, job["timezone"]) for person in job["people"]]
    made = typst.compile(
        _TEMPLATE / "badge.typ",
        # The template sees its own folder and no other file.
        root=_TEMPLATE,
        font_paths=[_HERE / "fonts"],
        ignore_system_fonts=True,
        format=output,
        sys_inputs={"job": json.dumps(job)},
        # Nobody reads a sheet of badges aloud, and tags are half the memory.
        pdf_tags=False,
    )
    assert isinstance(made, bytes), "an SVG of several pages"
    return made


def _lettered(person: dict[str, str], timezone: str) -> dict[str, Any]:
    language = language_of(person["name"] + person["affiliation"], timezone)
    texts = {key: text_of(person[key], language) for key in ("name", "pronouns", "affiliation", "ticket")}
    code = make_code(person["url"])
    size = size_of(code)
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path d="{path_of(code)}"/></svg>'
    )
    return texts | {"code": person["code"], "qr": drawing}


if __name__ == "__main__":
    sys.stdout.buffer.write(press(json.load(sys.stdin.buffer), cast("Output", sys.argv[1])))
