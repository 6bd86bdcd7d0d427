"""Set a ticket in type: one job as JSON on standard input, a PDF on standard output. Started by `pdf.py`; imports nothing
of Django.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from registration.ticket.qr_code import svg_of
from registration.typesetting.lettering import language_of, text_of
from registration.typesetting.setting import set_in_type


def press(job: dict[str, Any]) -> bytes:
    """`job` is made by `pdf.ticket_job`: `texts` are fitted each into its box, `facts` are pairs of texts."""
    zone = job["timezone"]
    language = language_of(job["texts"]["name"] + job["texts"]["event"], zone)
    job["texts"] = {key: text_of(text, language) for key, text in job["texts"].items()}
    job["facts"] = [[text_of(part, language_of(part, zone)) for part in fact] for fact in job["facts"]]
    job["qr"] = svg_of(job["url"])
    return set_in_type("ticket/ticket.typ", job, "pdf", is_tagged=True)


if __name__ == "__main__":
    sys.stdout.buffer.write(press(json.load(sys.stdin.buffer)))
