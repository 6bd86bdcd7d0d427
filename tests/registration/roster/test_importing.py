"""What an imported list makes of a conference, the first time, again, and when it is newer."""

import csv
import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeProfile, AttendeeState
from registration.catalogue.models import TicketType
from registration.checkin.models import Scan, Verdict
from registration.order.cancellation import cancel_seat
from registration.order.models import Order, OrderStatus
from registration.order.models_money import PaymentMethod
from registration.order.payment import record_payment
from registration.roster import import_seats, importing, layouts
from registration.roster.rows import LeftOut
from tests import factories
from tests.registration.checkin.test_admission import scan
from tests.registration.roster.lists import SAMPLES, load, person, seat_of

pytestmark = pytest.mark.django_db


@pytest.mark.both_databases(hostile=True)
@pytest.mark.parametrize(
    ("name", "people", "left_out"),
    [
        ("pretix-checkin-list.csv", 2000, {}),
        ("tito-attendees.csv", 935, {LeftOut.UNASSIGNED: 48, LeftOut.VOID: 17}),
        ("eventbrite-attendees.csv", 953, {LeftOut.NOT_ATTENDING: 36, LeftOut.DELETED: 11}),
    ],
)
def test_sample_is_imported_whole_and_again_without_change(conference, name, people, left_out):
    content = (SAMPLES / name).read_bytes()
    report = load(conference, content)
    assert (report.created, report.left_out) == (people, Counter(left_out))
    assert Attendee.objects.filter(conference=conference).count() == people
    is_pretix = name.startswith("pretix")
    assert Order.objects.filter(status=OrderStatus.PENDING).exists() == is_pretix
    if is_pretix:
        _every_row_is_as_it_says(content)
    stamps = set(Attendee.objects.values_list("pk", "updated_at", "access_code"))
    again = load(conference, content)
    assert (again.changes, again.unchanged) == (0, people)
    assert set(Attendee.objects.values_list("pk", "updated_at", "access_code")) == stamps


def _every_row_is_as_it_says(content):
    found = Attendee.objects.select_related("user", "order", "ticket_type").prefetch_related("order_lines")
    seats = {seat.imported_code: seat for seat in found}
    profiles = {profile.user_id: profile for profile in AttendeeProfile.objects.all()}
    for row in csv.DictReader(content.decode().splitlines()):
        seat = seats[row["Secret"]]
        profile = profiles.get(seat.user_id, AttendeeProfile())
        is_paid = row["Paid"] == "Yes" or not seat.order.total  # of a free order nothing is owed
        assert (
            seat.name, seat.email, seat.ticket_type.name, seat.order.imported_reference, seat.order.is_paid,
            seat.completed_registration, seat.needs_attention, seat.staff_note, profile.tshirt_size, profile.affiliation,
            seat.user.is_placeholder,
        ) == (
            row["Attendee name"], row["E-mail"], row["Product"], row["Order code"], is_paid,
            is_paid, row["Requires special attention"] == "Yes", row["Comment"], row["T-shirt size"],
            row["Company"], True,
        )  # fmt: skip
    assert {kind.name: (kind.price, kind.is_active) for kind in TicketType.objects.all()} == {
        "Individual": (Decimal("100.00"), False),
        "Corporate": (Decimal("350.00"), False),
        "Student": (Decimal("25.00"), False),
        "Speaker": (Decimal("0.00"), False),
    }
    by_order: Counter = Counter()
    for seat in seats.values():
        [line] = seat.order_lines.all()
        by_order[seat.order] += line.price
    assert all(order.total == order.subtotal == total for order, total in by_order.items())


def test_imported_barcode_scans_as_our_own(conference):
    load(conference, person(1), person(2, Paid="No"))
    assert scan(conference, person(1)["Secret"]).verdict == Verdict.ADMITTED
    assert scan(conference, person(1)["Secret"].upper()).verdict == Verdict.ALREADY_ADMITTED
    assert scan(conference, person(2)["Secret"]).verdict == Verdict.UNPAID


def test_order_of_several_is_one_order(conference):
    load(conference, person(1, **{"Order code": "G3HPM"}), person(2, **{"Order code": "G3HPM", "Price": "25.00"}))
    order = Order.objects.get()
    assert (order.imported_reference, order.total, order.status) == ("G3HPM", Decimal("125.00"), OrderStatus.PAID)
    assert order.user == seat_of(conference, 1).user
    assert {seat.order for seat in Attendee.objects.all()} == {order}


@pytest.mark.both_databases
def test_account_with_the_confirmed_address_gets_the_seat_once(conference):
    account = factories.user(email="Anna@example.org", name="Anna")
    family = {"E-mail": "anna@example.org"}
    report = load(conference, person(1, **family), person(2, **family))
    assert report.created == 2
    assert seat_of(conference, 1).user == account
    assert seat_of(conference, 2).user.is_placeholder


