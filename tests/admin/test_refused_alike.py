"""What organisers cannot set on the pages of their conference, a superuser cannot set in the admin by accident."""

from __future__ import annotations

import pytest

from conferences.models import Conference, Role, StaffRole
from registration.catalogue.models import TicketType
from registration.checkin.models import Tablet
from tests import factories
from tests.admin.conftest import address, send

pytestmark = [pytest.mark.django_db, pytest.mark.counters_falsified]


def between(first: str, last: str) -> dict[str, str]:
    """As the two fields of a moment are sent, the end before its start."""
    return {f"{first}_0": "2027-02-01", f"{first}_1": "10:00", f"{last}_0": "2027-01-31", f"{last}_1": "10:00"}


def test_times_that_end_before_they_begin(client, superuser, conference):
    for row, first, last in (
        (conference, "registration_opens_at", "registration_closes_at"),
        (factories.ticket_type(conference=conference), "available_from", "available_until"),
        (factories.add_on(conference=conference), "available_from", "available_until"),
        (factories.voucher(conference=conference), "valid_from", "valid_until"),
        (factories.discount(conference=conference), "valid_from", "valid_until"),
        (factories.checkpoint(conference=conference), "opens_at", "closes_at"),
    ):
        label = str(row._meta.get_field(first).verbose_name).capitalize()
        assert send(client, row, **between(first, last)) == {last: [f"This must be later than “{label}”."]}, row
        year = {f"{first}_0": "0027-02-01", f"{first}_1": "10:00"}
        assert send(client, row, **year)[first][0].startswith("The year is 27."), row


def test_fewer_than_there_are_and_only_where_somebody_writes_that(client, superuser, conference):
    Conference.objects.update(total_capacity=5, places_taken=9)
    kind = factories.ticket_type(conference=conference, total_quantity=5, taken=9)
    voucher = factories.voucher(conference=conference, max_uses=9, used=9)
    for row, field, says in (
        (Conference.objects.get(), "total_capacity", "9 places are taken already. Put that number or more"),
        (kind, "total_quantity", "9 are taken already. Put that number or more"),
        (voucher, "max_uses", "It has been used 9 times. Put that number or more"),
    ):
        refused = send(client, row, **{field: "8"})
        assert (list(refused), refused[field][0].startswith(says)) == ([field], True)
        # Imports and walk-ins go beyond, and then the rest can be changed nevertheless.
        assert [send(client, row, **change) for change in ({}, {field: "9"}, {field: "0"})] == [{}, {}, {}]


def test_names_that_only_capitals_tell_apart(client, superuser, conference):
    checkpoint = factories.checkpoint(conference=conference, name="Élan")
    tablets = [Tablet.objects.create(conference=conference, name=name, checkpoint=checkpoint) for name in ("Élan", "2")]
    for row in (
        factories.ticket_type(conference=conference, name="Élan"),
        factories.add_on(conference=conference, name="Élan"),
        checkpoint,
    ):
        given = {"conference": conference.pk, "name": "élan", "slug": "new", "price": "0"}
        assert list(send(client, type(row), **given)) == ["name"], row
        assert send(client, row, name="élan") == {}
    assert list(send(client, tablets[1], name="élan")) == ["name"]


def test_amounts_that_there_are_not(client, superuser, conference):
    yen = factories.conference(currency="JPY")
    new = {"conference": yen.pk, "name": "Regular", "slug": "regular"}
    for field in ("price", "cancellation_fee"):
        assert list(send(client, TicketType, **new, **{field: "79.50"})) == [field]
    assert send(client, TicketType, **new, price="79") == {}
    assert list(send(client, conference, currency="XQZ")) == ["currency"]
    assert list(send(client, factories.voucher(conference=conference), reduction="percent", value="0")) == ["value"]


def test_discounts_that_come_to_nobody(client, superuser, conference):
    kind = factories.ticket_type(conference=conference, limit_per_user=2)
    other, discount = factories.ticket_type(conference=conference), factories.discount(conference=conference)
    dinner = factories.add_on(conference=conference)
    dinner.ticket_types.add(other)
    for change, field in (
        ({"reduction": "none"}, "reduction"),
        ({"ticket_types": [kind.pk], "add_on": dinner.pk}, "add_on"),
        ({"ticket_types": [kind.pk], "at_least": "3"}, "at_least"),
        ({"emails": "somebody"}, "emails"),
    ):
        assert list(send(client, discount, **change)) == [field]
    assert send(client, discount, ticket_types=[other.pk], add_on=dinner.pk, at_least="3") == {}


def test_last_organiser_is_neither_removed_nor_given_another_role(client, superuser, conference):
    first, second = (factories.staff(conference=conference, role=Role.ORGANISER) for _number in range(2))
    desk = factories.staff(conference=conference, role=Role.DESK)
    says = "Somebody must be organiser."
    action = {"action": "delete_selected", "_selected_action": [first.pk, second.pk, desk.pk], "post": "yes"}
    assert says in client.post(address(StaffRole, "changelist"), action).content.decode()
    client.post(address(StaffRole, "delete", second.pk), {"post": "yes"})
    assert says in client.post(address(StaffRole, "delete", first.pk), {"post": "yes"}).content.decode()
    assert send(client, first, role="desk")["role"][0].startswith(says)
    rows = {"staff_roles-TOTAL_FORMS": "2", "staff_roles-INITIAL_FORMS": "2"}
    for number, held in enumerate((first, desk)):
        rows |= {f"staff_roles-{number}-{name}": value for name, value in (
            ("id", held.pk), ("conference", conference.pk), ("user", held.user_id), ("role", held.role))}  # fmt: skip
    for change in ({"staff_roles-0-DELETE": "on"}, {"staff_roles-0-role": "door"}):
        send(client, conference, **rows | change)
        assert StaffRole.objects.get(pk=first.pk).role == Role.ORGANISER
    send(client, conference, **rows | {"staff_roles-0-role": "door", "staff_roles-1-role": "organiser"})
    roles = StaffRole.objects.order_by("pk").values_list("role", flat=True)
    assert list(roles) == [Role.DOOR, Role.ORGANISER]
