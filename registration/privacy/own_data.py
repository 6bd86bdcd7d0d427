"""All that this site holds on somebody, for themselves: section by section, as it stands in the tables.

Left out is what opens something (passwords, keys, sessions), what is worked out from the rest, what they did as staff to
others, and texts about many people in which they may be named. `tests/registration/privacy/sweep.py` has every column that
is left out.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from post_office.models import Email

from conferences.models import FormerStaff, StaffRole
from registration.account.models import User
from registration.attendee.models import Attendee, RetiredCode
from registration.attendee.profile import asked_fields, get_attendee_profile_model
from registration.badge.models import BadgePrint
from registration.changes.models import LostTicketRequest
from registration.checkin.models import Scan
from registration.checkin.models_conflicts import Settlement
from registration.invitation.models import Invitation
from registration.money.models import CardPayment, Issue
from registration.notices.models import Notice
from registration.order.models import Order, OrderEvent, OrderLine
from registration.order.models_credit import Credit, CreditPayout
from registration.order.models_invoice import Invoice
from registration.order.models_money import Payment, Payout, Refund
from registration.privacy.person import Person, know
from registration.privacy.traces import mails_to
from registration.waiting.models import WaitingEntry


@dataclass(frozen=True)
class Part:
    """`name` is that of the section in the file; `where` finds the rows of a person, by an index where there is one."""

    name: str
    label: str | Promise
    model: type[Model]
    where: Callable[[Person], Q]
    columns: tuple[str, ...]


def _user(person: Person) -> Q:
    return Q(user=person.user)


def _seats(person: Person) -> Q:
    return Q(attendee__in=person.seats)


def _orders(person: Person) -> Q:
    return Q(order__in=person.orders)


def parts() -> Iterator[Part]:
    """Those of this site, whose profile model is its own."""
    yield from _PARTS
    if model := get_attendee_profile_model():
        told = tuple(field.name for field in asked_fields(model))
        yield Part("profile", _("What you told of yourself"), model, _user, (*told, "access_code", "created_at"))


def data_of(user: User) -> dict[str, list[dict[str, Any]]]:
    """Rows by section; sections without any are there too. One query each, and those of `know`."""
    person = know(user)
    return {
        part.name: list(part.model._base_manager.filter(part.where(person)).order_by("pk").values(*part.columns))
        for part in parts()
    }


def data_file(user: User, *, now: dt.datetime) -> bytes:
    """As JSON, which people can read."""
    told = {"site": settings.SITE_URL, "made_at": now, **data_of(user)}
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2).encode()


def count_data(user: User) -> list[tuple[str, int]]:
    """What there is, in words, with how many rows."""
    data = data_of(user)
    return [(str(part.label), len(data[part.name])) for part in parts() if data[part.name]]


def _invited(person: Person) -> Q:
    addressed = Invitation.objects.alias(small=Lower("email")).filter(small__in=person.addresses)
    return Q(pk__in=addressed.values("pk")) | Q(order__in=person.orders)


def _asked(person: Person) -> Q:
    addressed = LostTicketRequest.objects.alias(small=Lower("email")).filter(small__in=person.addresses)
    return Q(pk__in=addressed.values("pk"))


_PARTS = (
    Part("account", _("Your account"), User, lambda person: Q(pk=person.user.pk),
        ("name", "email", "date_joined", "last_login", "is_staff", "is_superuser")),
    Part("addresses", _("Addresses"), EmailAddress, _user, ("email", "verified", "primary")),
    Part("groups", _("Groups"), User.groups.through, _user, ("group__name",)),
    Part("second_steps", _("Passkeys and second steps, without their secrets"), Authenticator, _user,
        ("type", "created_at", "last_used_at")),
    Part("devices", _("Where you are signed in"), UserSession, _user,
        ("ip", "user_agent", "created_at", "last_seen_at")),
    Part("staff_roles", _("Conferences that you work for"), StaffRole, _user,
        ("conference__name", "role", "email", "created_at")),
    Part("former_staff_roles", _("Conferences that you worked for"), FormerStaff, _user,
        ("conference__name", "ended_at")),
    Part("tickets", _("Tickets, with what staff noted about you"), Attendee, lambda person: Q(pk__in=person.seats),
        ("conference__name", "ticket_type__name", "order__reference", "name", "email", "access_code", "imported_code",
         "state", "blocked_reason", "staff_note", "needs_attention", "checked_in_at", "completed_registration",
         "cancelled_at", "cancel_reason", "given_away_at", "created_at", "updated_at")),
    Part("retired_codes", _("Codes that your tickets had before"), RetiredCode, _seats,
        ("code", "reason", "created_at")),
    Part("scans", _("Scans of your tickets"), Scan, _seats,
        ("checkpoint__conference__name", "checkpoint__name", "code", "verdict", "method", "effective_at", "received_at",
         "rehearsal", "undone_at", "undo_reason")),
    Part("settled_scans", _("What was found out about such scans"), Settlement,
        lambda person: Q(scan__attendee__in=person.seats), ("scan__effective_at", "note", "settled_at", "reopened_at")),
    Part("badges", _("Badges that were printed"), BadgePrint, _seats,
        ("conference__name", "name", "code", "format", "printed_at", "reason")),
    Part("orders", _("Orders"), Order, lambda person: Q(pk__in=person.orders),
        ("conference__name", "reference", "imported_reference", "status", "approval", "subtotal", "discount", "total",
         "currency", "billing_address", "billing_vat_number", "billing_reference", "created_at", "updated_at", "due_at")),
    Part("order_lines", _("What was ordered"), OrderLine, _orders,
        ("order__reference", "attendee__name", "text", "quantity", "price", "discount", "discount_text", "tax_rate",
         "tax", "cancelled_at")),
    Part("order_events", _("What happened to your orders"), OrderEvent, _orders,
        ("order__reference", "kind", "at", "reason", "details")),
    Part("payments", _("Payments"), Payment, _orders,
        ("order__reference", "amount", "currency", "method", "note", "external_id", "recorded_at")),
    Part("card_payments", _("Payments by card that were begun"), CardPayment, _orders,
        ("order__reference", "amount", "currency", "session_id", "state", "created_at")),
    Part("refunds", _("Refunds"), Refund, _orders,
        ("order__reference", "amount", "currency", "reason", "decided_at")),
    Part("payouts", _("Money that was sent back"), Payout, lambda person: Q(refund__order__in=person.orders),
        ("refund__order__reference", "amount", "succeeded", "at", "external_id", "note", "returned_at")),
    Part("credits", _("Credit"), Credit, _user, ("conference__name",)),
    Part("credit_payouts", _("Credit that was paid out"), CreditPayout, lambda person: Q(credit__user=person.user),
        ("credit__conference__name", "amount", "at", "external_id", "note", "returned_at")),
    Part("payments_looked_at", _("Payments that were looked at"), Issue, _orders,
        ("order__reference", "kind", "amount", "currency", "external_id", "note", "raised_at", "resolved_at")),
    Part("invoices", _("Invoices"), Invoice, _orders,
        ("order__reference", "kind", "name", "total", "currency", "content", "issued_at")),
    Part("waiting_list", _("Waiting list"), WaitingEntry, _user,
        ("ticket_type__conference__name", "ticket_type__name", "state", "created_at", "offered_at", "offer_ends_at")),
    Part("invitations", _("Invitations"), Invitation, _invited,
        ("conference__name", "ticket_type__name", "name", "email", "created_at", "expires_at", "revoked_at",
         "accepted_at")),
    Part("notices", _("Mails that everybody got"), Notice, _seats,
        ("attendee__conference__name", "kind", "about", "sent_at")),
    Part("lost_tickets", _("Tickets that were asked for again"), LostTicketRequest, _asked, ("email", "created_at")),
    Part("mails", _("Mails to you"), Email, lambda person: Q(pk__in=mails_to(person)),
        ("subject", "message", "status", "created", "last_updated")),
)  # fmt: skip
