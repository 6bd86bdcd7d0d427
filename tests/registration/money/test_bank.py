"""A bank's list: read whatever the bank, matched with orders, each line recorded once."""

from decimal import Decimal
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from conferences.models import Role
from registration.attendee.access_code import ALPHABET
from registration.money import bank_recording
from registration.money.bank import Match, match_lines
from registration.money.bank_file import read_bank_file
from registration.money.bank_recording import record_lines
from registration.money.models import BankLine, Issue
from registration.order.ledger import check_ledger
from registration.order.models import Order
from registration.order.models_money import Payment
from registration.order.recount import recount_places
from tests import factories, factories_money
from tests.registration.money import test_bank_file
from tests.registration.money.conftest import unpaid_order

pytestmark = pytest.mark.django_db


def test_line_without_a_reference_is_recorded_for_the_order_that_is_named(client_as, conference):
    """And the same list again knows it."""
    order = unpaid_order(conference)
    client, path = client_as(Role.DESK), f"/staff/{conference.slug}/money/bank/"
    file = listing(("Conference fee", "100.00"), ("Thank you", "100.00"))
    (first, second) = (line.digest for line in read_bank_file(file).lines)

    def read():
        return client.post(path, {"file": SimpleUploadedFile("list.csv", file)}).context

    sent = {"lines": read()["lines"], f"order-{first}": f" {order.reference.lower()} ", f"order-{second}": "NOSUCHXX"}
    page = client.post(path, sent, follow=True)
    order.refresh_from_db()
    assert (order.status, Payment.objects.get().order, BankLine.objects.count()) == ("paid", order, 1)
    assert "called so here: NOSUCHXX." in page.content.decode()
    assert [(match, len(group)) for match, group in read()["groups"]] == [(Match.UNKNOWN, 1), (Match.RECORDED, 1)]
    client.post(path, sent)
    assert Payment.objects.count() == 1


def listing(*rows):
    return "\n".join(
        ["Date;Purpose;Amount;Name", *(f"2027-03-05;{purpose};{amount};Ada" for purpose, amount in rows)]
    ).encode()


def matches(content, conference):
    return [
        (each.match, each.order and each.order.pk)
        for each in match_lines(read_bank_file(content).lines, conference=conference)
    ]


def test_reference_is_found_however_the_bank_passed_it_on(conference, order):
    reference = order.reference
    spellings = [
        reference, reference.lower(), f"{reference[:4]} {reference[4:]}", f"Ref.{reference[:3]}-{reference[3:]}/Lovelace",
        reference.replace("0", "O").replace("1", "I"),
    ]  # fmt: skip
    for spelling in spellings:
        assert matches(listing((f"Ticket {spelling}", "100,00")), conference) == [(Match.EXACT, order.pk)], spelling


def test_lines_are_told_apart(conference, order):
    other, paid = unpaid_order(conference), unpaid_order(conference, status="paid")
    elsewhere = unpaid_order(factories.conference())
    content = listing(
        (order.reference, "100,00"), (order.reference, "100,00"), (other.reference, "99,00"), (paid.reference, "100,00"),
        (elsewhere.reference, "100,00"), (f"{other.reference} {paid.reference}", "200,00"), ("hello", "5,00"),
    )  # fmt: skip
    assert matches(content, conference) == [
        (Match.EXACT, order.pk), (Match.CLOSED, order.pk), (Match.AMOUNT, other.pk), (Match.CLOSED, paid.pk),
        (Match.UNKNOWN, None), (Match.SEVERAL, None), (Match.UNKNOWN, None),
    ]  # fmt: skip


@pytest.mark.both_databases
def test_list_names_more_than_a_database_takes_values_at_once(conference, order):
    """What may be a reference begins at each letter of a purpose."""
    letters = Random(1).choices(ALPHABET, k=75_000)
    purposes = ["".join(letters[start : start + 500]) for start in range(0, len(letters), 500)]
    found = matches(listing(*((purpose, "100,00") for purpose in [*purposes, order.reference])), conference)
    assert found == [(Match.UNKNOWN, None)] * len(purposes) + [(Match.EXACT, order.pk)]


def test_what_was_given_back_of_an_order_is_owed_again(conference, order):
    record(listing((order.reference, "60,00")), conference)
    factories_money.refund(payment=order.payments.get(), amount="60.00")
    assert matches(listing((order.reference, "100,00")), conference) == [(Match.EXACT, order.pk)]


def record(content, conference, chosen=None):
    lines = read_bank_file(content).lines
    digests = {line.digest for line in lines} if chosen is None else {lines[index].digest for index in chosen}
    return record_lines(lines, conference=conference, chosen=digests, by=factories.user(), now=timezone.now())


