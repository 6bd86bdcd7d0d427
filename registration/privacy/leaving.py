"""Somebody deletes their own account: what speaks against it, and what goes with it.

What was sold is in the books of the organisers, and heads that were counted stay counted: whoever bought or held a ticket
stays on record, and is told where and whom to ask.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.db.models import PROTECT, ManyToOneRel, ProtectedError, Q
from django.utils.translation import gettext as _

from conferences.errors import SettingUpError
from conferences.models import Conference, Role, StaffRole
from conferences.staffing import remove_staff
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.order.models import Order, OrderStatus
from registration.order.models_credit import Credit
from registration.waiting.models import WaitingEntry
from registration.waiting.waiting_list import leave_waiting_list


@dataclass(frozen=True)
class Leaving:
    """Of an account. What comes first speaks against its end; `works_at` and `waits_for` end with it."""

    is_superuser: bool
    tickets: Sequence[Attendee]  # to come: theirs, and what they bought for others
    holds_at: Sequence[Conference]
    credits: Sequence[Credit]
    kept_at: Sequence[Conference]
    only_organiser_of: Sequence[Conference]
    is_in_books: bool  # as staff
    works_at: Sequence[Conference]
    waits_for: Sequence[WaitingEntry]

    @property
    def is_free(self) -> bool:
        against = self.tickets, self.holds_at, self.credits, self.kept_at, self.only_organiser_of
        return not (self.is_superuser or self.is_in_books or any(against))


def look_at_leaving(*, user: User, now: dt.datetime) -> Leaving:
    """As often asked as there are kinds of records, whatever there is."""
    tickets = Attendee.objects.live().filter(Q(user=user) | Q(order__user=user))
    tickets = tickets.select_related("conference", "ticket_type", "order").order_by("conference__start_date", "pk")
    orders = Order.objects.filter(user=user)
    placed = orders.placed().values("conference")
    own = Attendee.objects.filter(user=user).values("conference")
    credits_ = Credit.objects.filter(user=user).with_left().select_related("conference")
    roles = StaffRole.objects.filter(user=user)
    organisers = StaffRole.objects.filter(role=Role.ORGANISER).exclude(user=user)
    alone = roles.filter(role=Role.ORGANISER).exclude(conference__in=organisers.values("conference"))
    return Leaving(
        is_superuser=user.is_superuser,
        tickets=[seat for seat in tickets if not seat.conference.is_over(now=now)],
        holds_at=list(Conference.objects.filter(pk__in=orders.choices().pending().values("conference"))),
        credits=[credit for credit in credits_ if credit.left],
        kept_at=list(
            Conference.objects.filter(
                Q(pk__in=placed) | Q(pk__in=own) | Q(pk__in=Credit.objects.filter(user=user).values("conference"))
            )
        ),
        only_organiser_of=list(Conference.objects.filter(pk__in=alone.values("conference"))),
        is_in_books=_is_in_books(user),
        works_at=list(Conference.objects.filter(pk__in=roles.values("conference"))),
        waits_for=list(WaitingEntry.objects.live().filter(user=user).select_related("ticket_type__conference")),
    )


def delete_account(*, user: User, now: dt.datetime) -> None:
    """With its addresses, keys and sessions, and all that its owner told of themself. Raises RegistrationError `kept` where
    `look_at_leaving` finds something against it. Locks the user, then each conference they work for.
    """
    kept = RegistrationError("kept", _("Nothing was deleted. Something came that speaks against it."))
    try:
        with transaction.atomic():
            locked = User.objects.select_for_update().get(pk=user.pk)
            for held in locked.staff_roles.order_by("conference"):  # type: ignore[attr-defined]
                remove_staff(held=held)
            if not look_at_leaving(user=locked, now=now).is_free:
                raise kept
            for entry in WaitingEntry.objects.live().filter(user=locked):
                leave_waiting_list(entry=entry, now=now)
            # Choices that nobody bought, which the worker forgets later.
            Order.objects.choices().filter(user=locked, status=OrderStatus.EXPIRED).delete()
            locked.delete()
    except (SettingUpError, ProtectedError, IntegrityError) as error:
        raise kept from error


def _is_in_books(user: User) -> bool:
    """Names as whoever took or gave back money, or in the admin's list of changes."""
    told_apart = {Order, Attendee, Credit}
    related = User._meta.get_fields(include_hidden=True)  # most have no name to be asked by from here
    fields = [one.field for one in related if isinstance(one, ManyToOneRel) and one.on_delete is PROTECT]
    in_books = (
        one.model._base_manager.filter(**{one.name: user}).exists() for one in fields if one.model not in told_apart
    )
    return any(in_books) or LogEntry.objects.filter(user=user).exists()
