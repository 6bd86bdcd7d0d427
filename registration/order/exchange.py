"""Another ticket for a seat, for the difference in price: a replacement order (see `replacement.py`)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conferences.languages import say
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import AddOn, TicketType
from registration.catalogue.places import change_places
from registration.catalogue.prices import NOTHING, Bought, PricedLine, price_line, tax_in
from registration.catalogue.reductions import reductions_of
from registration.errors import RegistrationError
from registration.order.completion import ask_for_payment, renew_papers, send_ticket
from registration.order.due import due_at
from registration.order.giving_back import give_back, tell_given_back
from registration.order.history import Event, note
from registration.order.locks import lock_seat_with_orders
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.quote import discounts_of
from registration.order.refusals import beyond_limit, had_by
from registration.order.replacement import take_over, waiting_exchange
from registration.order.retaxing import tax_anew
from registration.order.ticket_lines import ticket_line
from registration.order.ticket_value import TicketValue, seat_value

_CHEAPER = gettext_lazy("Changed to a cheaper ticket")
_IN_PLACE = gettext_lazy("in place of %(ticket)s")
_LONGEST = OrderLine._meta.get_field("discount_text").max_length


@dataclass(frozen=True)
class Exchange:
    """One ticket that a seat could have instead. `due` is to be paid for it, `back` would be given back, and `kept` is what
    of the difference stays with the conference. `bound` is what of the rest stays there too when its holder gives the new
    ticket back, because the present one, or one before, cannot be cancelled. `refusal` says what speaks against it.
    """

    ticket_type: TicketType
    priced: PricedLine
    due: Decimal
    back: Decimal
    kept: Decimal
    bound: Decimal
    refusal: RegistrationError | None


def why_not_exchange(seat: Attendee, *, now: dt.datetime, is_staff: bool = False) -> RegistrationError | None:
    """What speaks against another ticket for this seat, whichever; None when nothing does. The seat is loaded with
    conference and order. Two queries.

    `not_live`, `not_bought_here`, `not_finished`, `being_changed`; but for staff `blocked`, `changes_closed`.
    """
    if not seat.is_live:
        return RegistrationError("not_live", _("This ticket is not valid any more."))
    if seat.order is None or ticket_line(seat) is None:
        return RegistrationError("not_bought_here", _("This ticket was not bought here, so it cannot be changed here."))
    if not seat.order.is_paid:
        return RegistrationError("not_finished", _("The ticket has to be paid and finished first."))
    if waiting_exchange(seat):
        return RegistrationError("being_changed", _("A change of this ticket waits for its payment."))
    if is_staff:
        return None
    if seat.blocked_reason:
        return RegistrationError("blocked", _("This ticket is blocked. Ask the organisers."))
    if not seat.conference.can_change_details(now=now):
        return RegistrationError("changes_closed", _("Tickets can no longer be changed here. Ask the organisers."))
    return None


def exchange_made(seat: Attendee, *, request_id: str) -> Order | None:
    """The order that a form with this id, as it was sent, has made already. One query."""
    try:
        key = uuid.UUID(request_id)
    except ValueError:
        return None
    return Order.objects.filter(checkout_id=key, lines__attendee=seat).first()


def exchanges(*, seat: Attendee, by: User, now: dt.datetime, is_staff: bool = False) -> list[Exchange]:
    """Every other ticket of the conference that can be had, with what it would cost and what speaks against it: for staff
    also what is hidden or not on sale. A fixed number of queries, three for each order that the seat was on.
    """
    types = list(TicketType.objects.filter(conference=seat.conference_id).select_related("conference"))
    if ticket_line(seat) is None:
        return []
    value = seat_value(seat)
    reductions = reductions_of(seat.conference)
    terms = discounts_of(by, conference=seat.conference, reductions=reductions, now=now).of_seat(
        is_own=seat.user_id == by.pk
    )
    today = seat.conference.local_date(now)
    is_bound = not any(kind.pk == seat.ticket_type_id and kind.is_cancellable_on(today) for kind in types)
    others = [kind for kind in types if kind.pk != seat.ticket_type_id and (is_staff or _is_open(kind, now))]
    sold = AddOn.objects.filter(order_lines__attendee=seat, order_lines__released_at=None).distinct()
    add_ons = list(sold.prefetch_related("ticket_types"))
    # As if it were bought now, and alone; what comes with the seat stays with it.
    bought = Bought(add_ons=frozenset(add_on.pk for add_on in add_ons))
    barred = _barred_by(add_ons, others)
    found = []
    for kind in others:
        priced = price_line(kind, discounts=terms, bought=bought, currency=seat.conference.currency)
        barring = barred.get(kind.pk)
        found.append(_exchange(seat, kind, priced, value, now, barred=barring, is_bound=is_bound, is_staff=is_staff))
    return found


def _is_open(kind: TicketType, now: dt.datetime) -> bool:
    return not kind.requires_voucher and not kind.needs_approval and kind.is_on_sale(now=now)


def _exchange(
    seat: Attendee, kind: TicketType, priced: PricedLine, value: TicketValue, now: dt.datetime,
    *, barred: AddOn | None, is_bound: bool, is_staff: bool,
) -> Exchange:  # fmt: skip
    paid = value.of_tickets()
    due, less = max(priced.price - paid.total, NOTHING), max(paid.total - priced.price, NOTHING)
    # It stays at least, so that a change to something cheaper is no way around it.
    kept = NOTHING if is_staff else paid.kept
    back = min(less, paid.total - kept)
    bound = NOTHING
    if kind.is_cancellable_on(seat.conference.local_date(now)):
        bound = min(value.total if is_bound else value.bound, value.total - back)
    refusal = None
    if barred:
        words = {"add_on": barred, "ticket": kind}
        refusal = RegistrationError("add_on_not_with_ticket", _("%(add_on)s cannot be had with %(ticket)s.") % words)
    elif kind.places_left == 0:
        refusal = RegistrationError("sold_out", _("%(ticket)s is sold out.") % {"ticket": kind})
    elif back and not is_staff and is_bound:
        refusal = RegistrationError("no_refund", _("It is cheaper, and for this ticket nothing is given back here."))
    return Exchange(kind, priced, due, back, less - back, bound, refusal)


def _barred_by(add_ons: list[AddOn], kinds: list[TicketType]) -> Mapping[int, AddOn]:
    """By ticket type, one of `add_ons`, with their ticket types, that is not sold with it."""
    barred: dict[int, AddOn] = {}
    for add_on in add_ons:
        only_with = {kind.pk for kind in add_on.ticket_types.all()}
        barred |= {kind.pk: add_on for kind in kinds if only_with and kind.pk not in only_with}
    return barred


@transaction.atomic
def exchange_ticket(
    *,
    attendee: Attendee,
    ticket_type: TicketType,
    by: User,
    now: dt.datetime,
    request_id: uuid.UUID,
    expected: Decimal | None = None,
    reason: str = "",
    is_staff: bool = False,
    is_waived: bool = False,
) -> Order:
    """Order `ticket_type` for the seat in place of what it has, and return that replacement order. What costs more waits
    for its payment, with a place of the new type held; what costs the same or less is done at once, and the difference
    is given back by the way it came. What is left of what was paid is the price of the new ticket then, and taxed as that
    is, unless it is free. Takes no place of the venue, so it works when that is sold out. `expected` is the
    difference that the page showed, below zero what it would give back. Whoever asks buys it, for staff the buyer of
    the ticket; `is_waived` neither asks for the difference nor gives it back.

    The same `request_id` again gives the same order. Whether `by` may change this seat is for the caller to have
    checked. Raises RegistrationError: those of `why_not_exchange`; `not_on_sale`, `sold_out`, `no_refund`,
    `add_on_not_with_ticket`, `limit_per_user`, `price_changed`, `changed_meanwhile`, `request_id_reused`. Locks all
    seats of the orders that the seat was on, so that no cancellation and no scan meets it half changed, then the orders,
    the numbers of the invoices, and the places.
    """
    seat, _held, orders = lock_seat_with_orders(attendee)
    if known := Order.objects.filter(checkout_id=request_id).first():
        if not known.lines.filter(attendee=seat).exists():
            raise RegistrationError("request_id_reused", _("This form was sent before. Load the page again."))
        return known
    seat.order = orders.get(seat.order_id) if seat.order_id else None
    if refusal := why_not_exchange(seat, now=now, is_staff=is_staff):
        raise refusal
    before, line = seat.order, ticket_line(seat)
    assert before and line
    payer = before.user if is_staff else by
    options = exchanges(seat=seat, by=payer, now=now, is_staff=is_staff)
    chosen = next((each for each in options if each.ticket_type == ticket_type), None)
    if chosen is None:
        raise RegistrationError("not_on_sale", _("%(ticket)s is not for sale here.") % {"ticket": ticket_type})
    if chosen.refusal and not (is_waived and chosen.refusal.code == "no_refund"):
        raise chosen.refusal
    if expected is not None and not is_waived and expected != chosen.due - chosen.back:
        raise RegistrationError("price_changed", _("The price has just changed. Look at it once more."))
    due, back = (NOTHING, NOTHING) if is_waived else (chosen.due, chosen.back)
    order = _place(seat, before, line, chosen, due, payer=payer, request_id=request_id, now=now)
    details = {"seat": seat.name, "was": line.text, "ticket": str(ticket_type), "amount": str(due)}
    note(
        order=before, event=Event.EXCHANGE_ASKED, by=by, now=now, reason=reason, order_after=order.reference, **details
    )
    note(order=order, event=Event.PLACED, by=by, now=now, reason=reason, total=str(due), order_before=before.reference)
    freed: list[TicketType] = []
    if due:
        ask_for_payment(order=order)
    else:
        parts = seat_value(seat).of_tickets().last(back) if back else {}
        _moved, freed = take_over(order=order, now=now)
        # Before it is given back, so that what stays is credited and invoiced once.
        taxed = tax_anew(order=order, now=now, going_back=parts) if chosen.priced.price else []
        _give_back(parts, orders, reason or say(_CHEAPER, to=seat.conference), by, now, request_id)
        renew_papers(orders=taxed, now=now)
        seat.refresh_from_db(fields=["order", "ticket_type"])
        send_ticket(seat, order=order, template="ticket_changed")
    change_places(taken=[ticket_type], freed=freed)
    _refuse_beyond_limit(chosen.ticket_type, order)
    return order


def _place(
    seat: Attendee, before: Order, line: OrderLine, chosen: Exchange, due: Decimal,
    *, payer: User, request_id: uuid.UUID, now: dt.datetime,
) -> Order:  # fmt: skip
    """As every order is written: what was paid already stands in the line as taken off, and nothing else, so that it can be
    called that. The price is what the new ticket costs today.
    """
    conference, kind, price = seat.conference, chosen.ticket_type, chosen.priced.price
    in_place = say(_IN_PLACE, to=conference) % {"ticket": line.text}
    # Whoever bought it first is invoiced as before.
    billed = {name: getattr(before, name) for name in Order.BILLING} if payer == before.user else {}
    order = Order.objects.create(
        conference=conference, user=payer, checkout_id=request_id, replaces=before, created_at=now,
        status=OrderStatus.PENDING if due else OrderStatus.PAID, subtotal=price, discount=price - due, total=due,
        due_at=due_at(conference, now=now) if due else None, **billed,
    )  # fmt: skip
    OrderLine.objects.create(
        order=order, attendee=seat, ticket_type=kind, text=kind.name, price=due, discount=price - due,
        discount_text=in_place[:_LONGEST], tax_rate=kind.tax_rate, replaces_line=line,
        tax=tax_in(due, rate=kind.tax_rate, currency=conference.currency),
    )  # fmt: skip
    return order


def _give_back(
    parts: Mapping[OrderLine, Decimal], orders: Mapping[int, Order], reason: str, by: User, now: dt.datetime,
    request_id: uuid.UUID,
) -> None:  # fmt: skip
    for paid_line, part in parts.items():
        order = orders[paid_line.order_id]
        order.refresh_from_db(fields=["status"])
        refunds = give_back(order=order, shares={paid_line: part}, reason=reason, by=by, now=now, request_id=request_id)
        tell_given_back(order, refunds=refunds, reason=reason)


def _refuse_beyond_limit(kind: TicketType, order: Order) -> None:
    """After the place was taken, which locks the type's row: no other order of this buyer takes one while we count."""
    if not kind.limit_per_user:
        return
    if had_by(order.user, kinds=[kind])[kind.pk] > kind.limit_per_user:
        raise beyond_limit(kind)
