"""A superuser who looks, and a row of everything to look at."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conferences.models import Conference, Role
from registration.attendee.models import AttendeeProfile
from registration.changes.models import LostTicketRequest
from registration.checkin.admission import check_in
from registration.checkin.models import Scan
from registration.checkin.models_quarantine import HeldBatch
from registration.invitation.models import Invitation
from registration.mail.models import MailAttachment, MailText
from registration.money.models import BankLine, EventReading, StripeEvent
from registration.notices.models import Announcement, Mailing, Notice, ToldPlace
from registration.order.models import Order, OrderStatus
from registration.order.models_credit import Credit
from registration.order.models_invoice import InvoiceCounter
from registration.order.models_money import Payment
from tests import factories, factories_money


def address(model: type[models.Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def send(client: Client, row: models.Model | type[models.Model], **changes: Any) -> dict[str, list[str]]:
    """The form of `row` as it is shown, or of a new one, with `changes`. What it says of them; nothing where it is saved."""
    model = row if isinstance(row, type) else type(row)
    path = address(model, "add") if row is model else address(model, "change", row.pk)
    context = client.get(path).context
    given = {}
    for field in context["adminform"].form:
        value = field.value()
        parts = field.field.widget.decompress(value) if hasattr(field.field.widget, "decompress") else None
        for name, part in zip((f"{field.name}_0", f"{field.name}_1"), parts or [], strict=False):
            given[name] = "" if part is None else part
        if parts is None and value is not None and value is not False:
            given[field.name] = [getattr(one, "pk", one) for one in value] if isinstance(value, list) else value
    for formset in context["inline_admin_formsets"]:
        given |= {field.html_name: field.value() for field in formset.formset.management_form}
    answer = client.post(path, given | changes)
    return {} if answer.status_code == 302 else dict(answer.context["adminform"].form.errors)


@pytest.fixture
def no_list_of_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands beside every page, the same on all, and takes most of a page's time."""
    monkeypatch.setattr(admin.site, "get_app_list", lambda request, app_label=None: [])


@pytest.fixture
def superuser(client):
    user = factories.superuser()
    client.force_login(user)
    return user


def add_money_rows(order: Order, payment: Payment) -> None:
    now = timezone.now()
    order.card_payments.create(amount=payment.amount, currency="EUR", expires_at=now, ask_at=now)
    StripeEvent.objects.create(event_id=uuid.uuid4().hex, kind="checkout.session.completed")
    EventReading.objects.get_or_create(defaults={"read_until": now, "ask_at": now})
    BankLine.objects.create(conference=order.conference, digest=uuid.uuid4().hex, payment=payment)
    factories_money.issue(order=order)
    counter, _made = InvoiceCounter.objects.get_or_create(conference=order.conference)
    counter.last += 1
    counter.save()
    factories_money.invoice(order=order, number=counter.last)


def add_row_of_everything(conference: Conference) -> None:
    """Each with all it can refer to; most belong to `conference`."""
    order = factories.order(conference=conference, total="50.00", status=OrderStatus.PENDING)
    staff = factories.staff(conference=conference, role=Role.DESK).user
    payment = factories_money.payment(order=order, recorded_by=staff)
    refund = factories_money.refund(payment=payment, decided_by=staff)
    credit = Credit.objects.get_or_create(conference=conference, user=order.user)[0]
    credit.payouts.create(amount=Decimal("1.00"), by=staff)
    factories_money.payment(order=order, method="credit", credit=credit)
    factories_money.refund(payment=payment, credit=credit)
    refund.lines.create(line=order.lines.first(), amount=Decimal("5.00"))
    refund.payouts.create(amount=refund.amount, succeeded=True, at=timezone.now(), by=staff)
    add_money_rows(order, payment)
    LostTicketRequest.objects.create(email="person@example.org")
    order.events.create(kind="placed", at=timezone.now(), by=staff)
    add_on = factories.add_on(conference=conference)
    voucher = factories.voucher(conference=conference)
    add_on.vouchers.add(voucher)
    conference.discounts.create(name="Early", group=Group.objects.create(name=uuid.uuid4().hex))
    before, seat = order.lines.get(), order.attendees.get()
    factories.pieces(attendee=seat, add_on=add_on, order=order, voucher=voucher, replaces_line=before)
    Announcement.objects.create(conference=conference, made_by=staff)
    Mailing.objects.create(id=uuid.uuid4(), conference=conference, subject="Hello", text="Hello", made_by=staff)
    Invitation.objects.create(
        conference=conference, ticket_type=order.lines.first().ticket_type, voucher=voucher, name="Grace",
        email=f"{uuid.uuid4().hex}@example.org", created_by=staff,
    )  # fmt: skip
    MailAttachment.objects.create(name=uuid.uuid4().hex, content=b"hidden-secret")
    elsewhere = factories.conference()
    ToldPlace.objects.create(conference=elsewhere, start_date=elsewhere.start_date, end_date=elsewhere.end_date)
    factories.logo(conference=factories.conference())
    MailText.objects.create(conference=factories.conference(), kind="ticket", subject="Hello", text="Hello, {name}")
    factories.waiting(ticket_type=seat.ticket_type, user=staff, order=order)
    AttendeeProfile.objects.create(user=seat.user)
    Notice.objects.create(attendee=seat, kind="day_before", about="2027-01-01")
    seat.retired_codes.create(code=uuid.uuid4().hex[:8])
    factories.badge_print(attendee=seat, printed_by=staff)
    checkpoint = factories.checkpoint(conference=conference)
    checkpoint.ticket_types.add(seat.ticket_type)
    revoked = {"revoked_at": timezone.now(), "revoked_by": staff, "pairing_digest": uuid.uuid4().hex}
    tablet, _secret = factories.paired_tablet(conference=conference, checkpoint=checkpoint, **revoked)
    tablet.retired_secrets.create(digest=uuid.uuid4().hex, retired_at=timezone.now())
    check_in(
        checkpoint=checkpoint,
        code=seat.access_code,
        scan_id=uuid.uuid4(),
        by=staff,
        tablet=tablet,
        now=timezone.now(),
    )
    Scan.objects.update(undone_at=timezone.now(), undone_by=staff)
    factories.held_scan(attendee=seat, tablet=tablet)
    HeldBatch.objects.filter(decided_by=None).update(sent_by=factories.user(), decided_by=staff, decision="accepted")
    factories.staff(conference=conference, role=Role.DOOR).delete()
    factories.settlement(conflict=factories.conflict(attendee=seat, checkpoint=checkpoint), by=staff)
    Authenticator.objects.create(user=staff, type="totp", data={"secret": "hidden-secret"})
    UserSession.objects.create(user=staff, session_key=uuid.uuid4().hex, ip="192.0.2.1", user_agent="Firefox", data={})
    factories.conference()


@pytest.fixture
def make_rows() -> Callable[[], None]:
    """Adds one row of everything."""
    return partial(add_row_of_everything, factories.conference())
