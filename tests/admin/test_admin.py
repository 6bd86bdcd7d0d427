"""Every page of Django's admin: who may do what with which record, how often it asks the database, and what a change
writes.
"""

from __future__ import annotations

import uuid

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.checkin.admission import check_in
from registration.checkin.models import Checkpoint, RetiredSecret, Scan, Tablet
from registration.checkin.models_conflicts import Settlement
from registration.mail.models import MailAttachment
from registration.order.models import Order
from registration.order.models_money import Payment
from tests import factories
from tests.admin.conftest import address

pytestmark = pytest.mark.django_db

# What a superuser may do by hand: add, change, delete.
RIGHTS = {
    "account.emailaddress": "",
    "auth.group": "acd",
    "conferences.conference": "acd",
    "conferences.formerstaff": "",
    "conferences.staffrole": "acd",
    "mfa.authenticator": "d",
    "post_office.email": "",
    "registration.addon": "acd",
    "registration.announcement": "",
    "registration.attendee": "c",
    "registration.attendeeprofile": "acd",
    "registration.badgeprint": "",
    "registration.bankline": "",
    "registration.cardpayment": "",
    "registration.checkpoint": "acd",
    "registration.credit": "",
    "registration.discount": "acd",
    "registration.eventreading": "",
    "registration.heldbatch": "",
    "registration.heldscan": "",
    "registration.invitation": "",
    "registration.invoice": "",
    "registration.invoicecounter": "",
    "registration.issue": "",
    "registration.listchange": "",
    "registration.logo": "d",
    "registration.lostticketrequest": "",
    "registration.mailattachment": "",
    "registration.mailing": "",
    "registration.mailtext": "acd",
    "registration.notice": "",
    "registration.order": "",
    "registration.orderevent": "",
    "registration.orderline": "",
    "registration.payment": "",
    "registration.refund": "",
    "registration.retiredcode": "",
    "registration.retiredsecret": "",
    "registration.scan": "",
    "registration.settlement": "",
    "registration.stripeevent": "",
    "registration.tablet": "c",
    "registration.tickettype": "acd",
    "registration.toldplace": "",
    "registration.user": "acd",
    "registration.voucher": "acd",
    "registration.waitingentry": "",
    "usersessions.usersession": "",
}
# One row a conference, or few for a short time: nothing to choose from.
WITHOUT_FILTERS = {
    "auth.group", "registration.eventreading", "registration.invoicecounter", "registration.listchange",
    "registration.logo", "registration.lostticketrequest", "registration.toldplace",
}  # fmt: skip
MODELS = {model._meta.label_lower: model for model in admin.site._registry}


def test_every_model_of_ours_is_in_the_admin():
    """On a page of its own, or within that of what it belongs to."""
    ours = {model for app in ("conferences", "registration") for model in apps.get_app_config(app).get_models()}
    within = {inline.model for page in admin.site._registry.values() for inline in page.inlines}
    assert ours - set(admin.site._registry) - within == set()
    assert [model for model, page in admin.site._registry.items() if not page.search_fields] == []
    assert set(MODELS) == set(RIGHTS)
    assert {label for label, model in MODELS.items() if not admin.site._registry[model].list_filter} == WITHOUT_FILTERS


def test_superuser_may_do_what_is_meant_and_no_more(client, superuser, make_rows, no_list_of_models):
    make_rows()
    found = {}
    for label in sorted(set(RIGHTS) - {"post_office.email"}):  # that is tests/registration/mail/test_admin.py
        with transaction.atomic():
            found[label] = what_it_may(client, MODELS[label])
            transaction.set_rollback(True)
    assert found == {label: RIGHTS[label] for label in found}


def what_it_may(client: Client, model: type[models.Model]) -> str:
    """As in RIGHTS, after each page but these has answered."""
    row = model._default_manager.order_by("pk").last()
    answers = {
        "a": client.get(address(model, "add")).status_code,
        # A form with nothing in it is refused with 200, or saved (302) where nothing is required.
        "c": client.post(address(model, "change", row.pk), {}).status_code,
        "d": client.get(address(model, "delete", row.pk)).status_code,
    }
    assert set(answers.values()) <= {200, 302, 403}, model
    for page in ("change", "history"):
        assert client.get(address(model, page, row.pk)).status_code == 200, (model, page)
    at_once = "delete_selected" in client.get(address(model, "changelist")).content.decode()
    assert at_once == (answers["d"] == 200 and model not in {Conference, User}), model
    return "".join(right for right, status in answers.items() if status != 403)


def test_lists_and_records_ask_the_same_for_one_row_and_for_three(
    client, superuser, make_rows, no_list_of_models, django_assert_max_num_queries
):
    # What is asked once a process.
    ContentType.objects.get_for_models(*MODELS.values())
    client.get(address(Attendee, "changelist") + "?q=person")
    asked = []
    for rows in (1, 2):
        for _ in range(rows):
            make_rows()
        counts = {}
        for label in sorted(set(RIGHTS) - {"post_office.email"}):
            model = MODELS[label]
            row = model._default_manager.last()
            listed = address(model, "changelist")
            pages = {"list": listed, "search": f"{listed}?q=person", "record": address(model, "change", row.pk)}
            for page, path in pages.items():
                with django_assert_max_num_queries(20) as captured:
                    assert client.get(path).status_code == 200
                counts[label, page] = len(captured)
        asked.append(counts)
    assert asked[0] == asked[1]


