"""Prepared querysets against the querysets themselves, on both databases."""

import datetime as dt
import threading
import uuid
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conferences.models import Conference
from conferences.prepared import Given, Prepared, PreparedUpdate, delete_all, insert_all, update_all
from registration.attendee import AttendeeProfileBase
from registration.catalogue.models import TicketType
from registration.order.models import Order, OrderEvent, OrderLine
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


class Keyed(AttendeeProfileBase):
    """A team's own profile, with a key of its own kind."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    talk = models.CharField(max_length=90)

    class Meta:
        app_label = "own_profiles"


class Paying(AttendeeProfileBase):
    talk = models.CharField(max_length=90)
    fee = models.DecimalField(max_digits=6, decimal_places=2, db_default=Decimal(0))

    class Meta:
        app_label = "own_profiles"


class Speaker(Paying):
    """Kept in two tables."""

    editor = models.CharField(max_length=90)

    class Meta:
        app_label = "own_profiles"


@pytest.fixture
def own_tables(transactional_db):
    made = [Keyed, Paying, Speaker]
    with connection.schema_editor() as editor:
        for model in made:
            editor.create_model(model)
    yield
    with connection.schema_editor() as editor:
        for model in reversed(made):
            editor.delete_model(model)


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


def test_row_with_a_computed_value_is_inserted_by_django(order):
    event = OrderEvent(order=order, kind="placed", at=timezone.now(), reason=Upper(Value("loud")))
    event.save()
    assert OrderEvent.objects.get(pk=event.pk).reason == "LOUD"
    event = OrderEvent(order=order, kind="placed", at=timezone.now(), reason=F("kind"))
    with pytest.raises(ValueError, match="can only be used to update"):
        event.save()


def test_row_is_updated_as_django_would(order):
    """All of it, or the fields named, with what `save` itself sets; a row that is gone is told."""
    seen = Order.objects.get(pk=order.pk)
    order.billing_address, order.total, order.hold_expires_at, order.imported_reference = "Ünï 'code", 7, None, "A-1"
    order.save()
    same = Order.objects.get(pk=order.pk)
    assert (same.billing_address, same.total, same.imported_reference) == ("Ünï 'code", 7, "A-1")
    assert (same.hold_expires_at, same.checkout_id, same.updated_at > seen.updated_at) == (None, seen.checkout_id, True)
    seen.billing_address, seen.total = "named", 9
    seen.save(update_fields=["billing_address"])
    same.refresh_from_db()
    assert (same.billing_address, same.total, same.imported_reference) == ("named", 7, "A-1")
    event = OrderEvent.objects.create(order=order, kind="placed", at=timezone.now(), details={"seats": 2})
    event.details = {"seats": 3, "who": "Ünï"}
    event.save()
    assert OrderEvent.objects.get(pk=event.pk).details == event.details
    OrderEvent.objects.all().delete()
    with pytest.raises(DatabaseError):
        event.save(update_fields=["details"])


def test_row_is_updated_to_a_computed_value_by_django(order):
    Order.objects.filter(pk=order.pk).update(total=3)
    order.total = F("total") + 4
    order.save(update_fields=["total"])
    assert Order.objects.get(pk=order.pk).total == 7
    order.billing_address = F("reference")
    order.save(update_fields=["billing_address"])
    assert Order.objects.get(pk=order.pk).billing_address == order.reference


def test_one_field_of_many_rows_is_set_to_the_value_of_each(order):
    events = [OrderEvent(order=order, kind="placed", at=timezone.now(), by=order.user) for _time in range(4)]
    insert_all(events)
    other = factories.user()
    for event, by, reason in zip(events, [other, None, order.user], ["", "Ünï 'code", "so"], strict=False):
        event.by, event.reason = by, reason
    with CaptureQueriesContext(connection) as captured:
        update_all(events[:3], "by")
    update_all(events[1:3], "reason")
    assert len(captured) == 1
    assert list(OrderEvent.objects.order_by("pk").values_list("by", "reason")) == [
        (other.pk, ""), (None, "Ünï 'code"), (order.user_id, "so"), (order.user_id, "")
    ]  # fmt: skip


def test_rows_are_deleted_and_no_others(order):
    events = insert_all([OrderEvent(order=order, kind="placed", at=timezone.now()) for _time in range(3)])
    delete_all(events[:2])
    assert list(OrderEvent.objects.all()) == events[2:]


def test_nothing_is_asked_for_no_rows(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert_all([]) == []
        update_all([], "by")
        delete_all([])


@pytest.mark.usefixtures("own_tables")
@pytest.mark.django_db(transaction=True)
class TestOwnProfiles:
    """A team's own profile is any subclass: one with another key, or one kept in two tables."""

    @pytest.mark.parametrize("model", [Keyed, Paying, Speaker])
    def test_is_made_changed_and_deleted(self, model):
        profile, other = model(user=factories.user(), talk="One"), model(user=factories.user(), talk="Other")
        profile.save()
        other.save()
        profile.talk = "Two"
        profile.save()
        assert model.objects.get(pk=profile.pk).talk == "Two"
        profile.talk, profile.completed_registration = "Three", True
        profile.save(update_fields=["talk"])
        same = model.objects.get(pk=profile.pk)
        assert (same.talk, same.completed_registration, same.user) == ("Three", False, profile.user)
        assert model.objects.get(pk=other.pk).talk == "Other"
        profile.delete()
        assert list(model.objects.all()) == [other]
        with pytest.raises(DatabaseError):
            same.save(update_fields=["talk"])

    def test_each_table_has_its_own_fields_changed(self):
        speaker = Speaker.objects.create(user=factories.user(), talk="One", editor="vi")
        speaker.talk, speaker.editor = "Two", "ed"
        speaker.save(update_fields=["editor"])
        assert Speaker.objects.values_list("talk", "editor").get() == ("One", "ed")
        speaker.save()
        assert Speaker.objects.values_list("talk", "editor").get() == ("Two", "ed")
        Paying.objects.get().save()
        assert Speaker.objects.values_list("talk", "editor").get() == ("Two", "ed")

    def test_what_the_database_computes_comes_back_as_a_value_of_python(self):
        given, left = (Paying(user=factories.user(), talk="One") for _time in range(2))
        given.fee = Decimal("2.50")
        given.save()
        left.save()
        assert [(each.fee, type(each.fee)) for each in (given, left)] == [(Decimal("2.50"), Decimal), (0, Decimal)]

    def test_many_at_once(self):
        rows = insert_all(
            [Keyed(user=factories.user(), talk=talk, access_code=talk) for talk in ("One", "Two", "Three")]
        )
        for row in rows[:2]:
            row.talk += "!"
        update_all(rows[:2], "talk")
        assert set(Keyed.objects.values_list("pk", "talk")) == {
            (rows[0].pk, "One!"), (rows[1].pk, "Two!"), (rows[2].pk, "Three")
        }  # fmt: skip
        delete_all(rows[:2])
        assert list(Keyed.objects.all()) == rows[2:]
