"""Set badges in type: one job as JSON on standard input, a PDF or an SVG on standard output. Started by `typesetting.py`;
imports nothing of Django.
"""

from __future__ import annotations

import json
import sys
from typing import Any, cast

from registration.ticket.qr_code import svg_of
from registration.typesetting.lettering import language_of, text_of
from registration.typesetting.setting import Output, set_in_type


def press(job: dict[str, Any], output: Output) -> bytes:
    """The file, in the format `output` (pdf, or svg for a single page). `job` is made by `typesetting.make_job`."""
    job["event"] = text_of(job["event"], language_of(job["event"], job["timezone"]))
    job["people"] = [_lettered(person, job["timezone"]) for person in job["people"]]
    # Nobody reads a sheet of badges aloud.
    return set_in_type("badge/badge.typ", job, output)


def _lettered(person: dict[str, str], timezone: str) -> dict[str, Any]:
    language = language_of(person["name"] + person["affiliation"], timezone)
    texts = {key: text_of(person[key], language) for key in ("name", "pronouns", "affiliation", "ticket")}
    return texts | {"code": person["code"], "qr": svg_of(person["url"])}


if __name__ == "__main__":
    sys.stdout.buffer.write(press(json.load(sys.stdin.buffer), cast("Output", sys.argv[1])))
