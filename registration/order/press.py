"""Set an invoice in type: one job as JSON on standard input, a PDF on standard output. Started by `invoice_pdf.py`;
imports nothing of Django.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from registration.typesetting.lettering import cleaned
from registration.typesetting.setting import set_in_type


def press(job: dict[str, Any]) -> bytes:
    return set_in_type("order/invoice.typ", _cleaned(job), "pdf", is_tagged=True)


def _cleaned(part: Any) -> Any:
    """Without controls in any text."""
    if isinstance(part, dict):
        return {key: _cleaned(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_cleaned(each) for each in part]
    return cleaned(part) if isinstance(part, str) else part


if __name__ == "__main__":
    sys.stdout.buffer.write(press(json.load(sys.stdin.buffer)))
