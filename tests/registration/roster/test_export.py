"""What leaves as CSV, and that our own import reads it back as it was."""

import csv
import io
import time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conferences.models import Role
from registration.attendee.models import Attendee, AttendeeProfile
from registration.order.recount import recount_places
from registration.roster import export
from registration.roster.export import csv_parts
from tests import factories
from tests.registration.checkin.test_admission import scan
from tests.registration.order.exchanges import change, pay, three_kinds, two_students
from tests.registration.roster.lists import load, person

pytestmark = pytest.mark.django_db

EVIL = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "  ＝1", "'=1", 'quo"te', "a;b", "line\nbreak", "\r\nx"]


def exported(conference):
    return "".join(csv_parts(conference=conference, seats=Attendee.objects.filter(conference=conference).by_name()))


def told(conference):
    profiles = {profile.user_id: profile for profile in AttendeeProfile.objects.all()}
    return {
        seat.access_code: (
            seat.name, seat.email, seat.ticket_type and seat.ticket_type.name, seat.imported_code, seat.staff_note,
            seat.needs_attention, seat.blocked_reason, seat.order and seat.order.is_paid,
            *(getattr(profiles.get(seat.user_id), name, None)
              for name in ("affiliation", "tshirt_size", "photo_consent", "accessibility_needs")),
        )
        for seat in Attendee.objects.filter(conference=conference).select_related("ticket_type", "order")
    }  # fmt: skip


@pytest.mark.both_databases
def test_export_names_everything_and_no_cell_is_a_formula(conference):
    load(conference, person(1, **{"T-shirt size": "XL"}))
    seat = Attendee.objects.get()
    seat.name = seat.staff_note = "=1+1"
    seat.save(update_fields=["name", "staff_note"])
    scan(conference, seat.access_code)
    seat.refresh_from_db()
    text = exported(conference)
    assert text.startswith("\ufeffName,E-mail,")
    row = next(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert row == {
        "Name": "'=1+1", "E-mail": "person1@example.org", "Ticket": "Individual", "Price": "100.00",
        "Ticket code": seat.access_code, "Imported barcode": person(1)["Secret"], "State": "valid",
        "Blocked because": "", "Order": seat.order.reference, "Imported order": "ORD1", "Buyer": "Person 1",
        "Buyer e-mail": "", "Paid": "Yes", "Currency": "EUR",
        "Ordered": seat.order.created_at.astimezone(conference.tz).isoformat(sep=" ", timespec="seconds"),
        "Checked in": seat.checked_in_at.astimezone(conference.tz).isoformat(sep=" ", timespec="seconds"),
        "Needs attention": "No", "Note for staff": "'=1+1", "Name on the badge": "", "Pronouns": "", "Affiliation": "",
        "Food": "", "What would make the days easier for you?": "", "T-shirt size": "XL",
        "Photographs with me in them may be published": "No",
    }  # fmt: skip


def test_export_tells_the_price_of_the_ticket_that_the_seat_has(conference):
    kinds = three_kinds(conference)
    seat, other = two_students(conference, kinds).attendees.order_by("pk")
    t_shirt = factories.add_on(conference=conference, price=Decimal(15))
    factories.pieces(attendee=seat, add_on=t_shirt, quantity=2, order=seat.order, price=t_shirt.price)
    type(conference).objects.update(total_capacity=0)

    def prices():
        rows = csv.DictReader(io.StringIO(exported(conference).removeprefix("\ufeff")))
        return sorted((row["Ticket"], row["Price"]) for row in rows)

    new = change(other, kinds["Regular"])
    assert prices() == [("Student", "50.00")] * 2  # nobody has paid for the change yet
    pay(new)
    assert prices() == [("Regular", "120.00"), ("Student", "50.00")]


@pytest.mark.both_databases
def test_export_has_the_answers_to_what_the_conference_asks_alone(conference):
    """What people told another conference, or what is asked no more, is in no list of this one."""
    conference.profile_fields = ["affiliation"]
    conference.save()
    seat = factories.attendee(conference=conference)
    AttendeeProfile.objects.create(user=seat.user, affiliation="Tide Institute", accessibility_needs="Wheelchair")
    text = exported(conference)
    assert text.splitlines()[0].endswith("Note for staff,Affiliation")
    assert ("Tide Institute" in text, "Wheelchair" in text) == (True, False)


@pytest.mark.both_databases
def test_export_imported_here_changes_nothing(conference):
    load(conference, person(1, Paid="No", Comment="=x"), person(2, **{"Attendee name": "=2"}), person(3))
    factories.end(Attendee.objects.get(name="Person 3"))
    before = told(conference)
    report = load(conference, exported(conference).encode())
    assert (report.layout, report.changes, report.unchanged) == ("Lanyard", 0, 2)
    assert told(conference) == before


def test_export_edited_in_a_spreadsheet_updates(conference):
    load(conference, person(1))
    text = exported(conference).replace("Person 1,", "Anna Neu,", 1)
    report = load(conference, text.encode())
    assert (report.updated, Attendee.objects.get().name) == (1, "Anna Neu")


# White space alone is no answer: forms keep none, and the import reads such a cell as empty.
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30).map(
    lambda text: text if text.strip() else ""
)


