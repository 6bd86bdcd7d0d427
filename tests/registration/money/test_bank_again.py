"""Lists that overlap with what was recorded before: each line is known again when somebody says so, and doubted until then."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from conferences.models import Role
from registration.money.bank import Match
from registration.money.models import BankLine
from registration.order.models import Order
from registration.order.models_money import Payment
from registration.order.payment import record_payment
from tests.registration.money.conftest import unpaid_order

pytestmark = pytest.mark.django_db

NOW = timezone.now()


class Treasurer:
    """At the page of the list."""

    def __init__(self, client, conference):
        self.client, self.path = client, f"/staff/{conference.slug}/money/bank/"

    def read(self, *rows, headings="Date;Purpose;Amount;Name"):
        content = "\n".join([headings, *(f"{NOW.date()};{row}" for row in rows)])
        self.show(self.client.post(self.path, {"file": SimpleUploadedFile("list.csv", content.encode())}))

    def show(self, page):
        self.text, self.lines = page.content.decode(), page.context["lines"]
        self.rows = [(match, row) for match, group in page.context["groups"] for row in group]

    def send(self, **fields):
        return self.client.post(self.path, {"lines": self.lines, **fields}, follow=True)

    @property
    def matches(self):
        return [match for match, _row in self.rows]

    def field(self, kind, number=0):
        return f"{kind}-{self.rows[number][1].each.line.digest}"


@pytest.fixture
def treasurer(client_as, conference):
    return Treasurer(client_as(Role.DESK), conference)


def by_hand(order, amount, now=NOW):
    record_payment(order=order, amount=Decimal(amount), method="bank_transfer", note="", by=order.user, now=now)
    return order.payments.latest("pk")


def test_line_that_is_a_payment_recorded_by_hand_is_known_again_when_somebody_says_so(treasurer, order):
    payment = by_hand(order, "50.00")
    row = f"{order.reference};50,00;Ada"
    treasurer.read(row)
    assert (treasurer.matches, "It is that payment" in treasurer.text) == ([Match.PERHAPS], True)
    answer = treasurer.send(**{treasurer.field("before"): str(payment.pk)})
    assert "One line is known again as recorded before." in answer.content.decode()
    known = BankLine.objects.get()
    assert (known.payment, known.said_by, Payment.objects.count()) == (payment, treasurer.client.user, 1)
    treasurer.read(row)
    assert treasurer.matches == [Match.RECORDED]
    # The same with another column, which somebody has to know again once more.
    treasurer.read(f"{order.reference};50,00;x", headings="Date;Purpose;Amount;Note")
    assert treasurer.matches == [Match.PERHAPS]
    treasurer.send(**{treasurer.field("before"): treasurer.rows[0][1].twins})
    assert (payment.bank_lines.count(), Payment.objects.count()) == (2, 1)


def test_line_for_two_orders_is_known_again_as_what_was_recorded_for_each(treasurer, conference, order):
    other = unpaid_order(conference, total="50.00", seats=1)
    payments = [by_hand(order, "100.00"), by_hand(other, "50.00")]
    row = f"{order.reference} {other.reference};150,00;Ada"
    treasurer.read(row)
    assert (treasurer.matches, treasurer.rows[0][1].each.twins) == ([Match.PERHAPS], tuple(payments))
    treasurer.send(**{treasurer.field("before"): "-".join(str(each.pk) for each in payments)})
    treasurer.read(row)
    assert (treasurer.matches, [each.bank_lines.count() for each in payments]) == ([Match.RECORDED], [1, 1])


def test_line_whose_order_is_typed_is_not_recorded_twice_unasked(treasurer, order):
    by_hand(order, "100.00")
    treasurer.read("Thank you;100,00;Ada")
    named = {treasurer.field("order"): order.reference}
    page = treasurer.send(**named)
    assert (page.status_code, Payment.objects.count()) == (422, 1)
    assert "Not recorded of Ada: it may be recorded already." in page.content.decode()
    treasurer.show(page)
    assert treasurer.matches == [Match.PERHAPS]
    assert f'type="hidden" name="{treasurer.field("order")}" value="{order.reference}"' in treasurer.text
    treasurer.send(**named, **{treasurer.field("before"): "no"})
    assert Payment.objects.count() == 2


def test_what_somebody_recorded_while_the_page_was_open_is_doubted_too(treasurer, order):
    earlier = by_hand(order, "60.00", now=NOW - dt.timedelta(days=30))
    treasurer.read(f"{order.reference};40,00;Ada")
    assert treasurer.matches == [Match.EXACT]
    by_hand(order, "40.00")
    ticked = treasurer.rows[0][1].each.line.digest
    assert (treasurer.send(record=ticked).status_code, Payment.objects.count()) == (422, 2)
    page = treasurer.send(**{treasurer.field("before"): str(earlier.pk)})
    assert (page.status_code, BankLine.objects.count(), Payment.objects.count()) == (422, 0, 2)
    assert "What was recorded has changed meanwhile; look at Ada once more." in page.content.decode()


def test_order_of_the_payers_name_and_amount_is_offered_and_never_ticked(treasurer, conference, order):
    paid, in_list, single = (unpaid_order(conference) for _number in range(3))
    users = type(order.user).objects
    users.filter(pk__in=[order.user_id, paid.user_id, in_list.user_id]).update(name="Zoë Müller")
    users.filter(pk=single.user_id).update(name="Zoë")
    by_hand(paid, "100.00")
    treasurer.read(
        "Fee;100,00;MUELLER ZOE", "Fee;99,00;Zoë Müller", "Fee;100,00;Mia Muster", f"{in_list.reference};99,00;x"
    )
    offered = [
        {each.reference for each in row.suggested} for _match, row in treasurer.rows if row.each.match == Match.UNKNOWN
    ]
    assert offered == [{order.reference, paid.reference}, set(), set()]
    assert "checked" not in treasurer.text
    assert (treasurer.send().status_code, Payment.objects.count()) == (200, 1)
    digest = next(row.each.line.digest for _match, row in treasurer.rows if row.suggested)
    treasurer.send(**{f"order-{digest}": ["", order.reference]})
    assert Order.objects.get(pk=order.pk).is_paid
