"""Several querysets in one statement give what each gives alone, on either database."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import models

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from conferences.together import Together
from registration.catalogue.models import TicketType
from registration.order.history import Event, note
from registration.order.models import Order, OrderEvent, OrderLine
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.counters_falsified]

AT = dt.datetime(2026, 5, 1, 9, 30, 15, 123456, tzinfo=dt.UTC)


def _lines() -> models.QuerySet[OrderLine]:
    lines = OrderLine.objects.filter(order__conference=Given("conference")).order_by("-pk")
    return lines.select_related("order", "ticket_type", "add_on").annotate(seats=models.Count("order__attendees"))


PARTS = {
    "conferences": Prepared(lambda: Conference.objects.filter(pk=Given("conference"))),
    "types": Prepared(lambda: TicketType.objects.filter(conference=Given("conference"))),
    "lines": Prepared(_lines),
    # More columns than a function of PostgreSQL takes values.
    "wide": Prepared(lambda: _lines().select_related("order__conference", "ticket_type__conference")),
    "events": Prepared(lambda: OrderEvent.objects.filter(order__conference=Given("conference")).order_by("pk")),
    "names": Prepared(lambda: TicketType.objects.filter(conference=Given("conference")).values_list("name", "price")),
}


def _values(found):
    """Of instances with what hangs on them, or of tuples: each value with its type."""
    if isinstance(found, models.Model):
        columns = {field.attname: getattr(found, field.attname) for field in found._meta.concrete_fields}
        related = {name: _values(one) for name, one in found._state.fields_cache.items() if one}
        return {name: (type(value), value) for name, value in columns.items()}, related, getattr(found, "seats", None)
    return [(type(value), value) for value in found]


@pytest.fixture
def conference():
    return factories.conference(name="Türkçe “quotes” \\ 刘洋 \n'; --", registration_opens_at=AT)


def test_rows_are_what_each_queryset_gives(conference, django_assert_num_queries):
    kinds = [
        factories.ticket_type(conference=conference, name=name, price=Decimal(price), position=position)
        for name, price, position in [("Late", "0.10", 2), ("Early", "12345678.99", 1), ("Free", "0.00", 0)]
    ]
    order = Order.objects.create(
        conference=conference,
        user=factories.user(),
        checkout_id=uuid.uuid4(),
        total=Decimal("1.50"),
        hold_expires_at=AT,
    )
    for kind in kinds:
        OrderLine.objects.create(order=order, ticket_type=kind, text=kind.name, price=kind.price)
    note(order=order, event=Event.PLACED, by=None, now=AT, seats=2, total="1.50", names=["Ada", "أحمد"])
    together = Together(**PARTS)
    for _again in range(2):
        with django_assert_num_queries(1):
            read = together.read(conference=conference.pk)
        alone = {name: part.all(conference=conference.pk) for name, part in PARTS.items()}
        assert {name: list(map(_values, found)) for name, found in read.items()} == {
            name: list(map(_values, found)) for name, found in alone.items()
        }
    assert [kind.name for kind in read["types"]] == ["Free", "Early", "Late"]
    assert [line.text for line in read["lines"]] == ["Free", "Early", "Late"]
    assert read["events"][0].details["names"] == ["Ada", "أحمد"]


def test_nothing_found_is_an_empty_list():
    assert Together(**PARTS).read(conference=0) == {name: [] for name in PARTS}


def test_rows_are_saved_as_any(conference):
    factories.ticket_type(conference=conference, name="Before")
    kind = Together(**PARTS).read(conference=conference.pk)["types"][0]
    kind.name = "After"
    kind.save()
    assert TicketType.objects.get().name == "After"