def test_unconfirmed_address_and_seated_account_get_placeholders(conference):
    factories.user(email="unsure@example.org", verified=False)
    seated = factories.user(email="seated@example.org")
    factories.attendee(conference=conference, user=seated)
    conference.places_taken = 1
    conference.save(update_fields=["places_taken"])
    load(conference, person(1, **{"E-mail": "unsure@example.org"}), person(2, **{"E-mail": "seated@example.org"}))
    assert [seat_of(conference, number).user.is_placeholder for number in (1, 2)] == [True, True]


def test_profile_of_an_account_is_left_alone(conference):
    account = factories.user(email="anna@example.org")
    AttendeeProfile.objects.create(user=account, tshirt_size="M")
    load(conference, person(1, **{"E-mail": "anna@example.org", "T-shirt size": "XL", "Company": "Acme"}))
    profile = AttendeeProfile.objects.get()
    assert (profile.user, profile.tshirt_size, profile.affiliation) == (account, "M", "")


def test_answer_that_does_not_fit_is_told_and_left_out(conference):
    report = load(conference, person(1, **{"T-shirt size": "7XL"}), person(2, **{"T-shirt size": "2xl"}))
    assert report.answers_that_do_not_fit == Counter({"T-shirt size": 1})
    assert [profile.tshirt_size for profile in AttendeeProfile.objects.all()] == ["XXL"]


@pytest.mark.both_databases
def test_newer_list_updates_and_keeps_code_and_check_in(conference):
    load(conference, person(1, Paid="No", **{"Order code": "A"}), person(2))
    before = seat_of(conference)
    seat_2 = seat_of(conference, 2)
    scan(conference, seat_2.access_code)
    newer = person(1, **{
        "Order code": "A", "Attendee name": "New Name", "E-mail": "new@example.org", "Product": "Corporate",
        "Price": "350.00", "Requires special attention": "Yes", "Comment": "brings a guide dog", "T-shirt size": "L",
    })  # fmt: skip
    report = load(conference, newer, person(2, **{"Attendee name": "Two"}))
    after = seat_of(conference)
    assert (report.updated, report.created, report.unchanged) == (2, 0, 0)
    assert (
        after.pk, after.access_code, after.name, after.email, after.ticket_type.name, after.order.total,
        after.order.status, after.completed_registration, after.needs_attention, after.staff_note,
    ) == (
        before.pk, before.access_code, "New Name", "new@example.org", "Corporate", Decimal("350.00"),
        OrderStatus.PAID, True, True, "brings a guide dog",
    )  # fmt: skip
    assert seat_of(conference, 2).checked_in_at is not None
    assert Attendee.objects.matching("new name corp", emails=False).count() == 0
    assert list(Attendee.objects.matching("new name", emails=False)) == [after]
    assert AttendeeProfile.objects.get(user=after.user).tshirt_size == "L"


@pytest.mark.both_databases
def test_same_list_keeps_what_staff_corrected(conference):
    load(conference, person(1))
    Attendee.objects.update(name="Corrected at the desk")
    report = load(conference, person(1))
    assert (report.changes, seat_of(conference).name) == (0, "Corrected at the desk")


def test_paid_here_stays_paid_whatever_an_older_list_says(conference):
    load(conference, person(1, Paid="No"))
    staff = factories.user()
    order = Order.objects.get()
    record_payment(order=order, amount=order.total, method=PaymentMethod.CASH, note="", by=staff, now=timezone.now())
    load(conference, person(1, Paid="No", Comment="new"))
    order.refresh_from_db()
    assert (order.status, seat_of(conference).completed_registration) == (OrderStatus.PAID, True)


@pytest.mark.both_databases
def test_new_address_of_an_account_hands_the_seat_over(conference):
    load(conference, person(1))
    account = factories.user(email="owner@example.org")
    load(conference, person(1, **{"E-mail": "owner@example.org", "T-shirt size": "S"}))
    assert seat_of(conference).user == account
    assert AttendeeProfile.objects.get(tshirt_size="S").user == account


def test_name_of_an_account_is_kept_and_told(conference):
    account = factories.user(email="person1@example.org", name="Own Name")
    load(conference, person(1))
    Attendee.objects.update(name="Own Name")
    report = load(conference, person(1, **{"Attendee name": "Other"}))
    assert (report.kept_by_account, seat_of(conference).name, seat_of(conference).user) == ([2], "Own Name", account)


def test_left_out_later_is_cancelled_and_comes_back(conference):
    load(conference, person(1), person(2))
    report = load(conference, person(1, **{"Attendee name": ""}), person(2))
    conference.refresh_from_db()
    assert (report.cancelled, report.left_out, conference.places_taken) == (1, Counter({LeftOut.UNASSIGNED: 1}), 1)
    assert scan(conference, person(1)["Secret"]).verdict == Verdict.CANCELLED
    assert load(conference, person(1, **{"Attendee name": ""}), person(2)).changes == 0
    report = load(conference, person(1), person(2))
    conference.refresh_from_db()
    assert (report.revived, conference.places_taken) == (1, 2)
    assert scan(conference, person(1)["Secret"]).verdict == Verdict.ADMITTED


