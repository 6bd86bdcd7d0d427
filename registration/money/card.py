"""Pay by card: send the buyer to Stripe's page, and take in what Stripe says came of it, whoever tells and how often.

There are three who tell: Stripe's events (`webhook`), the worker that asks (`ask_about_open`), and whoever ends a page.
All end in `take_in`, which is one transaction: the money, what it completes, and the state of the card payment are
stored together or not at all.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.errors import RegistrationError
from registration.money import stripe_api
from registration.money.issues import look_at_surplus, raise_issue
from registration.money.models import CardPayment, CardState, IssueKind
from registration.order.locks import lock_order
from registration.order.models import Order
from registration.order.models_money import PaymentMethod
from registration.order.payment import paid_so_far, receive_payment

log = logging.getLogger(__name__)

# Stripe takes no less than 30 minutes; the rest is for a page that is asked for again after a lost answer.
OPEN_FOR = dt.timedelta(minutes=40)
_RETRY_FOR = dt.timedelta(minutes=8)
# So long a paid session may take to be told before the order's time is over.
_GRACE = dt.timedelta(minutes=20)
_ASK_EVERY = dt.timedelta(seconds=30)
_AT_ONCE = 50


def start_card_payment(*, order: Order, now: dt.datetime) -> CardPayment:
    """The open card payment of `order`, for what is still owed, with the address of Stripe's page: the one there is, or
    a new one. While it is open the order does not end.

    Raises RegistrationError `not_payable`, or `card_away` when Stripe does not answer. Never call it in a transaction.
    """
    for _try in range(3):
        found = _open_one(order, now)
        if found.amount == _owed(order) and found.expires_at > now + dt.timedelta(minutes=2):
            return found if found.url else _create_page(found)
        # It is for another amount by now, or about to end. It must not be paid any more before there is a second.
        end_card_payment(found, now=now)
    raise RegistrationError("card_away", _away())


def _owed(order: Order) -> Any:
    return order.total - paid_so_far(order)


def _open_one(order: Order, now: dt.datetime) -> CardPayment:
    try:
        with transaction.atomic():
            _seats, locked = lock_order(order.pk)
            order.status, order.total = locked.status, locked.total
            if not locked.is_to_be_paid or _owed(locked) <= 0:
                raise RegistrationError("not_payable", _("Nothing is to be paid for this order."))
            found = CardPayment.objects.open().filter(order=locked).first()
            if found is None:
                found = CardPayment.objects.create(
                    order=locked, amount=_owed(locked), currency=locked.currency, created_at=now,
                    expires_at=now + OPEN_FOR, ask_at=now + _ASK_EVERY,
                )  # fmt: skip
                # It does not end until it is known whether it was paid; its due date stays.
                locked.kept_until = found.expires_at + _GRACE
                locked.save(update_fields=["kept_until", "updated_at"])
            return found
    except IntegrityError:
        return CardPayment.objects.open().select_related("order__conference", "order__user").get(order=order)


def _create_page(card_payment: CardPayment) -> CardPayment:
    order = card_payment.order
    try:
        session = stripe_api.create_session(
            card_payment,
            back=f"{settings.SITE_URL}{reverse('order-card-done', args=[order.reference])}",
            text=order.conference.name,
            email=order.user.email or "",
        )
    except stripe_api.RefusedError as error:
        # Our fault or the account's; the next try begins anew.
        log.error("Stripe made no page: %s", error.code)
        CardPayment.objects.open().filter(pk=card_payment.pk, session_id=None).update(state=CardState.OVER)
        raise RegistrationError("card_away", _away()) from error
    except stripe_api.UnreachableError as error:
        log.warning("Stripe does not answer: %s", error)
        raise RegistrationError("card_away", _away()) from error
    CardPayment.objects.filter(pk=card_payment.pk, session_id=None).update(session_id=session.id, url=session.url)
    card_payment.session_id, card_payment.url = session.id, session.url
    return card_payment


def _away() -> str:
    return _("Cards cannot be charged at the moment. Nothing was paid. Try again in a minute, or pay in another way.")


def end_card_payment(card_payment: CardPayment, *, now: dt.datetime) -> None:
    """Let nobody pay by it any more; what was paid by it meanwhile is taken in. Raises RegistrationError `card_away`."""
    if card_payment.session_id is None:
        # Nobody was ever given its address.
        CardPayment.objects.open().filter(pk=card_payment.pk).update(state=CardState.OVER)
        return
    try:
        session = stripe_api.expire_session(card_payment.session_id)
    except stripe_api.StripeError as error:
        raise RegistrationError("card_away", _away()) from error
    take_in(session, now=now)


@transaction.atomic
def take_in(session: Any, *, now: dt.datetime) -> None:
    """Store what Stripe says of a session, in one transaction; told again it changes nothing. Locks the seats of its
    order by primary key, and then the order.
    """
    # One Stripe account may serve others beside this site.
    if not (key := key_of(session)):
        return
    card_payment = CardPayment.objects.select_related("order__conference", "order__user").filter(pk=key).first()
    is_paid = session["payment_status"] == "paid"
    if card_payment is None or card_payment.order.reference != session["client_reference_id"]:
        if is_paid:
            _nobodys(session, now)
    elif is_paid:
        _take_money(card_payment, session, now)
    elif session["status"] == "expired":
        CardPayment.objects.open().filter(pk=card_payment.pk).update(state=CardState.OVER)


def key_of(session: Any) -> uuid.UUID | None:
    """Of the card payment that a session, or whatever else came of it at Stripe, belongs to; None where it is none of ours."""
    try:
        return uuid.UUID((session["metadata"] or {})["lanyard"])
    except (KeyError, ValueError):
        return None


def _nobodys(session: Any, now: dt.datetime) -> None:
    """It names an order that is not here, as after a restore from a backup."""
    currency = session["currency"].upper()
    order = Order.objects.select_related("conference").filter(reference=session["client_reference_id"]).first()
    conferences = Conference.objects.all()[:2]
    raise_issue(
        IssueKind.UNKNOWN,
        about=session["payment_intent"] or session["id"],
        now=now,
        order=order,
        # A site with one conference knows whose it is.
        conference=conferences[0] if len(conferences) == 1 else None,
        amount=stripe_api.from_minor(session["amount_total"], currency),
        currency=currency,
    )


def _take_money(card_payment: CardPayment, session: Any, now: dt.datetime) -> None:
    order, about = card_payment.order, session["payment_intent"] or session["id"]
    currency = session["currency"].upper()
    amount = stripe_api.from_minor(session["amount_total"], currency)
    CardPayment.objects.filter(pk=card_payment.pk).update(state=CardState.PAID)
    if currency != order.currency:
        raise_issue(IssueKind.WRONG_CURRENCY, about=about, now=now, order=order, amount=amount, currency=currency)
        return
    receive_payment(
        order=order, amount=amount, method=PaymentMethod.STRIPE, note="", by=None, now=now, request_id=card_payment.pk,
        external_id=about,
    )  # fmt: skip
    if amount != card_payment.amount:
        raise_issue(IssueKind.WRONG_AMOUNT, about=about, now=now, order=order, amount=amount, currency=currency)
    look_at_surplus(order=order, about=about, now=now, external_id=about)


def ask_about_open(*, now: dt.datetime) -> int:
    """Ask Stripe about the payments that are open, each now and then; end those whose order is no longer to be paid, or
    not that much, and those for which no page was ever made. Returns how many were asked about.
    """
    if not stripe_api.is_offered():
        return 0
    asked = 0
    for card_payment in CardPayment.objects.to_ask_about(now=now).select_related("order")[:_AT_ONCE]:
        # Compares with what was read, so that of two workers one asks.
        mine = CardPayment.objects.open().filter(pk=card_payment.pk, ask_at=card_payment.ask_at)
        if mine.update(ask_at=now + _ASK_EVERY):
            asked += _ask(card_payment, now)
    return asked


def _ask(card_payment: CardPayment, now: dt.datetime) -> int:
    if card_payment.session_id is None:
        if card_payment.created_at < now - _RETRY_FOR:
            CardPayment.objects.open().filter(pk=card_payment.pk, session_id=None).update(state=CardState.OVER)
        return 0
    try:
        if card_payment.order.is_pending and card_payment.amount == _owed(card_payment.order):
            take_in(stripe_api.retrieve_session(card_payment.session_id), now=now)
        else:
            end_card_payment(card_payment, now=now)
    except (stripe_api.StripeError, RegistrationError) as error:
        log.warning("Stripe was not asked: %s", type(error).__name__)
    return 1