ANY = given(*[st.one_of(st.sampled_from(EVIL), STORABLE)] * 3)


@pytest.mark.both_databases
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@ANY
def test_export_brings_everything_to_another_site(db, name, note, company):
    _bring_to_another(name, note, company)


@pytest.mark.hostile
@pytest.mark.both_databases
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@ANY
def test_export_brings_much_to_another_site(db, name, note, company):
    _bring_to_another(name, note, company)


def _bring_to_another(name, note, company):
    here, there = factories.conference(), factories.conference()
    kind = factories.ticket_type(conference=there)
    holder = factories.order(conference=there, ticket_type=kind).attendees.get()
    AttendeeProfile.objects.create(user=holder.user, affiliation=company, tshirt_size="M", photo_consent=True)
    Attendee.objects.filter(pk=holder.pk).update(
        name=name, staff_note=note, imported_code="old-barcode", email="a@example.org"
    )
    text, before = exported(there), told(there)
    order = holder.order
    holder.delete()
    order.delete()
    recount_places(conference=there, fix=True)
    load(here, text.encode())
    assert told(here) == before


def test_export_costs_the_same_for_one_and_for_many(conference, django_assert_num_queries):
    for rows in (1, 3):
        load(conference, *(person(10 * rows + number) for number in range(rows)))
        with django_assert_num_queries(4):
            exported(conference)


@pytest.mark.both_databases
def test_export_page_respects_filters_and_streams(conference, client_as):
    load(conference, person(1), person(2, **{"Attendee name": "Zoë"}))
    client = client_as(Role.ORGANISER)
    response = client.get(f"/staff/{conference.slug}/attendees/export.csv", {"q": "zoe"})
    text = b"".join(response.streaming_content).decode()
    assert (response["Content-Type"], response["Cache-Control"]) == ("text/csv; charset=utf-8", "no-store")
    assert [row["Name"] for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))] == ["Zoë"]


@pytest.mark.both_databases
def test_export_is_logged_without_what_was_searched(conference, client_as, caplog):
    load(conference, person(1))
    client = client_as(Role.ORGANISER)
    with caplog.at_level("INFO", logger="registration.roster.views"):
        client.get(f"/staff/{conference.slug}/attendees/export.csv", {"q": "Person"})
    assert caplog.messages == [
        f"export of attendees: user {client.user.pk}, conference {conference.slug}, 1 people, filters: q"
    ]


def test_long_export_rests_twice_as_long_as_it_works_and_a_short_one_never(conference, monkeypatch):
    rests = []
    monkeypatch.setattr(export.time, "sleep", rests.append)
    load(conference, *(person(number) for number in range(30)))
    assert (len(list(csv.reader(io.StringIO(exported(conference))))), rests) == (31, [])
    load(conference, *(person(number) for number in range(90)))
    begun = time.thread_time()
    assert len(list(csv.reader(io.StringIO(exported(conference))))) == 91
    assert len(rests) == 2 and 0 < sum(rests) < 2 * (time.thread_time() - begun)