@pytest.mark.both_databases
def test_unpaid_seat_that_is_left_out_is_not_owed(conference):
    load(conference, person(1, Paid="No", **{"Order code": "A"}), person(2, Paid="No", **{"Order code": "A"}))
    load(
        conference,
        person(1, Paid="No", **{"Order code": "A", "Attendee name": ""}),
        person(2, Paid="No", **{"Order code": "A"}),
    )
    assert (Order.objects.get().total, Order.objects.get().status) == (Decimal("100.00"), OrderStatus.PENDING)
    load(conference, *(person(n, Paid="No", **{"Order code": "A", "Attendee name": ""}) for n in (1, 2)))
    assert (Order.objects.get().total, Order.objects.get().status) == (Decimal("0.00"), OrderStatus.CANCELLED)


def test_seat_that_staff_cancelled_stays_cancelled(conference):
    load(conference, person(1))
    cancel_seat(attendee=seat_of(conference), reason="asked to", by=factories.user(), now=timezone.now())
    report = load(conference, person(1, Comment="new"))
    assert (report.kept_cancelled, report.changes, seat_of(conference).state) == ([2], 0, AttendeeState.CANCELLED)


def test_people_who_are_not_in_the_list_keep_their_tickets(conference):
    load(conference, person(1), person(2))
    report = load(conference, person(2))
    assert (report.missing, report.changes, seat_of(conference).state) == (1, 0, AttendeeState.VALID)


@pytest.mark.both_databases
def test_check_in_of_the_list_is_an_admission(conference):
    when = timezone.now().astimezone(conference.tz).replace(microsecond=0) - dt.timedelta(seconds=1)
    rows = [person(1, **{"Checked in": when.isoformat()}), person(2)]
    report = load(conference, *rows)
    assert (report.checked_in, seat_of(conference).checked_in_at) == (1, when)
    answer = scan(conference, person(1)["Secret"])
    assert (answer.verdict, answer.first.scanned_by_name) == (Verdict.ALREADY_ADMITTED, "Imported list")
    Scan.objects.filter(verdict=Verdict.ADMITTED).update(undone_at=timezone.now())
    Attendee.objects.update(checked_in_at=None)
    rows[0]["Comment"] = "new"
    assert load(conference, *rows).checked_in == 0


def test_check_in_before_the_conference_is_only_told(conference):
    report = load(conference, person(1, **{"Checked in": "2020-01-01 10:00:00"}))
    assert (report.checked_in, report.early_check_ins, seat_of(conference).checked_in_at) == (0, 1, None)


def test_newer_list_never_undoes_a_check_in(conference):
    load(conference, person(1))
    scan(conference, person(1)["Secret"])
    load(conference, person(1, **{"Attendee name": "New", "Checked in": ""}))
    assert seat_of(conference).checked_in_at is not None


def test_more_people_than_places_are_imported_with_a_word(conference):
    conference.total_capacity = 1
    conference.save(update_fields=["total_capacity"])
    assert load(conference, person(1), person(2)).beyond_capacity == [(conference.name, 2, 1)]


def test_dry_run_reports_and_changes_nothing(conference):
    report = load(conference, person(1), dry_run=True)
    assert (report.created, report.is_dry_run) == (1, True)
    assert (Attendee.objects.count(), User.objects.count(), TicketType.objects.count()) == (0, 0, 0)
    conference.refresh_from_db()
    assert conference.places_taken == 0


def test_list_is_imported_in_few_queries(conference, django_assert_max_num_queries):
    with django_assert_max_num_queries(120):
        load(conference, *(person(number, **{"T-shirt size": "M"}) for number in range(200)))


@pytest.mark.both_databases
def test_progress_is_told_of_a_new_list_of_the_same_and_of_a_newer_one(conference, monkeypatch):
    told = []

    def progress(label, chunks):
        for chunk in chunks:
            told.append((label, len(chunk)))
            yield chunk

    for module, size in [(layouts, 10), (import_seats, 10), (importing, 5)]:
        monkeypatch.setattr(module, "_BATCH", size)
    people = [person(number) for number in range(12)]
    load(conference, *people, progress=progress)
    assert told == [("Reading", 10), ("Reading", 2), ("Importing", 10), ("Importing", 2)]
    told.clear()
    load(conference, *people, progress=progress)
    assert told == [("Reading", 10), ("Reading", 2)]
    told.clear()
    load(conference, *(person(number, Product="Other") for number in range(12)), progress=progress)
    assert told == [("Reading", 10), ("Reading", 2), ("Updating", 5), ("Updating", 5), ("Updating", 2)]
