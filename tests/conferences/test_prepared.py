"""Prepared querysets against the querysets themselves, on both databases."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conferences.models import Conference
from conferences.prepared import Given, Prepared, PreparedUpdate, insert_all
from registration.catalogue.models import TicketType
from registration.order.models import Order, OrderEvent, OrderLine
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def order():
    return factories.order(
        conference=factories.conference(),
        checkout_id=uuid.uuid4(),
        hold_expires_at=timezone.now() + dt.timedelta(minutes=9),
    )


def test_runs_with_other_values_each_time():
    first, second = factories.conference(), factories.conference()
    by_slug = Prepared(lambda: Conference.objects.active().filter(slug=Given("slug", models.SlugField())))
    assert [by_slug.first(slug=each.slug) for each in (first, second)] == [first, second]
    assert (by_slug.first(slug="nowhere"), by_slug.all(slug=second.slug)) == (None, [second])
    Conference.objects.update(is_active=False)
    assert by_slug.all(slug=first.slug) == []


def test_instances_are_whole_and_values_are_those_of_python(order):
    found = Prepared(
        lambda: Order.objects.filter(
            checkout_id=Given("checkout_id", models.UUIDField()), hold_expires_at__gt=Given("now", models.DateTimeField())
        )
    )  # fmt: skip
    known = Order.objects.get(pk=order.pk)
    (same,) = found.all(checkout_id=order.checkout_id, now=timezone.now())
    names = [field.attname for field in Order._meta.concrete_fields]
    assert [getattr(same, name) for name in names] == [getattr(known, name) for name in names]
    assert found.all(checkout_id=order.checkout_id, now=timezone.now() + dt.timedelta(hours=1)) == []
    same.delete()  # an instance like any other, not one that was never saved


@pytest.mark.counters_falsified
def test_related_rows_come_along(order):
    kind = factories.ticket_type(conference=order.conference)
    line = OrderLine.objects.create(order=order, ticket_type=kind, text="Ticket", price=3)
    lines = Prepared(lambda: OrderLine.objects.filter(order=Given("order")).select_related("ticket_type", "add_on"))
    lines.all(order=order.pk)
    with CaptureQueriesContext(connection) as captured:
        found = lines.all(order=order.pk)[-1]
        assert (found, found.ticket_type, found.add_on) == (line, kind, None)
    assert len(captured) == 1


def test_lists_of_values_and_unions():
    kind = factories.ticket_type(conference=factories.conference())
    other = factories.ticket_type(conference=kind.conference)

    def named(given):
        return TicketType.objects.filter(slug=Given(given, models.SlugField())).order_by().values_list("slug", "pk")

    both = Prepared(lambda: named("one").union(named("other"), all=True))
    assert set(both.all(one=kind.slug, other=other.slug)) == {(kind.slug, kind.pk), (other.slug, other.pk)}
    flat = Prepared(lambda: TicketType.objects.filter(pk=Given("pk")).values_list("slug", flat=True))
    assert flat.all(pk=other.pk) == [other.slug]


def test_rows_are_locked_where_the_queryset_locks_them(order):
    locked = Prepared(lambda: Order.objects.select_for_update().filter(pk=Given("pk")))
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        assert locked.all(pk=order.pk) == [order]
    assert ("FOR UPDATE" in captured[0]["sql"]) == (connection.vendor == "postgresql")


def test_updates_with_other_values_each_time_and_tells_how_many_rows():
    first, second = (factories.conference(total_capacity=3) for _ in range(2))
    more = F("total_capacity") + Given("by", models.PositiveIntegerField())
    is_small = Conference.objects.filter(pk=Given("pk"), total_capacity__lt=Given("below", models.IntegerField()))
    grow = PreparedUpdate(lambda: (is_small, {"total_capacity": more}))
    assert [grow.run(pk=first.pk, by=2, below=9), grow.run(pk=second.pk, by=7, below=3)] == [1, 0]
    assert list(Conference.objects.order_by("pk").values_list("total_capacity", flat=True)) == [5, 3]


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_on_its_own_connection():
    conference = factories.conference()
    by_key = Prepared(lambda: Conference.objects.filter(pk=Given("pk")))
    assert by_key.first(pk=conference.pk) == conference
    found = []

    def ask():
        with CaptureQueriesContext(connection) as captured:
            found.append((by_key.first(pk=conference.pk), len(captured)))
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert found == [(conference, 1)]


def test_rows_are_inserted_as_django_would(order):
    """Every column, of one row and of several; what the database computes is left to Django."""

    def events():
        fields = {
            "order": order,
            "kind": "placed",
            "at": timezone.now().replace(microsecond=7),
            "details": {"seats": 2},
        }
        return [OrderEvent(**fields, reason="Ünïcode ' ticket"), OrderEvent(**fields, reason="")]

    def rows(made):
        columns = [field.attname for field in OrderEvent._meta.concrete_fields if field.attname not in {"id", "at"}]
        return list(OrderEvent.objects.filter(pk__in=[each.pk for each in made]).order_by("pk").values_list(*columns))

    ours = insert_all(events())
    assert rows(ours) == rows(OrderEvent.objects.bulk_create(events())) != []
    assert [OrderEvent.objects.get(pk=each.pk).reason for each in ours] == [each.reason for each in ours]
    one = OrderEvent.objects.create(order=order, kind="placed", at=ours[0].at)
    one.reason = "changed"
    one.save()
    assert OrderEvent.objects.get(pk=one.pk).reason == "changed"


def test_row_with_a_computed_value_is_inserted_by_django(order):
    event = OrderEvent(order=order, kind="placed", at=timezone.now(), reason=Upper(Value("loud")))
    event.save()
    assert OrderEvent.objects.get(pk=event.pk).reason == "LOUD"