def test_same_list_again_records_nothing(conference, order):
    content = listing((order.reference, "60,00"), (order.reference, "40,00"))
    assert [record(content, conference) for _ in range(3)] == [2, 0, 0]
    longer = content + b"\n2027-03-06;hello;5,00;Ada"
    assert record(longer, conference) == 0
    order.refresh_from_db()
    assert (order.status, order.payments.count(), BankLine.objects.count()) == ("paid", 2, 2)
    assert {match for match, _order in matches(content, conference)} == {Match.RECORDED}
    assert (check_ledger(conference=conference), recount_places(conference=conference)) == ([], [])


def test_two_transfers_that_look_the_same_are_two(conference, order):
    content = listing((order.reference, "50,00"), (order.reference, "50,00"))
    assert (record(content, conference), record(content, conference)) == (2, 0)
    assert order.payments.count() == 2


def test_only_what_is_chosen_is_recorded(conference, order):
    other = unpaid_order(conference)
    content = listing((order.reference, "100,00"), (other.reference, "100,00"))
    assert record(content, conference, chosen=[1]) == 1
    assert Payment.objects.get().order == other


def test_late_and_doubled_transfers_are_recorded_and_put_before_the_organisers(conference, order):
    Order.objects.filter(pk=order.pk).update(status="cancelled")
    order.attendees.update(state="cancelled")
    recount_places(conference=conference, fix=True)
    record(listing((order.reference, "100,00")), conference)
    assert list(Issue.objects.values_list("kind", "amount")) == [("closed", Decimal("100.00"))]


def test_desk_reads_a_list_in_the_browser(client_as, conference, order):
    desk, path = client_as(Role.DESK), f"/staff/{conference.slug}/money/bank/"
    content = (
        test_bank_file.SPARKASSE.format(purpose=f"Ticket {order.reference}")
        .replace("1.100,50", "100,00")
        .encode("cp1252")
    )
    page = desk.post(path, {"file": SimpleUploadedFile("umsatz.csv", content)})
    assert (page.status_code, Payment.objects.count()) == (200, 0)
    text = page.content.decode()
    assert ("Just what is owed" in text, "Müller, Jörg" in text, order.reference[:4] in text) == (True, True, True)
    ((_match, (row,)),) = page.context["groups"]
    sent = {"lines": page.context["lines"], "record": [row.each.line.digest]}
    assert "One payment is recorded." in desk.post(path, sent, follow=True).content.decode()
    assert "Nothing new was recorded." in desk.post(path, sent, follow=True).content.decode()
    payment = Payment.objects.get()
    assert (payment.recorded_by, payment.note) == (desk.user, f"2027-03-05 · Müller, Jörg · Ticket {order.reference}")


@pytest.mark.both_databases
@pytest.mark.parametrize("lines", ["", "forged", "another"])
def test_lines_that_we_have_not_signed_record_nothing(client_as, conference, order, lines):
    desk, path = client_as(Role.DESK), f"/staff/{conference.slug}/money/bank/"
    if lines == "another":
        there = factories.conference()
        factories.staff(conference=there, role=Role.DESK, user=desk.user)
        file = SimpleUploadedFile("umsatz.csv", listing((order.reference, "100,00")))
        lines = desk.post(f"/staff/{there.slug}/money/bank/", {"file": file}).context["lines"]
    answer = desk.post(path, {"lines": lines, "record": ["x"]}, follow=True)
    assert ("nothing was recorded" in answer.content.decode(), Payment.objects.count()) == (True, 0)


def test_file_that_cannot_be_read_says_why(client_as, conference):
    answer = client_as(Role.DESK).post(
        f"/staff/{conference.slug}/money/bank/",
        {"file": SimpleUploadedFile("x.csv", b"Date,Purpose,Amount\nyesterday,x,5\n")},
    )
    assert (answer.status_code, "Line 2: “yesterday” is no date." in answer.content.decode()) == (422, True)


def test_line_that_another_tab_has_just_recorded_for_another_order_is_left_and_the_rest_is_recorded(
    conference, monkeypatch
):
    """Between the moment in which the lines were matched and that in which they are recorded."""
    mine, other, third = (unpaid_order(conference) for _number in range(3))
    text = f"Date,Purpose,Amount\n2027-03-05,who knows,100.00\n2027-03-05,{third.reference},100.00\n"
    lines = read_bank_file(text.encode()).lines
    by, digest = factories.user(), lines[0].digest
    match, fields = bank_recording.match_lines, {"conference": conference, "by": by, "now": timezone.now()}

    def match_and_be_overtaken(*args, **kwargs):
        matched = match(*args, **kwargs)
        monkeypatch.undo()
        assert record_lines(lines, chosen={digest}, named={digest: other.reference}, **fields) == 1
        return matched

    monkeypatch.setattr(bank_recording, "match_lines", match_and_be_overtaken)
    chosen = {line.digest for line in lines}
    assert record_lines(lines, chosen=chosen, named={digest: mine.reference}, **fields) == 1
    assert [order.payments.count() for order in (mine, other, third)] == [0, 1, 1]
