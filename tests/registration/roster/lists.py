"""Lists as other programs export them, made to measure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.utils import timezone

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.order.recount import recount_places
from registration.roster.importing import Report, import_roster

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


def load(conference: Conference, *rows: Any, **options: Any) -> Report:
    """Import rows, or the bytes of a file; the counters of places must agree afterwards."""
    content = rows[0] if rows and isinstance(rows[0], bytes) else pretix(*rows).encode()
    report = import_roster(conference=conference, content=content, now=timezone.now(), **options)
    assert list(recount_places(conference=conference, fix=False)) == []
    return report


def seat_of(conference: Conference, number: int = 1) -> Attendee:
    return Attendee.objects.select_related("user", "order", "ticket_type").get(
        conference=conference, imported_code=person(number)["Secret"]
    )


def as_shown(seat):
    """What the forms of the page of `seat` send where nothing is written into them."""
    hidden = {f"{form}-code": seat.access_code for form in ("note", "block", "cancel", "reissue", "transfer")}
    person = {f"correct-{field}": getattr(seat, field) for field in ("name", "email")}
    return hidden | person | {f"correct-was_{field}": getattr(seat, field) for field in ("name", "email")}
