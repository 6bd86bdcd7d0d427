"""What the columns of Tito and Eventbrite mean, row by row; pretix is in test_importing.py."""

import csv
import io
from collections import Counter
from decimal import Decimal

import pytest

from registration.attendee.models import Attendee, AttendeeProfile
from registration.checkin.models import Verdict
from registration.roster.rows import LeftOut
from tests.registration.checkin.test_admission import scan
from tests.registration.roster.lists import SAMPLES, load

pytestmark = pytest.mark.django_db

BARCODE = {"tito": "Ticket Reference", "eventbrite": "Barcode #"}
STATUS = {"tito": "Void Status", "eventbrite": "Attendee Status"}
COMES = {"", "Attending", "Checked In"}


def rows_of(program, count):
    """The first of the sample in which somebody is named."""
    with (SAMPLES / f"{program}-attendees.csv").open(encoding="utf-8", newline="") as file:
        named = (row for row in csv.DictReader(file) if row.get("First Name") or row.get("Ticket Full Name"))
        return [row for row, _number in zip(named, range(count), strict=False)]


def as_list(rows):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def says(program, row):
    if program == "tito":
        headings = ("Ticket Full Name", "Ticket Email", "Ticket", "Price", "Order Reference", "Ticket Company Name")
        name, email, ticket, price, order, company = (row[heading] for heading in headings)
    else:
        headings = ("First Name", "Email", "Ticket Type", "Total Paid", "Order #")
        first, email, ticket, price, order = (row[heading] for heading in headings)
        last, company = row["Last Name"], ""
        name = f"{last}{first}" if "\u3040" <= last <= "\ud7ff" else f"{first} {last}"  # in China, Japan and Korea
    return name, email, ticket, Decimal(price), order, True, company, row[STATUS[program]] == "Checked In"


@pytest.mark.parametrize("program", ["tito", "eventbrite"])
def test_every_row_is_as_it_says(conference, program):
    rows = rows_of(program, 60)
    load(conference, as_list(rows))
    companies = dict(AttendeeProfile.objects.values_list("user", "affiliation"))
    found = {
        seat.imported_code: (
            seat.name, seat.email, seat.ticket_type.name, seat.order_lines.get().price, seat.order.imported_reference,
            seat.order.is_paid, companies.get(seat.user_id, ""), seat.checked_in_at is not None,
        )
        for seat in Attendee.objects.select_related("order", "ticket_type")
    }  # fmt: skip
    assert found == {row[BARCODE[program]]: says(program, row) for row in rows if row[STATUS[program]] in COMES}


@pytest.mark.parametrize(
    ("program", "status", "why"),
    [
        ("tito", "void", LeftOut.VOID),
        ("eventbrite", "Deleted", LeftOut.DELETED),
        ("eventbrite", "Not Attending", LeftOut.NOT_ATTENDING),
    ],
)
def test_who_is_here_already_and_does_not_come_any_more_is_cancelled(conference, program, status, why):
    rows = [row for row in rows_of(program, 9) if row[STATUS[program]] in COMES - {"Checked In"}][:2]
    load(conference, as_list(rows))
    report = load(conference, as_list([rows[0] | {STATUS[program]: status}, rows[1]]))
    assert (report.cancelled, report.left_out) == (1, Counter({why: 1}))
    verdicts = [scan(conference, row[BARCODE[program]]).verdict for row in rows]
    assert verdicts == [Verdict.CANCELLED, Verdict.ADMITTED]
