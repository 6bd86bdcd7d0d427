"""Somebody without a ticket: one form is one person, one payment, one admission."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from post_office.models import Email

from registration.attendee.models import Attendee
from registration.checkin.models import Checkpoint, Scan
from registration.checkin.walk_in import register_and_check_in
from registration.errors import RegistrationError
from registration.order.models import Order, OrderStatus
from registration.order.models_money import Payment
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 6, 9, 7, 12, tzinfo=dt.UTC)


@pytest.fixture
def walk_in(conference):
    def walk_in(**changes):
        given = {
            "checkpoint": Checkpoint.objects.main(conference), "name": "Ada  Lovelace", "email": "", "method": "cash",
            "note": "", "scan_id": uuid.uuid4(), "by": None, "signature": "Ines, Tablet 1", "by_name": "Ines", "now": NOW,
        }  # fmt: skip
        return register_and_check_in(**given | changes)

    return walk_in


@pytest.fixture
def day(conference):
    return factories.ticket_type(conference=conference, name="Day", price=Decimal("25.00"))


def test_walk_in_is_sold_paid_and_let_in(walk_in, day):
    walked = walk_in(ticket_type=day, email="ada@example.org")
    seat = Attendee.objects.get()
    order, payment = seat.order, Payment.objects.get()
    assert (walked.answer.verdict, walked.is_beyond, seat.name, seat.checked_in_at) == (
        "admitted",
        False,
        "Ada Lovelace",
        NOW,
    )
    assert (seat.user.is_placeholder, order.user, order.status, order.total) == (
        True,
        seat.user,
        OrderStatus.PAID,
        Decimal("25.00"),
    )
    assert (payment.amount, payment.method, payment.by_name) == (Decimal("25.00"), "cash", "Ines, Tablet 1")
    assert [(line.text, line.attendee) for line in order.lines.all()] == [("Day", seat)]
    assert Email.objects.get().to == ["ada@example.org"]
    day.refresh_from_db()
    assert (day.taken, recount_places(conference=day.conference)) == (1, [])


@pytest.mark.both_databases
def test_walk_in_costs_what_it_costs_in_the_shop(conference, walk_in, day):
    """Entered in euros, before the conference was held in Japan."""
    conference.currency = "JPY"
    conference.save()
    type(day).objects.update(price=Decimal("79.50"))
    day.refresh_from_db()
    walk_in(ticket_type=day)
    assert (Order.objects.get().total, Payment.objects.get().amount) == (80, 80)


@pytest.mark.both_databases
def test_owner_of_the_address_finds_the_walk_in_among_their_tickets(client, walk_in, day, conference):
    """Not before: whoever types an address at the door must not learn whether it has an account."""
    owner = factories.user(email="ada@example.org", name="Ada King")
    walked = walk_in(ticket_type=day, email="Ada@Example.org")
    seat = Attendee.objects.get()
    assert (seat.user.is_placeholder, owner.attendees.count()) == (True, 0)
    client.force_login(factories.user())
    client.get("/me/")
    seat.refresh_from_db()
    assert seat.user.is_placeholder
    client.force_login(owner)
    page = client.get("/me/").content.decode()
    seat.refresh_from_db()
    assert (seat.user, seat.order.user, conference.name in page) == (owner, owner, True)
    assert (seat.access_code, seat.checked_in_at) == (walked.answer.attendee.access_code, NOW)
    assert Scan.objects.get().attendee == seat


def test_free_ticket_without_an_address_needs_no_payment_and_sends_no_mail(walk_in, conference):
    free = factories.ticket_type(conference=conference)
    assert walk_in(ticket_type=free, method=None).answer.verdict == "admitted"
    assert (Order.objects.get().status, Payment.objects.count(), Email.objects.count()) == (OrderStatus.PAID, 0, 0)


def test_form_sent_twice_is_one_of_everything(walk_in, day):
    scan_id = uuid.uuid4()
    first, second = (walk_in(ticket_type=day, scan_id=scan_id) for _ in range(2))
    assert (second.answer.verdict, second.answer.is_replay) == ("admitted", True)
    assert first.answer.attendee == second.answer.attendee
    assert [model.objects.count() for model in (Attendee, Order, Payment, Scan)] == [1, 1, 1, 1]


def test_form_used_again_for_somebody_else_is_refused(walk_in, day):
    scan_id = uuid.uuid4()
    walk_in(ticket_type=day, scan_id=scan_id)
    with pytest.raises(RegistrationError) as refused:
        walk_in(ticket_type=day, scan_id=scan_id, name="Grace Hopper")
    assert (refused.value.code, Attendee.objects.count()) == ("request_id_reused", 1)


@pytest.mark.parametrize("limit", ["total_quantity", "total_capacity"])
def test_walk_in_goes_beyond_what_there_is_and_says_so(walk_in, conference, day, limit):
    owner = day if limit == "total_quantity" else conference
    setattr(owner, limit, 1)
    owner.save()
    assert [walk_in(ticket_type=day).is_beyond for _ in range(2)] == [False, True]
    day.refresh_from_db()
    assert (day.taken, recount_places(conference=conference)) == (2, [])


@pytest.mark.parametrize(("changes", "code"), [({"name": "  "}, "name_missing"), ({"method": None}, "payment_missing")])
def test_refusal_leaves_nothing_behind(walk_in, day, changes, code):
    with pytest.raises(RegistrationError) as refused:
        walk_in(ticket_type=day, **changes)
    assert refused.value.code == code
    assert [model.objects.count() for model in (Attendee, Order, Payment, Scan)] == [0, 0, 0, 0]


def test_nothing_is_kept_when_the_admission_fails(walk_in, day, monkeypatch):
    from registration.checkin import walk_in as module

    def fail(**arguments):
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(module, "check_in", fail)
    with pytest.raises(RuntimeError):
        walk_in(ticket_type=day)
    assert [model.objects.count() for model in (Attendee, Order, Payment, Scan)] == [0, 0, 0, 0]


def test_rehearsal_registers_nobody(walk_in, day, conference):
    place = factories.checkpoint(conference=conference, rehearsal=True)
    with pytest.raises(RegistrationError) as refused:
        walk_in(ticket_type=day, checkpoint=place)
    assert (refused.value.code, Attendee.objects.count()) == ("rehearsal", 0)
