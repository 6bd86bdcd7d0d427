"""Somebody deletes their own account, or has it deleted: what speaks against it, what goes with it, and what stays.

What was sold is in the books of the organisers, and heads that were counted stay counted: the records of whoever bought or
held a ticket go on as nobody's (`wiping.py`), and nothing else tells of them (`traces.py`). What still goes on, a ticket to
come or money that is owed, has to end first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from conferences.errors import SettingUpError
from conferences.models import Conference, Role, StaffRole
from conferences.staffing import remove_staff
from registration.account.models import User
from registration.attendee.locking import lock_seats
from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.money.models import Issue
from registration.order.models import Order, OrderStatus
from registration.order.models_credit import Credit
from registration.order.models_money import Refund
from registration.privacy.person import Person, addresses_of, know, waiting_for
from registration.privacy.traces import find_traces, wipe_traces
from registration.privacy.wiping import done_as_staff, hand_over, wipe_records
from registration.waiting.models import WaitingEntry
from registration.waiting.waiting_list import leave_waiting_list


@dataclass(frozen=True)
class Leaving:
    """Of an account. What comes first speaks against its end; `works_at` and `waits_for` end with it; the rest stays, without
    them where it is not said otherwise.
    """

    is_superuser: bool
    tickets: Sequence[Attendee]  # to come: theirs, and what they bought for others
    holds_at: Sequence[Conference]
    unsettled: Sequence[Order]
    credits: Sequence[Credit]
    only_organiser_of: Sequence[Conference]
    works_at: Sequence[Conference]
    waits_for: Sequence[WaitingEntry]
    kept_at: Sequence[Conference]
    is_in_books: bool  # as staff, with their name

    @property
    def is_free(self) -> bool:
        against = self.tickets, self.holds_at, self.unsettled, self.credits, self.only_organiser_of
        return not (self.is_superuser or any(against))


def look_at_leaving(*, user: User, now: dt.datetime) -> Leaving:
    """As often asked as there are kinds of records, whatever there is."""
    person = know(user)
    waiting = waiting_for(addresses_of(user)).order_by().values("pk")  # may be taken over at any moment
    tickets = Attendee.objects.live().filter(Q(user=user) | Q(order__user=user) | Q(pk__in=waiting))
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
        unsettled=_unsettled(user),
        credits=[credit for credit in credits_ if credit.left],
        only_organiser_of=list(Conference.objects.filter(pk__in=alone.values("conference"))),
        works_at=list(Conference.objects.filter(pk__in=roles.values("conference"))),
        waits_for=list(WaitingEntry.objects.live().filter(user=user).select_related("ticket_type__conference")),
        kept_at=list(
            Conference.objects.filter(
                Q(pk__in=placed) | Q(pk__in=own) | Q(pk__in=Credit.objects.filter(user=user).values("conference"))
            )
        ),
        is_in_books=any(rows.exists() for rows, _field in done_as_staff(person)) or user.former_roles.exists(),  # type: ignore[attr-defined]
    )


def _unsettled(user: User) -> list[Order]:
    """Something of it is to be paid, to be given back, or to be looked at by people; who it is for must be known."""
    orders = Order.objects.filter(user=user)
    back = Refund.objects.filter(order__user=user).to_pay_out().values("order")
    looked_at = Issue.objects.open().filter(order__user=user).values("order")
    open_ones = Q(pk__in=orders.placed().pending().values("pk")) | Q(pk__in=back) | Q(pk__in=looked_at)
    return list(orders.filter(open_ones).select_related("conference").order_by("pk"))


def delete_account(*, user: User, now: dt.datetime) -> None:
    """With its addresses, keys and sessions, and all that tells of its owner. Raises RegistrationError `kept` where
    `look_at_leaving` finds something against it. Locks credits, seats, orders, what is waited for, each conference they
    work for, and last the user, to whom nothing more can come then; what came meanwhile is refused.
    """
    kept = RegistrationError("kept", _("Nothing was deleted. Something came that speaks against it."))
    person = know(user)
    traces = find_traces(person, now=now)
    try:
        with transaction.atomic():
            _hold(person, traces.seats)
            for held in user.staff_roles.order_by("conference"):  # type: ignore[attr-defined]
                remove_staff(held=held)
            for entry in WaitingEntry.objects.live().filter(user=user):
                leave_waiting_list(entry=entry, now=now)
            locked = User.objects.select_for_update().get(pk=user.pk)
            if know(locked) != person or not look_at_leaving(user=locked, now=now).is_free:
                raise kept
            # Choices that nobody bought, which the worker forgets later.
            Order.objects.choices().filter(user=locked, status=OrderStatus.EXPIRED).delete()
            wipe_traces(traces, person)
            hand_over(person, now=now)
            wipe_records(person, now=now)
            locked.delete()
    except (SettingUpError, ProtectedError, IntegrityError, User.DoesNotExist) as error:
        raise kept from error


def _hold(person: Person, more: Sequence[int]) -> None:
    """In the order in which everybody locks, so that nobody waits for each other; `more` are seats whose notes name them."""
    list(Credit.objects.select_for_update(no_key=True).filter(user=person.user).order_by("pk"))
    lock_seats(Attendee.objects.filter(pk__in={*person.seats, *person.addressed, *more}))
    list(Order.objects.select_for_update().filter(pk__in=person.own_orders).order_by("pk").values_list("pk"))
    waiting = WaitingEntry.objects.live().filter(user=person.user)
    list(waiting.select_for_update().order_by("pk").values_list("pk"))
