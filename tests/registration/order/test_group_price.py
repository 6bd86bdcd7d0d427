"""Prices for several tickets, and for a ticket with an add-on: said before, taken off, and kept by the seat they were paid for."""

from decimal import Decimal

import pytest
from django.utils import timezone

from registration.catalogue.models import Reduction
from registration.changes.own_cancellation import why_not_cancel
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_seat
from registration.order.exchange import exchanges
from registration.order.ledger import check_ledger
from registration.order.models import Order
from registration.order.payment import record_payment
from registration.order.recount import recount_places
from tests import factories
from tests.registration.order.test_register import HTMX, choose, client, form_of, path, text

__all__ = ["client"]

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def regular(conference):
    return factories.ticket_type(
        conference=conference, name="Regular", slug="regular", price=Decimal("100"), tax_rate=19, is_cancellable=True,
        cancellable_until=conference.end_date,
    )  # fmt: skip


@pytest.fixture
def dinner(conference):
    return factories.add_on(conference=conference, name="Dinner", slug="dinner", price=Decimal("45"))


@pytest.fixture
def group(conference, regular):
    made = factories.discount(conference=conference, name="Group price", at_least=3)
    made.ticket_types.add(regular)
    return made


def named(count):
    return {
        f"seat{number}-{field}": value
        for number in range(2, count + 1)
        for field, value in (("name", f"Guest {number}"), ("email", f"guest{number}@example.org"))
    }


def ordered(client, conference, count):
    page = client.get(choose(client, conference, regular=count)["Location"])
    assert client.post(path(conference), form_of(page, **named(count))).status_code == 302
    return Order.objects.placed().latest("pk")


def cancel(seat):
    cancel_seat(attendee=seat, reason="Ill", by=None, now=NOW)


def pay(order):
    record_payment(order=order, amount=order.total, method="cash", note="", by=None, now=NOW)


def refusal_of(seat):
    seat = type(seat).objects.select_related("order", "ticket_type", "conference").get(pk=seat.pk)
    refusal = why_not_cancel(seat, now=NOW)
    return refusal.code if isinstance(refusal, RegistrationError) else refusal


def test_price_for_several_is_said_before_anything_is_chosen(client, conference, regular, group, dinner):
    factories.discount(conference=conference, name="Bundle", reduction=Reduction.AMOUNT, value=30, add_on=dinner)
    factories.discount(conference=conference, name="Dearer", value=1, at_least=20)
    early = factories.discount(conference=conference, name="Early", value=5)
    for page in (client.get(conference.get_absolute_url()), client.get(path(conference))):
        for said in ("3 or more: 10 % off each", "With Dinner: €30 off", "€95"):
            assert said in text(page)
        assert "20 or more" not in text(page)  # early is less
    type(early).objects.filter(pk=early.pk).update(value=50)
    assert "or more" not in text(client.get(path(conference)))


def test_nothing_is_promised_that_is_not_to_be_had(client, conference, regular, dinner):
    other = factories.ticket_type(conference=conference, name="Student", price=Decimal("50"))
    factories.discount(conference=conference, name="Bundle", add_on=dinner)
    limited = factories.discount(conference=conference, name="Group price", at_least=3)
    limited.ticket_types.add(regular)
    said = {"with dinner": "With Dinner: 10 % off", "for three": "3 or more: 10 % off each"}

    def shown():
        page = text(client.get(path(conference)))
        return {name: page.count(words) for name, words in said.items()}

    assert shown() == {"with dinner": 2, "for three": 1}
    dinner.ticket_types.add(other)
    assert shown() == {"with dinner": 1, "for three": 1}
    for barred in (
        {"requires_voucher": True},
        {"is_active": False},
        {"available_until": NOW},
        {"total_quantity": 1, "taken": 1},
    ):
        before = {field: getattr(dinner, field) for field in barred}
        type(dinner).objects.update(**barred)
        assert (shown()["with dinner"], barred) == (0, barred)
        type(dinner).objects.update(**before)
    type(regular).objects.filter(pk=regular.pk).update(limit_per_user=2)
    assert shown() == {"with dinner": 1, "for three": 0}


