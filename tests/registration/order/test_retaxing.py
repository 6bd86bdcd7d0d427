"""A ticket changed for one of another tax rate: what was paid is taxed as the new one, in the order's books and on paper."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from conferences.models import Role
from registration.catalogue.models import TicketType
from registration.order.due import expire_order
from registration.order.models_money import Refund
from registration.order.refund import refund_order
from registration.order.story import story_of
from tests import factories
from tests.registration.order.books import invoiced_by_rate
from tests.registration.order.exchanges import NOW, change, pay
from tests.registration.order.retaxed import (  # noqa: F401 -- three are fixtures
    agree,
    coming_conference,
    kinds_of_two_rates,
    lines,
    papers,
    sold,
    sold_student,
)

pytestmark = pytest.mark.django_db

D = Decimal


# --- Dearer -----------------------------------------------------------------------------------------------------------
def test_until_it_is_paid_the_old_rate_stays_also_when_it_expires(conference, order, seat, kinds):
    before, on_paper = lines(order), papers(order)
    new = change(seat, kinds["Regular"])
    assert (lines(order), papers(order)) == (before, on_paper)
    assert expire_order(order=new, over=new.due_at, now=new.due_at)
    assert (lines(order), papers(order)) == (before, on_paper)
    agree(conference)


@pytest.mark.both_databases
def test_when_it_is_paid_what_was_paid_before_is_credited_and_invoiced_at_the_new_rate(conference, order, seat, kinds):
    new = change(seat, kinds["Regular"])
    pay(new)
    assert lines(order, new) == [(50, 7, D("3.27"), "Regular"), (70, 7, D("4.58"), "")]
    assert papers(order, new) == [
        ("invoice", ("Student", "19.00", "50.00")),
        ("credit_note", ("Student", "19.00", "50.00")),
        ("invoice", ("Student, changed to Regular", "7.00", "50.00")),
        ("invoice", ("Regular", "7.00", "70.00")),
    ]
    first, note, _last = order.invoices.order_by("pk")
    assert (note.corrects, note.content["sums"][1]) == (first, ["Tax of 19 %", "€7.98"])
    assert invoiced_by_rate(conference) == {D(19): (0, 0), D(7): (120, D("7.85"))}
    agree(conference)


def test_history_of_the_order_says_why_it_has_new_papers(order, seat, kinds):
    new = change(seat, kinds["Regular"])
    pay(new)
    told = [(moment.title, moment.detail) for moment in story_of(order)]
    assert ("Taxed as the new ticket", f"{seat.name} · Student → Regular · order {new.reference}") in told


def test_there_and_back_and_there_again(conference, order, seat, kinds):
    """Every line before follows, over several orders."""
    second = change(seat, kinds["Regular"])
    pay(second)
    third = change(seat, kinds["Business"])
    pay(third)
    assert [line[:2] for line in lines(order, second, third)] == [(50, 19), (70, 19), (80, 19)]
    assert [paper[0] for paper in papers(order)] == ["invoice", "credit_note", "invoice", "credit_note", "invoice"]
    assert papers(order, second)[-1] == ("invoice", ("Regular, changed to Business", "19.00", "70.00"))
    agree(conference)
    fourth = change(seat, kinds["Regular"])
    assert [line[:2] for line in lines(order, second, third, fourth)] == [(50, 7), (70, 7), (80, 19), (0, 7)]
    assert [(refund.order, refund.amount) for refund in Refund.objects.all()] == [(third, 80)]
    assert {rate: gross for rate, (gross, _tax) in invoiced_by_rate(conference).items()} == {D(19): 0, D(7): 120}
    agree(conference)


def test_words_are_in_the_language_of_the_conference(conference, order, seat, kinds):
    type(conference).objects.update(language="de")
    seat.conference.refresh_from_db()
    pay(change(seat, kinds["Regular"]))
    assert papers(order)[-1] == ("invoice", ("Student, geändert in Regular", "7.00", "50.00"))


def test_pages_offer_it_like_any_other(client, client_as, conference, seat, kinds):
    client.force_login(seat.user)
    staff = client_as(Role.ORGANISER).get(reverse("attendee-exchange", args=[conference.slug, seat.pk]))
    for page in (client.get(reverse("ticket-exchange", args=[seat.access_code])), staff):
        offered = [(each.ticket_type.name, each.due, each.refusal) for each in page.context["options"]]
        assert offered == [("Regular", 70, None), ("Business", 150, None)]


# --- Same price, cheaper, waived, free --------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_same_price_is_taxed_anew_at_once(conference, order, seat):
    other = factories.ticket_type(conference=conference, name="Remote", price=D(50), tax_rate=7)
    change(seat, other)
    assert papers(order)[1:] == [
        ("credit_note", ("Student", "19.00", "50.00")), ("invoice", ("Student, changed to Remote", "7.00", "50.00")),
    ]  # fmt: skip
    agree(conference)


def test_back_at_its_first_ticket_a_line_is_called_that_alone(conference, order, seat):
    other = factories.ticket_type(conference=conference, name="Remote", price=D(50), tax_rate=7)
    change(seat, other)
    back = change(seat, order.lines.get().ticket_type)
    assert lines(order) == [(50, 19, D("7.98"), "")]
    assert f"{seat.name} · Remote → Student · order {back.reference}" in [moment.detail for moment in story_of(order)]
    assert papers(order)[-1] == ("invoice", ("Student", "19.00", "50.00"))
    agree(conference)


@pytest.mark.parametrize("method", ["cash", "bank_transfer", "stripe", "credit"])
def test_cheaper_gives_back_by_the_way_it_came_and_invoices_what_stays(conference, kinds, method):
    dear = sold(conference, kinds["Business"], method=method)
    change(dear.attendees.get(), kinds["Regular"], by=dear.user, expected=D(-80))
    refund = dear.refunds.get()
    assert (refund.amount, refund.payment, refund.credit) == (80, dear.payments.get(), dear.payments.get().credit)
    assert papers(dear)[1:] == [
        ("credit_note", ("Business", "19.00", "200.00")),
        ("invoice", ("Business, changed to Regular", "7.00", "120.00")),
    ]
    agree(conference)
    # And so does what is given back of it later.
    later = refund_order(
        order=dear, amount=D(120), seats=[], reason="ill", by=None, now=NOW, request_id=uuid.uuid4()
    )  # fmt: skip
    assert [(each.amount, each.payment) for each in later] == [(120, dear.payments.get())]
    assert papers(dear)[3:] == [("credit_note", ("Business, changed to Regular", "7.00", "120.00"))]
    assert set(invoiced_by_rate(conference).values()) == {(0, 0)}
    agree(conference)


def test_line_that_goes_back_whole_keeps_its_rate(conference, order, seat, kinds):
    second = change(seat, kinds["Business"])
    pay(second)
    cheap = factories.ticket_type(conference=conference, name="Online", price=D(40), tax_rate=7)
    change(seat, cheap)
    assert [line[:2] for line in lines(order, second)] == [(50, 7), (150, 19)]
    assert papers(order, second) == [
        ("invoice", ("Student", "19.00", "50.00")), ("credit_note", ("Student", "19.00", "50.00")),
        ("invoice", ("Student, changed to Online", "7.00", "40.00")),
        ("invoice", ("Business", "19.00", "150.00")), ("credit_note", ("Business", "19.00", "150.00")),
    ]  # fmt: skip
    agree(conference)


def test_difference_that_staff_waive_leaves_the_amount_and_changes_the_rate(conference, order, seat, kinds):
    staff = {"is_staff": True, "is_waived": True, "by": factories.user(), "reason": "speaker"}
    up = change(seat, kinds["Regular"], **staff)
    assert (lines(order, up), up.invoices.count()) == ([(50, 7, D("3.27"), "Regular"), (0, 7, 0, "")], 0)
    down = change(seat, kinds["Student"], **staff)
    assert (lines(order)[0][1:3], down.total, Refund.objects.count()) == ((19, D("7.98")), 0, 0)
    agree(conference)


@pytest.mark.both_databases
def test_fee_that_stays_when_the_new_ticket_is_free_stays_as_it_was_until_it_is_a_price_again(
    conference, order, seat, kinds
):
    TicketType.objects.filter(name="Student").update(cancellation_fee=10)
    free = factories.ticket_type(conference=conference, name="Volunteer", price=0, tax_rate=7)
    change(seat, free)
    assert (papers(order)[1:], lines(order)[0][1]) == ([("credit_note", ("Student", "19.00", "40.00"))], 19)
    agree(conference)
    new = change(seat, kinds["Regular"])
    pay(new)
    assert (new.total, papers(order)[2:]) == (
        110,
        [
            ("credit_note", ("Student", "19.00", "10.00")),
            ("invoice", ("Student, changed to Regular", "7.00", "10.00")),
        ],
    )
    agree(conference)
