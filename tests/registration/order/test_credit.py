"""Credit: given in place of money, paid with like money, and never more than there is."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from post_office.models import Email

from registration.order.cancellation import cancel_order, cancel_seat
from registration.order.credit import offer_credit, pay_out_credit
from registration.order.due import expire_unpaid, remind
from registration.order.ledger import check_ledger
from registration.order.models_credit import Credit, CreditPayout
from registration.order.models_invoice import Invoice
from registration.order.models_money import Payment, Refund
from registration.order.recount import recount_places
from registration.order.refund import pay_out
from registration.order.story import story_of
from registration.order.unpaid import ends_at
from tests import factories
from tests.registration.order.books import invoicing_conference
from tests.registration.order.credits import NOW, give_back, left, ordered, pay, refused, use, with_credit

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def conference(db):
    return invoicing_conference()


@pytest.fixture
def buyer(conference):
    return factories.user(name="Ada Lovelace")


@pytest.fixture(autouse=True)
def books_agree(request):
    """At the end of each test."""
    yield
    if conference := request.node.funcargs.get("conference"):
        assert [str(mistake.message) for mistake in check_ledger(conference=conference)] == []
        assert recount_places(conference=conference) == []


# --- Given ------------------------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_what_is_given_back_as_credit_does_not_leave_and_is_credited_on_paper(conference, buyer):
    order = with_credit(buyer, conference)
    (refund,) = order.refunds.all()
    assert (order.status, order.attendees.get().state, left()) == ("refunded", "refunded", [Decimal("119.00")])
    assert (refund.is_paid_out, Refund.objects.to_pay_out().count()) == (True, 0)
    assert refused(pay_out, refund=refund, by=buyer, now=NOW) == "paid_out_already"
    assert list(Invoice.objects.order_by("pk").values_list("kind", "total")) == [
        ("invoice", Decimal("119.00")), ("credit_note", Decimal("119.00")),
    ]  # fmt: skip
    event = order.events.get(kind="refunded")
    assert event.details == {"amount": "119.00", "method": "credit"}


def test_buyer_is_told_with_a_link(conference, buyer):
    with_credit(buyer, conference)
    mail = Email.objects.get(subject__startswith="You get €119 back")
    assert mail.to == [buyer.email]
    for said in (f"as credit: pay with it at {conference}", f"/conferences/{conference.slug}/"):
        assert said in mail.message
        assert said in mail.html_message


def test_nobody_without_an_account_gets_credit(conference):
    nobody = type(factories.user()).objects.create_placeholder(name="Walk-in")
    order = ordered(nobody, conference)
    pay(order)
    assert refused(give_back, order, "119.00", order.attendees.all()) == "no_account"
    assert (Refund.objects.count(), order.attendees.get().state) == (0, "valid")


@pytest.mark.both_databases
def test_several_refunds_make_one_credit_at_each_conference(conference, buyer):
    elsewhere = factories.conference()
    for where, amount in [(conference, "50.00"), (conference, "30.10"), (elsewhere, "7.00")]:
        with_credit(buyer, where, amount)
    assert {each.conference: each.left for each in Credit.objects.not_used_up()} == {
        conference: Decimal("80.10"), elsewhere: Decimal("7.00"),
    }  # fmt: skip
    assert offer_credit(ordered(factories.user(), conference), owed=Decimal(1)) is None


# --- Used -------------------------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_credit_pays_an_order_whose_price_tax_and_invoice_are_whole(conference, buyer):
    with_credit(buyer, conference)
    new = ordered(buyer, conference, total="119.00")
    assert offer_credit(new, owed=new.total).amount == Decimal("119.00")
    payment = use(new)
    assert (new.status, payment.method, payment.amount, left()) == ("paid", "credit", Decimal("119.00"), [0])
    invoice = new.invoices.get()
    assert (invoice.total, invoice.content["taxes"]) == (
        Decimal("119.00"), [{"rate": "19.00", "gross": "119.00", "tax": "19.00"}],
    )  # fmt: skip
    assert Email.objects.filter(subject__startswith="Your ticket for", to=[new.attendees.get().email or buyer.email])


def test_what_a_smaller_order_leaves_is_there_for_the_next(conference, buyer):
    with_credit(buyer, conference, "100.00")
    small, large = ordered(buyer, conference, "30.33"), ordered(buyer, conference, "99.99")
    use(small)
    assert (small.status, left()) == ("paid", [Decimal("69.67")])
    use(large)
    assert (large.status, left()) == ("pending", [0])
    pay(large, "30.32", method="stripe")
    assert large.status == "paid"


def test_same_form_again_pays_once(conference, buyer):
    with_credit(buyer, conference, "100.00")
    order, form = ordered(buyer, conference, "10.00"), uuid.uuid4()
    assert use(order, request_id=form) == use(order, request_id=form)
    assert (left(), order.payments.count()) == ([Decimal("90.00")], 1)


@pytest.mark.both_databases
def test_nothing_is_paid_where_nothing_is_owed_or_there(conference, buyer):
    order = ordered(buyer, conference)
    assert refused(use, order) == "no_credit"
    with_credit(buyer, conference, "10.00")
    type(order).objects.filter(pk=order.pk).update(approval="asked")
    assert refused(use, order) == "not_payable"
    type(order).objects.filter(pk=order.pk).update(approval="")
    use(order)
    assert refused(use, order) == "no_credit"
    assert order.payments.get().amount == Decimal("10.00")


@pytest.mark.both_databases
def test_database_keeps_payments_by_credit_and_others_apart(conference, buyer):
    order = ordered(buyer, conference)
    for fields in (
        {"method": "credit"},
        {"method": "cash", "credit": Credit.objects.create(conference=conference, user=buyer)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.create(order=order, amount=1, currency="EUR", **fields)


# --- Back again -------------------------------------------------------------------------------------------------------
def test_what_was_paid_by_credit_goes_back_as_credit(conference, buyer):
    with_credit(buyer, conference, "100.00")
    order = ordered(buyer, conference, "150.00")
    use(order)
    pay(order, "50.00", method="stripe")
    give_back(order, "150.00", order.attendees.all(), as_credit=False)
    assert sorted((refund.payment.method, refund.amount, refund.is_paid_out) for refund in order.refunds.all()) == [
        ("credit", Decimal("100.00"), True), ("stripe", Decimal("50.00"), False),
    ]  # fmt: skip
    assert left() == [Decimal("100.00")]


@pytest.mark.both_databases
def test_order_that_is_cancelled_unpaid_gives_its_credit_back_at_once(conference, buyer):
    with_credit(buyer, conference, "100.00")
    order = ordered(buyer, conference, "150.00")
    use(order)
    pay(order, "20.00")
    cancel_order(order=order, reason="Ill", by=buyer, now=NOW)
    assert (left(), [refund.amount for refund in order.refunds.all()]) == ([Decimal("100.00")], [Decimal("100.00")])
    # What came as money is for people to give back.
    assert Email.objects.filter(subject__startswith="You get €100 back").count() == 2


def test_seat_that_is_cancelled_unpaid_gives_back_what_is_not_needed_any_more(conference, buyer):
    with_credit(buyer, conference, "100.00")
    order = ordered(buyer, conference, "120.00", seats=2)
    use(order)
    cancel_seat(attendee=order.attendees.first(), reason="Ill", by=None, now=NOW)
    order.refresh_from_db()
    assert (order.status, order.total, left()) == ("paid", Decimal("60.00"), [Decimal("40.00")])


def test_card_that_pays_the_whole_after_credit_did_gives_the_credit_back(conference, buyer):
    with_credit(buyer, conference, "30.00")
    order = ordered(buyer, conference, "100.00")
    use(order)
    pay(order, "100.00", method="stripe")
    assert (order.status, left()) == ("paid", [Decimal("30.00")])


@pytest.mark.both_databases
@pytest.mark.parametrize("language", ["en", "de"])
def test_reason_is_in_the_language_of_the_conference(conference, buyer, language):
    type(conference).objects.update(language=language)
    conference.refresh_from_db()
    with_credit(buyer, conference, "30.00")
    order = ordered(buyer, conference, "100.00")
    use(order)
    pay(order, "100.00")
    said = {"en": "It was paid otherwise.", "de": "Es wurde anders bezahlt."}[language]
    assert order.refunds.get().reason == said
    assert Email.objects.filter(message__contains=said).count() == 1


@pytest.mark.both_databases
def test_credit_alone_keeps_no_places(conference, buyer):
    with_credit(buyer, conference, "1.00")
    order = ordered(buyer, conference, "100.00", due_at=NOW + 7 * DAY)
    type(order).objects.filter(pk=order.pk).update(created_at=NOW)
    use(order)
    assert remind(now=NOW + 5 * DAY) == 1
    mail = Email.objects.get(subject__startswith="Payment due soon")
    assert ("Paid already: €1\n" in mail.message, "Still to be paid: €99\n" in mail.message) == (True, True)
    over = ends_at(order)
    assert [expire_unpaid(now=over), expire_unpaid(now=over)] == [1, 0]
    order.refresh_from_db()
    assert (order.status, left()) == ("expired", [Decimal("1.00")])


# --- Paid out ---------------------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_what_is_left_is_paid_out_as_money_once(conference, buyer):
    with_credit(buyer, conference, "100.00")
    use(ordered(buyer, conference, "30.00"))
    credit, staff = Credit.objects.get(), factories.user()
    for shown in ("100.00", "69.99"):
        assert refused(pay_out_credit, credit=credit, amount=Decimal(shown), by=staff, now=NOW) == "amount_changed"
    paid_out = {"credit": credit, "amount": Decimal("70.00"), "by": staff, "now": NOW}
    pay_out_credit(**paid_out, remark="By transfer")
    assert refused(pay_out_credit, **paid_out) == "no_credit"
    assert list(CreditPayout.objects.values_list("amount", "by", "note")) == [
        (Decimal("70.00"), staff.pk, "By transfer")
    ]
    told = story_of(Refund.objects.get().order)[0]
    assert (told.title, told.detail, told.why) == ("Credit paid out as money", "€70", "By transfer")
    assert (left(), refused(use, ordered(buyer, conference, "1.00"))) == ([0], "no_credit")


# --- Proven -----------------------------------------------------------------------------------------------------------
def test_ledger_sees_credit_that_was_overdrawn_or_left(conference, buyer):
    with_credit(buyer, conference, "10.00")
    order, credit = ordered(buyer, conference, "10.00"), Credit.objects.get()
    use(order)
    with transaction.atomic():
        CreditPayout.objects.create(credit=credit, amount=Decimal("0.01"), by=buyer)
        factories_refund = Refund.objects.create(
            order=order, payment=order.payments.get(), amount=Decimal("1.00"), currency="EUR", reason="x", decided_at=NOW,
            request_id=uuid.uuid4(),
        )  # fmt: skip
        assert {mistake.message for mistake in check_ledger(conference=conference)} >= {
            f"more was taken from credit {credit.pk} than was given: it is at -0.01",
            f"{factories_refund} was paid by credit, and left",
        }
        transaction.set_rollback(True)