def test_free_tickets_fill_up_no_group(client, conference, regular):
    factories.ticket_type(conference=conference, name="Free", slug="free", price=0)
    factories.discount(conference=conference, name="Group price", at_least=3)
    page = client.get(choose(client, conference, regular=1, free=4)["Location"])
    assert page.context["quote"].totals.total == 100
    page = client.get(choose(client, conference, regular=3, free=1)["Location"])
    assert page.context["quote"].totals.total == 270


def test_pages_that_ask_again_learn_of_it(client, conference, regular, group):
    version = client.get(conference.get_absolute_url()).context["version"]
    places = f"/conferences/{conference.slug}/places/?v={version}"
    assert client.get(places).status_code == 204
    type(group).objects.update(value=15)
    assert "3 or more: 15 % off each" in text(client.get(places))


@pytest.mark.parametrize(("count", "total"), [(2, "200"), (3, "270"), (4, "360")])
def test_price_for_several_is_in_the_sum_and_in_the_order(client, conference, regular, group, count, total):
    page = client.get(choose(client, conference, regular=count)["Location"])
    assert page.context["quote"].totals.total == Decimal(total)
    assert ("<bdi>Group price</bdi></td><td>−€" in text(page)) == (count >= 3)
    order = ordered(client, conference, count)
    assert (order.total, {line.at_least for line in order.lines.all()}) == (Decimal(total), {3 if count >= 3 else 1})
    assert check_ledger(conference=conference) == []


def test_price_with_an_add_on_follows_what_is_ticked(client, conference, regular, dinner):
    bundle = {"reduction": Reduction.AMOUNT, "value": Decimal("30"), "add_on": dinner}
    factories.discount(conference=conference, name="Bundle", **bundle)
    page = client.get(choose(client, conference, regular=2)["Location"])
    data = form_of(page, **named(2), **{"seat2-extra-dinner": "on"})
    summed = client.post(path(conference, "hold/"), data, headers=HTMX)
    assert "<bdi>Bundle</bdi></td><td>−€30</td>" in text(summed)
    assert client.post(path(conference), data | {"price": "215"}).status_code == 302
    lines = Order.objects.get().lines.order_by("pk").values_list("text", "price", "discount_text")
    assert list(lines) == [("Regular", 100, ""), ("Regular", 70, "Bundle"), ("Dinner", 45, "")]


def test_price_that_was_paid_stays_with_the_seats_that_are_left(client, conference, regular, group):
    order = ordered(client, conference, 3)
    pay(order)
    own, *guests = order.attendees.order_by("pk")
    for guest in guests:
        assert refusal_of(guest) is None
        cancel(guest)
    order.refresh_from_db()
    assert (order.status, order.total, own.order_lines.get().price) == ("paid", Decimal("270.00"), Decimal("90.00"))
    assert (check_ledger(conference=conference), recount_places(conference=conference)) == ([], [])


def test_price_for_several_that_is_not_paid_is_kept_by_nobody_who_cancels_the_others(
    client, conference, regular, group
):
    order = ordered(client, conference, 3)
    own, guest, _other = order.attendees.order_by("pk")
    assert (refusal_of(own), refusal_of(guest)) == ("group_unpaid", "group_unpaid")
    order.lines.update(at_least=1)
    assert refusal_of(guest) is None


def test_another_ticket_costs_what_it_costs_alone_with_what_comes_with_the_seat(
    client, conference, regular, group, dinner
):
    business = factories.ticket_type(conference=conference, name="Business", price=Decimal("200"))
    factories.discount(conference=conference, name="All together", value=25, at_least=2)
    factories.discount(conference=conference, name="Bundle", reduction=Reduction.AMOUNT, value=20, add_on=dinner)
    order = ordered(client, conference, 3)  # 75 each
    pay(order)
    own, guest, _other = order.attendees.order_by("pk")
    factories.pieces(attendee=guest, add_on=dinner)
    due = {}
    for seat in (own, guest):
        seat = type(seat).objects.select_related("conference", "order", "ticket_type").get(pk=seat.pk)
        due[seat.pk] = [
            each.due for each in exchanges(seat=seat, by=order.user, now=NOW) if each.ticket_type == business
        ]
    assert due == {own.pk: [Decimal("125.00")], guest.pk: [Decimal("105.00")]}
