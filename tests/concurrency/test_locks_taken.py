"""What is locked before anything is written, by who decides by what it has read: read from the statements themselves, on
PostgreSQL, so that no moment has to be met.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conferences.models import Role
from registration.invitation.accepting import accept_invitation
from registration.invitation.inviting import Invitee, invite
from registration.money.card import _open_one
from registration.money.gone_back import take_in_refunds
from registration.money.stripe_api import RefundThere
from registration.money.surplus import find_surpluses
from registration.order.approval import approve_order, decline_order
from registration.order.credit import pay_out_credit
from registration.order.due import expire_order
from registration.order.holding import release_expired_holds
from registration.order.models import Approval, OrderStatus
from registration.order.models_credit import Credit
from registration.order.refund import pay_out
from registration.privacy.leaving import delete_account
from registration.waiting.offering import _offer
from registration.waiting.waiting_list import join_waiting_list, leave_waiting_list, move_entry
from tests import factories, factories_money
from tests.registration.order.credits import ordered, use, with_credit

NOW = timezone.now()
LOCKED = re.compile(r'FROM "(?:registration_|conferences_)(\w+)".* FOR (?:NO KEY )?UPDATE', re.DOTALL)


def locked_first(act: Callable[[], object]) -> list[str]:
    locked: dict[str, None] = {}
    with CaptureQueriesContext(connection) as queries:
        act()
    for query in queries:
        if query["sql"].startswith(("INSERT", "UPDATE", "DELETE")):
            return list(locked)
        if found := LOCKED.search(query["sql"]):
            locked[found[1]] = None
    return [*locked, "nothing written"]


@pytest.mark.parametrize("own_database", ["postgres"], indirect=True)
def test_who_decides_by_what_is_there_has_locked_it(own_database):
    conference = factories.conference(expire_after_days=0)
    staff, buyer = factories.user(), factories.user()
    given_back = with_credit(buyer, conference, "100.00")
    spent, pending = ordered(buyer, conference, "40.00"), ordered(buyer, conference, "40.00")
    asked, declined, unpaid = (
        factories.order(conference=conference, total="9.00", status=OrderStatus.PENDING, approval=approval, due_at=NOW)
        for approval in (Approval.ASKED, Approval.ASKED, Approval.NOT_NEEDED)
    )
    factories.order(
        conference=conference, seats=0, status=OrderStatus.PENDING, hold_expires_at=NOW - dt.timedelta(hours=1)
    )
    by_card = factories_money.payment(order=factories.order(conference=conference, total="100.00"))
    refund = factories_money.refund(payment=by_card)
    factories_money.payment(order=factories.order(conference=conference, total="1.00", seats=0), amount="5.00")
    there = RefundThere(id="re_1", amount=Decimal(5), has_failed=False, made_at=NOW, refund_pk=None)
    leaving = factories.user()
    factories.staff(conference=conference, role=Role.DESK, user=leaving)
    gone = factories.order(
        conference=factories.conference(
            start_date=NOW.date() - dt.timedelta(days=9), end_date=NOW.date() - dt.timedelta(days=8)
        )
    ).user
    kind = factories.ticket_type(conference=conference, total_quantity=1)
    factories.attendee(conference=conference, ticket_type=kind)
    first, second, _third = (factories.waiting(ticket_type=kind, position=position) for position in range(3))
    free = factories.ticket_type(conference=conference)
    offered = factories.waiting(ticket_type=free)
    (invitation,) = invite(
        conference=conference, ticket_type=factories.ticket_type(conference=conference),
        people=[Invitee("Ada", factories.user(email="ada@example.org").email)], is_free=True, expires_at=None, by=staff, now=NOW,
    )  # fmt: skip
    order = ["attendee", "order"]
    rules: dict[str, tuple[Callable[[], object], list[str]]] = {
        "pay by credit": (lambda: use(spent), ["credit", *order]),
        "see what went back": (
            lambda: take_in_refunds(payment=given_back.payments.get(), told=[there], now=NOW),
            ["credit", *order],
        ),
        "pay out credit": (
            lambda: pay_out_credit(credit=Credit.objects.get(), amount=Decimal(55), by=staff, now=NOW),
            ["credit"],
        ),
        "pay by card": (lambda: _open_one(pending, NOW), order),
        "approve": (lambda: approve_order(order=asked, by=staff, now=NOW), order),
        "decline": (lambda: decline_order(order=declined, reason="Ill", by=staff, now=NOW), order),
        "end unpaid": (lambda: expire_order(order=unpaid, over=NOW, now=NOW), order),
        "free what is held": (lambda: release_expired_holds(now=NOW), ["order"]),
        "pay out": (lambda: pay_out(refund=refund, by=staff, now=NOW), order),
        "tell of a surplus": (lambda: find_surpluses(now=NOW), order),
        "delete an account": (
            lambda: delete_account(user=leaving, now=NOW),
            ["credit", "waitingentry", "conference", "formerstaff"],
        ),
        "delete an account of nobody's staff": (
            lambda: delete_account(user=gone, now=NOW),
            ["credit", *order, "waitingentry", "user"],
        ),
        "wait": (lambda: join_waiting_list(ticket_type=kind, user=staff, now=NOW), ["conference", "tickettype"]),
        "move up": (lambda: move_entry(entry=second, up=True), ["waitingentry"]),
        "wait no more": (lambda: leave_waiting_list(entry=first, now=NOW), ["waitingentry"]),
        "offer a place": (lambda: _offer(offered.pk, free, NOW), ["waitingentry", "order"]),
        "follow an invitation": (lambda: accept_invitation(invitation=invitation, now=NOW), ["invitation", *order]),
    }
    assert {name: locked_first(act) for name, (act, _) in rules.items()} == {
        name: locks for name, (_, locks) in rules.items()
    }
