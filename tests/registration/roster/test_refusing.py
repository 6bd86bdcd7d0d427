"""Lists that are refused: every bad line is told, and nothing is written."""

import pytest
from django.utils import timezone

from registration.account.models import User
from registration.attendee.models import Attendee, RetiredCode
from registration.attendee.staff_changes import reissue_code
from registration.catalogue.models import TicketType
from registration.order.models import Order
from registration.roster.layouts import OWN_HEADINGS
from registration.tables.files import TableFileError
from tests import factories
from tests.registration.roster.lists import load, person, pretix, seat_of

pytestmark = pytest.mark.django_db


def faults(conference, *rows):
    before = (User.objects.count(), Attendee.objects.count(), Order.objects.count(), TicketType.objects.count())
    with pytest.raises(TableFileError) as refused:
        load(conference, *rows)
    assert before == (User.objects.count(), Attendee.objects.count(), Order.objects.count(), TicketType.objects.count())
    return [str(fault) for fault in refused.value.faults]


def test_one_barcode_for_two_is_refused_also_in_another_case_or_form(conference):
    rows = [
        person(1, Secret="abcé"),
        person(2, Secret="ABCÉ"),
        person(3, Secret="abce\u0301"),
        person(4, Secret=" abcé "),
    ]
    assert faults(conference, *rows) == [f"Line {line}: The barcode is in line 2 already." for line in (3, 4, 5)]


def test_barcode_of_somebody_here_in_capitals_is_refused(conference):
    load(conference, person(1))
    assert faults(conference, person(2, Secret=person(1)["Secret"].upper())) == [
        "Line 2: The barcode is that of somebody else here, but for capitals."
    ]


@pytest.mark.parametrize("here", [True, False])
def test_barcode_that_reads_as_an_access_code_of_ours_is_refused(conference, here):
    other = factories.attendee(conference=conference if here else factories.conference())
    if here:
        conference.places_taken = 1
        conference.save(update_fields=["places_taken"])
    code = other.access_code
    rows = [person(1, Secret=code), person(2), person(3, Secret=f"{code[:4]}-{code[4:]}".lower().replace("0", "o"))]
    message = "The barcode is the access code of another ticket of this site."
    assert faults(conference, *rows[:2]) == [f"Line 2: {message}"]
    assert faults(conference, *rows[1:]) == [f"Line 3: {message}"]


def test_retired_code_is_refused(conference):
    seat = factories.attendee(conference=factories.conference())
    RetiredCode.objects.create(code="ABCD2345", attendee=seat)
    assert faults(conference, person(1, Secret="ABCD2345")) == [
        "Line 2: The code was that of another ticket and is retired."
    ]


def test_every_bad_line_is_listed_and_none_imported(conference):
    assert faults(
        conference,
        person(1, **{"E-mail": "no address"}), person(2), person(3, Price="a lot"), person(4, Paid="perhaps"),
        person(5, Secret=""), person(6, **{"Attendee name": "x" * 201}), person(7, Secret="x" * 513),
        person(8, Product=""), person(9, **{"Order date": "soon"}),
    ) == [
        "Line 2: “no address” is not an e-mail address.",
        "Line 4: “a lot” is no price.",
        "Line 5: “perhaps” is neither yes nor no.",
        "Line 6: There is no barcode.",
        "Line 7: The name has 201 characters; 200 fit.",
        "Line 8: The barcode has 513 characters; 512 fit.",
        "Line 9: There is no ticket type.",
        "Line 10: “soon” is no date.",
    ]  # fmt: skip


def own(code: str, barcode: str = "") -> dict[str, str]:
    """A row of our own export."""
    return {"Name": "Ada", "Ticket": "Regular", "Ticket code": code, "Imported barcode": barcode, "State": "valid"}


def own_list(*rows: dict[str, str]) -> bytes:
    return pretix(*rows, header=OWN_HEADINGS).encode()


def test_ticket_code_that_cannot_be_one_is_refused_by_line(conference):
    elsewhere = factories.attendee(conference=factories.conference())
    load(conference, person(1, Secret="BARC0DE1"))
    rows = [
        own("ABCD2345", "b-1"), own("ABCD2345", "b-2"), own("b-1"), own("X" * 21), own(elsewhere.access_code),
        own(elsewhere.access_code.lower(), "b-3"), own("barc0de1", "b-4"),
    ]  # fmt: skip
    assert faults(conference, own_list(*rows)) == [
        "Line 3: The code is in line 2 already.",
        "Line 4: The code is in line 2 already.",
        "Line 5: The ticket code has 21 characters; 20 fit.",
        "Line 6: The ticket code is that of another ticket of this site.",
        "Line 7: The code is in line 6 already.",
        "Line 7: The ticket code is that of another ticket of this site.",
        "Line 8: The ticket code is the barcode of somebody else here.",
    ]


def test_two_lines_for_one_ticket_are_refused(conference):
    load(conference, person(1))
    before = seat_of(conference)
    after = reissue_code(attendee=before, reason="lost", by=None, now=timezone.now())
    rows = [own(after.access_code), own(before.access_code)]
    assert faults(conference, own_list(*rows)) == ["Line 3: This is the ticket of line 2 once more."]


def test_row_without_a_seat_needs_no_barcode_and_may_have_that_of_its_successor(conference):
    gone = {"Attendee name": ""}
    report = load(conference, person(1, Secret="", **gone), person(2, Secret="", **gone), person(3, **gone), person(3))
    assert (report.created, report.left_out.total()) == (1, 3)
    report = load(conference, person(3, **gone), person(3, Comment="new"))
    assert (report.updated, report.cancelled, seat_of(conference, 3).staff_note) == (1, 0, "new")
