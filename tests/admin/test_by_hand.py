"""What a superuser may not do by hand, or not by accident, and that the page says why."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.db import models
from django.test import Client
from django.utils import timezone

from conferences.models import Conference, Role, StaffRole
from registration.account.models import User
from registration.catalogue.models import AddOn, Discount, TicketType, Voucher
from registration.checkin.models import Checkpoint
from registration.mail.models import MailText
from tests import factories
from tests.admin.conftest import address, send

pytestmark = pytest.mark.django_db


def delete(client: Client, row: models.Model) -> str:
    """What stands in the way; nothing where it is deleted."""
    path = address(type(row), "delete", row.pk)
    page = client.get(path)
    client.post(path, {"post": "yes"})
    there = type(row).objects.filter(pk=row.pk).exists()
    assert there == (page.status_code == 403 or bool(page.context.get("protected") or page.context["perms_lacking"]))
    return " ".join(map(str, [*page.context["protected"], *page.context["perms_lacking"]])) if there else ""


def test_second_of_a_name_within_a_conference_is_said_on_the_page(client, superuser, conference):
    kinds = [factories.ticket_type(conference=conference, slug=slug) for slug in ("one", "two")]
    dinners = [factories.add_on(conference=conference, slug=slug) for slug in ("one", "two")]
    codes = [factories.voucher(conference=conference, code=code) for code in ("ONE", "TWO")]
    for kind in ("ticket", "refund"):
        MailText.objects.create(conference=conference, kind=kind, subject="Hello", text="Hello")
    for row, change in (
        (kinds[1], {"slug": "one"}),
        (dinners[1], {"slug": "one"}),
        (codes[1], {"code": "one "}),
        (MailText.objects.get(kind="refund"), {"kind": "ticket"}),
    ):
        assert "__all__" in send(client, row, **change), row


def test_what_is_counted_is_not_set(client, superuser, conference):
    counted = {
        conference: "places_taken",
        factories.ticket_type(conference=conference, total_quantity=9): "taken",
        factories.add_on(conference=conference, total_quantity=9): "taken",
        factories.voucher(conference=conference, max_uses=9): "used",
    }
    for row, field in counted.items():
        assert send(client, row, **{field: 5}) == {}, row
        assert getattr(type(row).objects.get(pk=row.pk), field) == 0, row


def test_main_entrance_stays_what_it_is(client, superuser, conference):
    main, other = Checkpoint.objects.main(conference), factories.checkpoint(conference=conference)
    assert (send(client, main, is_main=""), send(client, other, is_main="on")) == ({}, {})
    assert Checkpoint.objects.main(conference) == main


def test_nothing_of_another_conference_is_chosen(client, superuser, conference):
    theirs = factories.ticket_type(conference=factories.conference())
    dinner = factories.add_on(conference=theirs.conference)
    voucher, discount = factories.voucher(conference=conference), factories.discount(conference=conference)
    for row, change in (
        (voucher, {"ticket_types": [theirs.pk]}),
        (voucher, {"add_ons": [dinner.pk]}),
        (discount, {"add_on": dinner.pk}),
        (factories.add_on(conference=conference), {"ticket_types": [theirs.pk]}),
        (factories.checkpoint(conference=conference), {"ticket_types": [theirs.pk]}),
    ):
        assert list(send(client, row, **change)) == list(change)
    new = {"conference": conference.pk, "code": "NEW", "reduction": "free", "ticket_types": [theirs.pk]}
    assert send(client, Voucher, **new) == {"ticket_types": ["This belongs to another conference."]}
    assert f"{theirs} @ {theirs.conference}" in client.get(address(Voucher, "add")).content.decode()
    new["ticket_types"] = [factories.ticket_type(conference=conference).pk]
    assert send(client, Voucher, **new) == {}


def test_conference_keeps_its_address_and_what_it_asks(client, superuser, conference):
    forged = {"slug": "other", "profile_fields": '{"a": 1}', "desk_fields": '"x"'}
    assert send(client, conference, **forged) == {}
    now = Conference.objects.get()
    assert (now.slug, now.profile_fields, now.desk_fields) == (conference.slug, None, [])
    assert list(send(client, Conference, name="New", slug="new", start_date="2027-01-01", end_date="2027-01-02")) == [
        "slug"
    ]
    # Beyond the end of the calendar the worker would stumble, for all conferences.
    assert list(send(client, conference, expire_after_days="99999999")) == ["expire_after_days"]


def test_role_stays_with_its_person(client, superuser, conference):
    held, other = factories.staff(conference=conference, role=Role.DOOR), factories.user()
    assert send(client, held, user=other.pk, role="desk") == {}
    inline = {
        "staff_roles-INITIAL_FORMS": "1", "staff_roles-TOTAL_FORMS": "1", "staff_roles-0-id": held.pk,
        "staff_roles-0-conference": conference.pk, "staff_roles-0-user": other.pk, "staff_roles-0-role": "organiser",
    }  # fmt: skip
    assert send(client, conference, **inline) == {}
    now = StaffRole.objects.get()
    assert (now.user, now.role) == (held.user, "organiser")


def test_address_is_neither_emptied_nor_taken_from_another_account(client, superuser):
    ada, bob = factories.user(email="ada@example.org"), factories.user(email="bob@example.org")
    EmailAddress.objects.create(user=ada, email="second@example.org", verified=True)
    taken = {"email": ["This address has an account already."]}
    assert send(client, bob, email="Second@example.org") == taken
    assert send(client, User, email="second@example.org", name="New") == taken
    assert list(send(client, bob, email="")) == ["email"]
    assert send(client, superuser, is_superuser="", is_active="") == {}
    superuser.refresh_from_db()
    assert (superuser.is_superuser, superuser.is_active) == (True, True)


def test_conference_without_people_is_deleted_with_its_tablets(client, superuser):
    conference = factories.conference()
    factories.paired_tablet(conference=conference)[0].retired_secrets.create(digest="x", retired_at=timezone.now())
    factories.staff(conference=conference, role=Role.DOOR).delete()
    assert delete(client, conference) == ""


def test_what_was_sold_is_counted_and_not_read_when_somebody_would_delete_it(
    client, superuser, conference, django_assert_max_num_queries
):
    kind = factories.ticket_type(conference=conference)
    for _ in range(8):
        factories.order(conference=conference, ticket_type=kind)
    with django_assert_max_num_queries(12):
        page = client.get(address(TicketType, "delete", kind.pk))
    assert sorted(page.context["protected"]) == ["8 attendees", "8 order lines"]
    many = client.post(address(TicketType, "changelist"), {"action": "delete_selected", "_selected_action": [kind.pk]})
    assert sorted(many.context["protected"]) == ["8 attendees", "8 order lines"]
    dinner = factories.add_on(conference=conference)
    factories.discount(conference=conference, add_on=dinner)
    assert delete(client, dinner) == "1 discount"
    assert (AddOn.objects.count(), Discount.objects.count()) == (1, 1)
