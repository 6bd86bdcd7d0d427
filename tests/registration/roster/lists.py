"""Lists as other programs export them, made to measure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[3] / "samples"

PRETIX = [
    "Order code", "Attendee name", "Product", "Price", "Checked in", "Checked out", "Automatically checked in", "Paid",
    "Secret", "E-mail", "T-shirt size", "Company", "Voucher code", "Order date", "Requires special attention", "Comment",
    "Seat ID", "Seat name", "Seat zone", "Seat row", "Seat number",
]  # fmt: skip


def person(number: int = 1, **cells: str) -> dict[str, str]:
    """A row of a pretix list; cells by their headings."""
    return {
        "Order code": f"ORD{number}",
        "Attendee name": f"Person {number}",
        "Product": "Individual",
        "Price": "100.00",
        "Paid": "Yes",
        "Secret": f"secret-number-{number:05}",
        "E-mail": f"person{number}@example.org",
        "Automatically checked in": "No",
        "Requires special attention": "No",
    } | cells


def pretix(*rows: dict[str, str], header: Iterable[str] = PRETIX, separator: str = ",", end: str = "\r\n") -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(header), delimiter=separator, lineterminator=end, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
