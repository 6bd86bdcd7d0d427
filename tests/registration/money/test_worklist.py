"""The organisers' list of money that waits for them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone
from post_office.models import Email

from conferences.models import Role
from registration.money.issues import raise_issue
from registration.money.models import Issue, IssueKind
from registration.money.worklist import worklist
from registration.order.cancellation import cancel_seat
from registration.order.models_credit import Credit
from registration.order.models_money import Payout, RefundLine
from tests import factories, factories_money
from tests.registration.money.conftest import unpaid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def organiser(client_as):
    return client_as(Role.ORGANISER)


def path(conference, more=""):
    return f"/staff/{conference.slug}/money/{more}"


@pytest.mark.parametrize("rows", [1, 3])
def test_page_needs_as_many_queries_for_any_number(organiser, conference, django_assert_num_queries, rows):
    for _ in range(rows):
        order = unpaid_order(conference)
        factories_money.issue(order=order)
        factories_money.refund(payment=factories_money.payment(order=order))
        Credit.objects.create(conference=conference, user=order.user)
        factories_money.refund(payment=factories_money.payment(order=order), credit=Credit.objects.latest("pk"))
    # Session with its user, role, issues with payments, refunds, and lines of those; refunds, their payouts, credits.
    with django_assert_num_queries(9):
        organiser.get(path(conference))


def test_what_was_done_is_not_asked_for_again(organiser, conference):
    closed, twice = unpaid_order(conference, status="cancelled"), unpaid_order(conference, status="paid")
    by_card = factories_money.payment(order=closed, method="stripe", external_id="pi_1")
    factories_money.payment(order=twice)
    again = factories_money.payment(order=twice)
    for order, kind in ((closed, IssueKind.CLOSED), (closed, IssueKind.REFUND_FAILED), (twice, IssueKind.TWICE)):
        factories_money.issue(order=order, kind=kind)

    def still_to_do():
        page = organiser.get(path(conference)).content.decode()
        asked = ("Give the money back on", "Send it in another way", "Give back what is too much")
        return [words in page for words in asked]

    refund = factories_money.refund(payment=by_card, amount="99.00")
    assert still_to_do() == [True, True, True]
    factories_money.refund(payment=by_card, amount="1.00")
    assert still_to_do() == [False, True, True]
    for each in closed.refunds.all():
        Payout.objects.create(refund=each, amount=each.amount, succeeded=True, at=timezone.now())
    assert still_to_do() == [False, False, True]
    # What goes back of a ticket is nothing of what is too much.
    ticket = factories_money.refund(payment=again, amount="50.00")
    RefundLine.objects.create(refund=ticket, line=twice.lines.first(), amount=Decimal("50.00"))
    assert still_to_do() == [False, False, True]
    factories_money.refund(payment=twice.payments.first(), amount="100.00")
    assert still_to_do() == [False, False, False]
    Payout.objects.filter(refund=refund).update(returned_at=timezone.now())
    assert still_to_do() == [False, True, False]
    assert Issue.objects.open().count() == 3


@pytest.mark.both_databases
def test_issue_is_settled_once_with_a_note(organiser, conference):
    order = unpaid_order(conference)
    factories_money.payment(order=order, amount=order.total + 20)
    issue = factories_money.issue(order=order, amount=Decimal("20.00"), currency="EUR")
    assert "Paid twice, or too much" in organiser.get(path(conference)).content.decode()
    said = [
        organiser.post(path(conference, f"issues/{issue.pk}/"), {"note": note}, follow=True).content.decode()
        for note in (" ", "Sent back", "Again")
    ]
    answers = "say what was done about it.", "Settled.", "Somebody has settled this already."
    assert [answer in page for answer, page in zip(answers, said, strict=True)] == [True] * 3
    issue.refresh_from_db()
    assert (issue.note, issue.resolved_by) == ("Sent back", organiser.user)
    assert (
        "Nothing. What comes in beyond what an order owes stands here within ten minutes."
        in organiser.get(path(conference)).content.decode()
    )


def test_refunds_are_told_apart_by_who_sends_them(conference):
    order, now = unpaid_order(conference), timezone.now()
    by_card = [factories_money.payment(order=order, method="stripe", external_id=f"pi_{number}") for number in range(2)]
    sent, failed = (factories_money.refund(payment=payment) for payment in by_card)
    by_hand = factories_money.refund(payment=factories_money.payment(order=order))
    done = factories_money.refund(payment=by_hand.payment)
    Payout.objects.create(refund=failed, amount=failed.amount, succeeded=False, at=now, note="disputed")
    Payout.objects.create(refund=done, amount=done.amount, succeeded=True, at=now)
    work = worklist(conference)
    assert (work.to_pay_out, work.on_their_way) == ([failed, by_hand], [sent])


def test_refund_is_noted_as_paid_out_from_the_list(organiser, conference):
    refund = factories_money.refund(payment=factories_money.payment(order=unpaid_order(conference)))
    sent = {"note": "transfer of today", "from": "money"}
    answer = organiser.post(f"/staff/{conference.slug}/refunds/{refund.pk}/paid-out/", sent)
    assert (answer["Location"], Payout.objects.get().note) == (path(conference), "transfer of today")


def test_what_belongs_to_another_conference_is_not_listed(organiser, conference):
    theirs = unpaid_order(factories.conference())
    issue = factories_money.issue(order=theirs)
    factories_money.refund(payment=factories_money.payment(order=theirs))
    work = worklist(conference)
    assert (work.issues, work.to_pay_out, work.on_their_way) == ([], [], [])
    assert organiser.post(path(conference, f"issues/{issue.pk}/")).status_code == 404
    assert Issue.objects.open().count() == 1


@pytest.mark.counters_falsified
def test_settings_are_saved_and_leave_the_rest_alone(organiser, conference):
    type(conference).objects.filter(pk=conference.pk).update(places_taken=7)
    answer = organiser.post(
        f"/staff/{conference.slug}/settings/payment/",
        {
            "days_to_pay": "10",
            "remind_before_days": "2",
            "remind_after_days": "0",
            "expire_after_days": "",
            "invoice_sender": "Tide Events",
        },
    )
    conference.refresh_from_db()
    assert (answer.status_code, conference.places_taken) == (302, 7)
    assert (conference.days_to_pay, conference.expire_after_days, conference.invoice_sender, conference.takes_cards) == (
        10, None, "Tide Events", False,
    )  # fmt: skip


def test_order_is_refunded_from_its_page(organiser, conference):
    order = unpaid_order(conference)
    factories_money.payment(order=order)
    type(order).objects.update(status="paid")
    page = f"/staff/{conference.slug}/orders/{order.reference}/refund/"
    form = organiser.get(page).context["form"]
    seat = order.attendees.first()
    sent = {"seats": [seat.pk], "reason": "Ill", "request_id": str(form["request_id"].value()), "amount": ""}
    for _ in range(2):
        assert organiser.post(page, sent)["Location"] == f"/staff/{conference.slug}/orders/{order.reference}/"
    assert [str(refund.amount) for refund in order.refunds.all()] == ["50.00"]
    seat.refresh_from_db()
    assert (seat.state, seat.cancelled_by) == ("refunded", organiser.user)
    refused = organiser.post(
        page, sent | {"request_id": "00000000-0000-0000-0000-000000000001", "amount": "60", "seats": []}
    )
    assert (refused.status_code, "No more than 50.00 can be given back" in refused.content.decode()) == (422, True)


def test_amount_left_empty_is_never_that_of_a_valid_ticket(organiser, conference):
    order = unpaid_order(conference)
    factories_money.payment(order=order)
    type(order).objects.update(status="paid")
    page = f"/staff/{conference.slug}/orders/{order.reference}/refund/"

    def give_back(**sent):
        form = organiser.get(page).context["form"]
        return organiser.post(
            page, {"reason": "Ill", "request_id": str(form["request_id"].value()), "amount": ""} | sent
        )

    answer = give_back()
    assert (answer.status_code, "Choose tickets, or enter the amount" in answer.content.decode()) == (422, True)
    first, second = order.attendees.order_by("pk")
    cancel_seat(attendee=first, reason="Ill", by=organiser.user, now=timezone.now())
    assert "has ended" in organiser.get(page).content.decode()
    assert give_back(seats=[first.pk], amount="20").status_code == give_back().status_code == 302
    lines = order.refunds.values_list("lines__line__attendee", "lines__amount").order_by("pk")
    assert list(lines) == [(first.pk, 20), (first.pk, 30)]
    second.refresh_from_db()
    assert second.is_live


def test_issue_tells_since_when(organiser, conference):
    factories_money.issue(order=unpaid_order(conference), raised_at=dt.datetime(2027, 3, 5, 23, 30, tzinfo=dt.UTC))
    assert "6 Mar 2027, 00:30" in organiser.get(path(conference)).content.decode()


@pytest.mark.parametrize("address", ["team@example.org", ""])
def test_organisers_are_told_by_mail_once(organiser, conference, address):
    type(conference).objects.update(contact_email=address)
    order = unpaid_order(conference)
    order.conference.refresh_from_db()
    for _ in range(2):
        raise_issue(
            IssueKind.LATE, about="pi_1", now=timezone.now(), order=order, amount=Decimal("100.00"), currency="EUR"
        )
    mail = Email.objects.get(subject__startswith="A payment to look at")
    assert mail.to == [address or organiser.user.email]
    for said in (
        "its places are gone",
        "€100",
        order.reference,
        "pi_1",
        f"/staff/{conference.slug}/money/",
        "make room",
    ):
        assert said in mail.message, said


def test_prefix_of_another_conference_of_the_same_sender_is_refused(organiser, conference):
    factories.conference(invoice_sender="Tide Events", invoice_prefix="T-")
    answers = [
        organiser.post(
            f"/staff/{conference.slug}/settings/payment/",
            {"days_to_pay": "10", "remind_before_days": "2", "remind_after_days": "0"} | numbers,
        ).status_code
        for numbers in (
            {"invoice_sender": "Tide Events", "invoice_prefix": "T-"},
            {"invoice_sender": "Others", "invoice_prefix": "T-"},
            {"invoice_sender": "Tide Events"},
        )
    ]
    assert answers == [422, 302, 302]
