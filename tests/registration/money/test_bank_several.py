"""One transfer for several orders, and one that is perhaps recorded already: nothing counted twice, nothing lost."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conferences.models import Role
from registration.money import bank_recording
from registration.money.bank import Match, match_lines
from registration.money.bank_file import read_bank_file
from registration.money.bank_recording import record_lines
from registration.money.models import BankLine, Issue
from registration.order.cancellation import cancel_order
from registration.order.due import expire_order
from registration.order.ledger import check_ledger
from registration.order.models import Order
from registration.order.models_money import Payment
from registration.order.payment import record_payment
from registration.order.recount import recount_places
from tests import factories
from tests.registration.money.conftest import unpaid_order
from tests.registration.order.exchanges import change, three_kinds, two_students

pytestmark = pytest.mark.django_db

NOW = timezone.now()
TODAY = NOW.date()


@pytest.fixture
def other(conference, order):
    """Of the same buyer."""
    made = unpaid_order(conference, total="50.00", seats=1)
    Order.objects.filter(pk=made.pk).update(user=order.user)
    return made


def listing(*rows, headings="Date;Purpose;Amount;Name;Currency"):
    return "\n".join([headings, *(f"{TODAY};{';'.join(row)}" for row in rows)]).encode()


def lines_of(*rows, **fields):
    return read_bank_file(listing(*rows, **fields)).lines


def matched(lines, conference):
    return match_lines(lines, conference=conference)


def record(lines, conference, **fields):
    chosen = {line.digest for line in lines}
    return record_lines(lines, conference=conference, chosen=chosen, by=factories.user(), now=NOW, **fields)


def paid(*orders):
    return [sorted(order.payments.values_list("amount", flat=True)) for order in orders]


def status(order):
    return Order.objects.get(pk=order.pk).status


def both(order, other, amount):
    return lines_of((f"{order.reference} und {other.reference}", amount, "Ada"))


def test_transfer_of_just_what_two_orders_owe_is_recorded_for_both(conference, order, other):
    lines = both(order, other, "150,00")
    (each,) = matched(lines, conference)
    assert (each.match, each.is_sure) == (Match.SEVERAL, True)
    assert [(part.order, part.amount) for part in each.parts] == [(order, 100), (other, 50)]
    assert [record(lines, conference) for _ in range(3)] == [1, 0, 0]
    assert (paid(order, other), status(order), status(other)) == ([[100], [50]], "paid", "paid")
    assert [each.match for each in matched(lines, conference)] == [Match.RECORDED]
    assert (BankLine.objects.count(), Issue.objects.count()) == (2, 0)
    assert (check_ledger(conference=conference), recount_places(conference=conference)) == ([], [])


def test_only_what_waits_for_money_counts_to_what_is_owed(conference, order, other):
    cancel_order(order=other, reason="Again", by=None, now=NOW)
    lines = both(order, other, "100,00")
    assert (matched(lines, conference)[0].is_sure, record(lines, conference)) == (True, 1)
    assert paid(order, other) == [[100], []]


def test_another_amount_is_split_by_people_to_the_cent(conference, order, other):
    lines = both(order, other, "120,05")
    (each,) = matched(lines, conference)
    assert (each.is_sure, record(lines, conference)) == (False, 0)
    for amounts in (["100", "20"], ["100", "20.06"], ["120.04", "0"]):
        wrong = dict(zip((order.reference, other.reference), map(Decimal, amounts), strict=True))
        assert record(lines, conference, split={lines[0].digest: wrong}) == 0
    amounts = {order.reference: Decimal("100.00"), other.reference: Decimal("20.05")}
    assert record(lines, conference, split={lines[0].digest: amounts}) == 1
    assert paid(order, other) == [[Decimal("100.00")], [Decimal("20.05")]]
    assert (status(order), status(other)) == ("paid", "pending")


def test_all_of_it_may_be_for_one(conference, order, other):
    lines = both(order, other, "99,00")
    assert record(lines, conference, split={lines[0].digest: {order.reference: Decimal("99.00")}}) == 1
    assert paid(order, other) == [[99], []]


def test_part_for_an_expired_order_brings_it_back(conference, order, other):
    expire(other)
    lines = both(order, other, "150,00")
    assert matched(lines, conference)[0].is_sure is False
    split = {lines[0].digest: {order.reference: Decimal(100), other.reference: Decimal(50)}}
    assert (record(lines, conference, split=split), status(order), status(other)) == (1, "paid", "paid")
    assert recount_places(conference=conference) == []


@pytest.mark.both_databases
def test_two_expired_orders_come_back_together_as_far_as_there_are_places(conference, order, other):
    """All places are locked before the first is taken, in the order of everybody."""
    expire(order), expire(other)
    type(conference).objects.filter(pk=conference.pk).update(total_capacity=2)
    lines = both(order, other, "150,00")
    split = {lines[0].digest: {order.reference: Decimal(100), other.reference: Decimal(50)}}
    with CaptureQueriesContext(connection) as queries:
        assert record(lines, conference, split=split) == 1
    assert (paid(order, other), status(order), status(other)) == ([[100], [50]], "paid", "expired")
    assert list(Issue.objects.values_list("order", "kind", "external_id")) == [(other.pk, "late", "")]
    assert (check_ledger(conference=conference), recount_places(conference=conference)) == ([], [])
    sql = [query["sql"] for query in queries]
    first = next(number for number, text in enumerate(sql) if text.startswith('INSERT INTO "registration_payment"'))
    locks = [text for text in sql[:first] if text.endswith("NO KEY UPDATE")]
    locked = [text.partition(" WHERE")[0].split('"')[-2] for text in locks]
    places = ["conferences_conference", "registration_tickettype", "registration_addon", "registration_voucher"]
    assert locked[-4:] == (places if connection.vendor == "postgresql" else [])


def test_two_changes_of_tickets_are_paid_by_one_transfer(conference):
    kinds = three_kinds(conference)
    changes = [change(seat, kinds["Business"]) for seat in two_students(conference, kinds).attendees.all()]
    lines = both(*changes, f"{sum(order.total for order in changes)}")
    assert (matched(lines, conference)[0].is_sure, record(lines, conference)) == (True, 1)
    assert [status(order) for order in changes] == ["paid", "paid"]
    assert (check_ledger(conference=conference), recount_places(conference=conference)) == ([], [])


def expire(order):
    at = NOW - dt.timedelta(days=1)
    Order.objects.filter(pk=order.pk).update(due_at=at)
    assert expire_order(order=order, over=NOW, now=NOW)


@pytest.mark.both_databases
def test_failure_at_the_second_order_records_nothing_for_the_first(conference, order, other, monkeypatch):
    receive = bank_recording.receive_payment

    def fail_at_second(**fields):
        if Payment.objects.exists():
            raise RuntimeError("away")
        return receive(**fields)

    monkeypatch.setattr(bank_recording, "receive_payment", fail_at_second)
    with pytest.raises(RuntimeError):
        record(both(order, other, "150,00"), conference)
    assert (Payment.objects.count(), BankLine.objects.count(), status(order)) == (0, 0, "pending")


def test_line_that_somebody_recorded_for_one_order_meanwhile_is_not_split(conference, order, other, monkeypatch):
    lines = both(order, other, "150,00")
    match = bank_recording.match_lines

    def match_and_be_overtaken(*args, **kwargs):
        found = match(*args, **kwargs)
        monkeypatch.undo()
        assert record(lines, conference, named={lines[0].digest: order.reference}) == 1
        return found

    monkeypatch.setattr(bank_recording, "match_lines", match_and_be_overtaken)
    assert (record(lines, conference), paid(order, other)) == (0, [[150], []])


def test_seats_and_orders_of_all_are_locked_before_the_first_is_paid(conference, order, other):
    """Read from the statements, where the database has locks of rows."""
    with CaptureQueriesContext(connection) as queries:
        record(both(order, other, "150,00"), conference)
    sql = [query["sql"] for query in queries]
    first = next(number for number, text in enumerate(sql) if text.startswith('INSERT INTO "registration_payment"'))
    locks = [text for text in sql[:first] if "UPDATE" in text.split("FROM")[-1] and text.startswith("SELECT")]
    if connection.vendor == "postgresql":
        assert ("registration_attendee" in locks[0], f"IN ({order.pk}, {other.pk})" in locks[1]) == (True, True), locks


def test_treasurer_splits_a_line_in_the_browser_and_is_told_what_is_wrong(client_as, conference, order, other):
    desk, path = client_as(Role.DESK), f"/staff/{conference.slug}/money/bank/"
    file = SimpleUploadedFile("list.csv", listing((f"{order.reference} {other.reference}", "120,05", "Ada")))
    page = desk.post(path, {"file": file})
    ((match, (row,)),) = page.context["groups"]
    assert (match, "For several orders" in page.content.decode()) == (Match.SEVERAL, True)
    names = [f"part-{row.each.line.digest}-{each.reference}" for each in (order, other)]
    sent = {"lines": page.context["lines"], names[0]: "100", names[1]: "20,00"}
    again = desk.post(path, sent)
    text = again.content.decode()
    assert (again.status_code, Payment.objects.count()) == (422, 0)
    assert "Not recorded of Ada: €120.05 came, and what you have entered makes €120." in text
    assert 'value="20,00"' in text
    done = desk.post(path, sent | {"lines": again.context["lines"], names[1]: "20,05"}, follow=True)
    assert ("One payment is recorded." in done.content.decode(), paid(order, other)) == (
        True,
        [[100], [Decimal("20.05")]],
    )


def by_hand(order, amount, now=NOW):
    record_payment(order=order, amount=Decimal(amount), method="bank_transfer", note="", by=factories.user(), now=now)


def kinds(lines, conference):
    return [each.match for each in matched(lines, conference)]


def test_half_that_was_recorded_by_hand_is_not_ticked_when_the_list_brings_it(conference, order):
    by_hand(order, "50.00")
    lines = lines_of((order.reference, "50,00", "Ada"), (order.reference, "50,00", "Ada Lovelace"))
    found = matched(lines, conference)
    assert [each.match for each in found] == [Match.PERHAPS, Match.EXACT]
    assert (found[0].twins, found[0].is_sure, found[0].can_be_recorded) == ((order.payments.get(),), False, True)


def test_same_transfer_from_a_list_with_other_columns_is_not_ticked(conference, order):
    record(lines_of((order.reference, "50,00", "Ada")), conference)
    assert kinds(lines_of((order.reference, "50,00", "x"), headings="Date;Purpose;Amount;Note"), conference) == [
        Match.PERHAPS
    ]


@pytest.mark.parametrize(("days", "match"), [(3, Match.PERHAPS), (20, Match.EXACT)])
def test_what_was_recorded_by_hand_long_before_is_another_one(conference, order, days, match):
    by_hand(order, "50.00", now=NOW - dt.timedelta(days=days))
    assert kinds(lines_of((order.reference, "50,00", "Ada")), conference) == [match]


def test_cash_is_no_transfer(conference, order):
    record_payment(order=order, amount=Decimal(50), method="cash", note="", by=factories.user(), now=NOW)
    assert kinds(lines_of((order.reference, "50,00", "Ada")), conference) == [Match.EXACT]


def test_other_currency_is_said_and_never_recorded(conference, order):
    lines = lines_of((order.reference, "100,00", "Ada", "CHF"))
    assert (kinds(lines, conference), record(lines, conference)) == ([Match.CURRENCY], 0)


@pytest.mark.parametrize(
    "end", [lambda order: cancel_order(order=order, reason="Ill", by=None, now=NOW), lambda order: expire(order)]
)
def test_nothing_is_said_to_be_owed_for_an_order_that_is_closed(conference, order, end):
    end(order)
    (each,) = matched(lines_of((order.reference, "100,00", "Ada")), conference)
    assert (each.match, each.owed) == (Match.CLOSED, 0)
