"""What is asked of Stripe, by its own SDK, which no other module knows. Nothing here is called in a transaction: each of
these waits for an answer, and raises `RefusedError` or `UnreachableError`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings

from registration.money.models import CardPayment
from registration.order.models_money import Payment, Refund

if TYPE_CHECKING:
    from stripe import StripeClient

# A web worker waits for it.
_SECONDS = 20
# Stripe's own lists: currencies whose smallest coin is one, and those with a thousand to one.
_WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THOUSANDS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


class StripeError(Exception):
    """Stripe has not done what it was asked."""


class RefusedError(StripeError):
    """It was understood and not done. The text is Stripe's own reason, for organisers; `code` is for a log."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason or code)
        self.code = code


class UnreachableError(StripeError):
    """There was no answer, or none that helps; it may have been done. The text is for a log."""


def is_offered() -> bool:
    return bool(settings.STRIPE_SECRET_KEY)


@contextmanager
def _client() -> Iterator[StripeClient]:
    import stripe  # here, because a site without cards needs not pay 20 MB in each of its processes

    try:
        yield stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            base_addresses={"api": settings.STRIPE_API_BASE},
            http_client=stripe.RequestsClient(timeout=_SECONDS),
            max_network_retries=1,
        )
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise RefusedError(error.code or error.param or "", error.user_message or "") from error
    except stripe.StripeError as error:
        raise UnreachableError(type(error).__name__) from error


def to_minor(amount: Decimal, currency: str) -> int:
    return int(amount * _coins(currency))


def from_minor(amount: int, currency: str) -> Decimal:
    return (Decimal(amount) / _coins(currency)).quantize(Decimal("0.01"))


def _coins(currency: str) -> int:
    return 1 if currency.upper() in _WHOLE else 1000 if currency.upper() in _THOUSANDS else 100


def create_session(card_payment: CardPayment, *, back: str, text: str, email: str) -> Any:
    """The page where `card_payment` is paid. `back` is the address of the page that waits for the money."""
    order = card_payment.order
    names = {"lanyard": str(card_payment.pk), "order": order.reference}
    params: dict[str, Any] = {
        "mode": "payment",
        # Others tell for days after whether they have paid.
        "payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": card_payment.currency.lower(),
                    "unit_amount": to_minor(card_payment.amount, card_payment.currency),
                    "product_data": {"name": text},
                },
            }
        ],
        "client_reference_id": order.reference,
        "metadata": names,
        "payment_intent_data": {"description": f"{text}, {order.reference}", "metadata": names},
        "expires_at": int(card_payment.expires_at.timestamp()),
        "success_url": back,
        "cancel_url": f"{settings.SITE_URL}{order.get_absolute_url()}",
    }
    if email:
        params["customer_email"] = email
    with _client() as client:
        return client.v1.checkout.sessions.create(
            params,  # type: ignore[arg-type]
            {"idempotency_key": f"lanyard-card-{card_payment.pk}"},
        )


def retrieve_session(session_id: str) -> Any:
    with _client() as client:
        return client.v1.checkout.sessions.retrieve(session_id)


def expire_session(session_id: str) -> Any:
    """As it is then: one that was paid a moment before says so."""
    try:
        with _client() as client:
            return client.v1.checkout.sessions.expire(session_id)
    except RefusedError:
        return retrieve_session(session_id)


@dataclass(frozen=True)
class RefundThere:
    """A refund as Stripe has it. `refund_pk` is that of ours which it was made for by `create_refund`, None where somebody
    made it on Stripe's own pages.
    """

    id: str
    amount: Decimal
    has_failed: bool
    made_at: dt.datetime
    refund_pk: int | None


def list_refunds(payment: Payment) -> list[RefundThere]:
    """All of them, the newest first."""
    with _client() as client:
        made = client.v1.refunds.list({"payment_intent": payment.external_id or "", "limit": 100})
        return [_refund_there(each, payment) for each in made.auto_paging_iter()]


def create_refund(refund: Refund, *, amount: Decimal, attempt: int) -> RefundThere:
    """`attempt` is another after each that was refused: the same one again is answered as before. With another amount it is
    an UnreachableError, so that of two who saw different things left to send one sends.
    """
    with _client() as client:
        made = client.v1.refunds.create(
            {
                "payment_intent": refund.payment.external_id or "",
                "amount": to_minor(amount, refund.currency),
                "metadata": {"lanyard": str(refund.pk)},
            },
            {"idempotency_key": f"lanyard-refund-{refund.request_id}-{refund.pk}-{attempt}"},
        )
    return _refund_there(made, refund.payment)


def _refund_there(told: Any, payment: Payment) -> RefundThere:
    try:
        refund_pk = int(told["metadata"]["lanyard"])
    except (KeyError, TypeError, ValueError):
        refund_pk = None
    return RefundThere(
        id=told["id"],
        amount=from_minor(told["amount"], payment.currency),
        has_failed=told["status"] in {"failed", "canceled"},
        made_at=dt.datetime.fromtimestamp(told["created"], dt.UTC),
        refund_pk=refund_pk,
    )


@dataclass(frozen=True)
class EventPage:
    """The newest first; `is_last` when nothing older is asked for."""

    events: list[Any]
    is_last: bool


def list_events(kinds: list[str], *, since: dt.datetime, after: str) -> EventPage:
    """One page of those of `kinds` that happened since; the first, or that after the event `after`. Stripe has them for 30
    days, also where they are sent to nobody.
    """
    params: dict[str, Any] = {"types": kinds, "created": {"gte": int(since.timestamp())}, "limit": 100}
    if after:
        params["starting_after"] = after
    with _client() as client:
        page = client.v1.events.list(params)  # type: ignore[arg-type]
    return EventPage(page.data, is_last=not page.has_more)


def read_event(payload: bytes, signature: str) -> Any:
    """Raises ValueError for one that Stripe has not signed within five minutes, or that is none."""
    import stripe

    try:
        return stripe.Webhook.construct_event(payload, signature, settings.STRIPE_WEBHOOK_SECRET)
    except stripe.SignatureVerificationError as error:
        raise ValueError("not signed by Stripe") from error