def test_secrets_are_shown_to_nobody(client, superuser, make_rows):
    make_rows()
    session = UserSession.objects.last()
    tablet = Tablet.objects.last()
    pages = [
        address(Tablet, "changelist"),
        address(Tablet, "change", tablet.pk),
        address(Authenticator, "change", Authenticator.objects.last().pk),
        address(UserSession, "change", session.pk),
        address(RetiredSecret, "changelist"),
        address(RetiredSecret, "change", RetiredSecret.objects.last().pk),
        address(MailAttachment, "change", MailAttachment.objects.last().pk),
    ]
    html = "".join(client.get(page).content.decode() for page in pages)
    assert "hidden-secret" not in html
    assert session.session_key not in html
    assert tablet.name in html
    assert tablet.secret_digest not in html
    assert tablet.pairing_digest not in html
    assert RetiredSecret.objects.last().digest not in html


def test_tablet_is_neither_paired_nor_called_back_by_hand(client, superuser, make_rows):
    make_rows()
    tablet = Tablet.objects.get()
    other = factories.checkpoint(conference=factories.conference())
    forged = {"name": "Rear door", "role": "desk", "checkpoint": tablet.checkpoint_id, "revoked_at_0": "",
              "revoked_at_1": "", "revoked_by": "", "secret_digest": "x", "pairing_digest": "x"}  # fmt: skip
    assert client.post(address(Tablet, "change", tablet.pk), forged).status_code == 302
    now = Tablet.objects.get()
    assert (now.name, now.role) == ("Rear door", "desk")
    assert (now.revoked_at, now.revoked_by, now.secret_digest, now.pairing_digest) == (
        tablet.revoked_at,
        tablet.revoked_by,
        tablet.secret_digest,
        tablet.pairing_digest,
    )
    elsewhere = client.post(address(Tablet, "change", tablet.pk), forged | {"checkpoint": other.pk})
    assert (elsewhere.status_code, Tablet.objects.get().checkpoint_id) == (200, tablet.checkpoint_id)


def test_forged_fields_are_not_written(client, superuser, make_rows):
    """Codes, state, admission and totals follow from rules; posting them by hand changes nothing."""
    make_rows()
    seat, order = Attendee.objects.last(), Order.objects.last()
    forged = {
        "name": "New Name",
        "email": "new@example.org",
        "state": "cancelled",
        "access_code": "AAAAAAAA",
        "checked_in_at_0": "2026-01-01",
        "checked_in_at_1": "10:00",
        "completed_registration": "",
        "retired_codes-TOTAL_FORMS": "0",
        "retired_codes-INITIAL_FORMS": "0",
    }
    assert client.post(address(Attendee, "change", seat.pk), forged).status_code == 302
    now = Attendee.objects.get(pk=seat.pk)
    assert (now.name, now.email) == ("New Name", "new@example.org")
    assert (now.state, now.access_code, now.checked_in_at, now.completed_registration) == (
        seat.state,
        seat.access_code,
        seat.checked_in_at,
        True,
    )
    assert client.post(address(Order, "change", order.pk), {"total": "0.00", "status": "paid"}).status_code == 403
    assert Order.objects.get(pk=order.pk).total == order.total
    for model in (Scan, Payment, Settlement):
        number = model.objects.count()
        many = {"action": "delete_selected", "_selected_action": model.objects.last().pk, "post": "yes"}
        client.post(address(model, "changelist"), many)
        assert model.objects.count() == number > 0


@pytest.mark.both_databases
def test_change_takes_back_nothing_that_happened_while_the_form_was_open(client, superuser, monkeypatch):
    """Somebody is checked in between the reading and the writing of the admin's form."""
    conference = factories.conference()
    seat = factories.attendee(conference=conference)
    original = Attendee.full_clean

    def meanwhile(self, *args, **kwargs):
        Attendee.objects.filter(pk=seat.pk).update(checked_in_at=timezone.now())
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Attendee, "full_clean", meanwhile)
    data = {
        "name": seat.name,
        "email": seat.email,
        "staff_note": "brings a dog",
        "retired_codes-TOTAL_FORMS": "0",
        "retired_codes-INITIAL_FORMS": "0",
    }
    assert client.post(address(Attendee, "change", seat.pk), data).status_code == 302
    now = Attendee.objects.get(pk=seat.pk)
    assert now.staff_note == "brings a dog"
    assert now.checked_in_at is not None


def test_renamed_attendee_is_found_by_the_new_name(client, superuser):
    seat = factories.attendee(conference=factories.conference(), user=factories.user(name="Old Name"))
    data = {"name": "Łucja Żak", "retired_codes-TOTAL_FORMS": "0", "retired_codes-INITIAL_FORMS": "0"}
    client.post(address(Attendee, "change", seat.pk), data)
    found = client.get(address(Attendee, "changelist"), {"q": "lucja zak"}).context["cl"].result_list
    assert list(found) == [seat]


@pytest.mark.both_databases
def test_what_is_referred_to_is_not_deleted(client, superuser):
    order = factories.order(conference=factories.conference())
    main = Checkpoint.objects.main(order.conference)
    seat = order.attendees.get()
    check_in(checkpoint=main, code=seat.access_code, scan_id=uuid.uuid4(), by=None, now=timezone.now())
    for record in (seat.ticket_type, main):
        path = address(type(record), "delete", record.pk)
        assert "<title>Cannot delete" in client.get(path).content.decode()
        client.post(path, {"post": "yes"})
        assert type(record).objects.filter(pk=record.pk).exists()
    path = address(type(order.conference), "delete", order.conference.pk)
    assert (client.get(path).status_code, client.post(path, {"post": "yes"}).status_code) == (403, 403)


@pytest.mark.parametrize("name", ["admin:index", "admin:registration_order_changelist"])
def test_page_has_the_icon_of_the_site(client, superuser, name):
    """Browsers would look for another one at the top of the site, where there is none."""
    client.force_login(superuser)
    assert b'<link rel="icon" href="/static/img/icon' in client.get(reverse(name)).content
