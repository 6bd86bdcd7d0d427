"""What holding and selling have in common: the places and lines of an order, written from what it is quoted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from operator import attrgetter

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from conferences.languages import in_language_of
from conferences.models import Conference
from conferences.prepared import Given, Prepared, delete_all, insert_all, update_all
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import AddOn, TicketType
from registration.catalogue.places import exchange_places
from registration.catalogue.prices import PricedLine
from registration.errors import RegistrationError
from registration.order.choice import Choice
from registration.order.models import Order, OrderLine
from registration.order.quote import Quote
from registration.order.refusals import refuse_beyond_limits
from registration.order.release import Released

_TRIES = 3


_LINES = Prepared(
    lambda: (
        OrderLine.objects.filter(order=Given("order")).select_related("ticket_type", "add_on", "voucher").order_by("pk")
    )
)


def lines_of(order: Order) -> list[OrderLine]:
    """With what they sell, in the order they were written. One query."""
    return _LINES.all(order=order.pk)


def write_once(checkout_id: uuid.UUID, write: Callable[[], Order]) -> Order:
    """What `write` gives, in a transaction of its own. A second try sees what the first one clashed with: the same form, a
    seat that this buyer has just got in another tab, or, once in 10^12, a reference.
    """
    for _try in range(_TRIES):
        try:
            with transaction.atomic():
                return write()
        except IntegrityError:
            continue
    raise RuntimeError(f"order {checkout_id} clashed {_TRIES} times")


def same_order(known: Order, *, conference: Conference, buyer: User) -> Order:
    """`known` has the `checkout_id` of a form that is sent again. Raises RegistrationError `checkout_id_reused`."""
    if (known.conference_id, known.user_id) != (conference.pk, buyer.pk):
        raise RegistrationError("checkout_id_reused", _("This form was sent before by somebody else. Load it again."))
    return known


def take_what_is_missing(
    order: Order, choice: Choice, *, quote: Quote, held: Released, buyer: User, past_queue: bool = False
) -> None:
    """Take the places of `choice` beyond those that are `held`, give back what is held beyond it. Raises
    RegistrationError `sold_out`, `voucher_used_up`, `limit_per_user`.
    """
    ticket_types, add_ons, vouchers = choice.ticket_types, choice.add_ons, quote.vouchers
    ticket_types.subtract(held.held)
    add_ons.subtract(held.add_ons)
    vouchers.subtract(held.vouchers)
    exchange_places(
        conference=order.conference,
        ticket_types=ticket_types,
        add_ons=add_ons,
        vouchers=vouchers,
        past_queue=past_queue,
    )
    if any(count > 0 for count in ticket_types.values()):
        refuse_beyond_limits(choice, conference=order.conference, buyer=buyer, order=order)


def write_lines(
    order: Order, quote: Quote, *, seats: Sequence[Attendee | None], known: Sequence[OrderLine] = ()
) -> list[OrderLine]:
    """The lines of `order`, which is saved already: one for each seat, and one for each of its add-ons. `known` are those
    it has, of a choice that is not placed; where they say the same they stay, and only learn who sits in the seat.
    """
    with in_language_of(order.conference):  # mails say them
        wanted = [_line(order, line, seat) for lines, seat in zip(quote.seats, seats, strict=True) for line in lines]
    if len(known) == len(wanted) and all(_says(old) == _says(new) for old, new in zip(known, wanted, strict=True)):
        for old, new in zip(known, wanted, strict=True):
            old.attendee = new.attendee
        if any(seats):
            update_all(known, "attendee")
        return list(known)
    delete_all(known)  # nothing refers to them yet
    return insert_all(wanted)


_SAID = (
    "ticket_type_id", "add_on_id", "voucher_id", "text", "price", "discount", "discount_text", "at_least", "tax_rate",
    "tax", "quantity", "cancelled_at", "released_at",
)  # fmt: skip
_says = attrgetter(*_SAID)


def _line(order: Order, line: PricedLine, seat: Attendee | None) -> OrderLine:
    return OrderLine(
        order=order,
        attendee=seat,
        ticket_type=line.item if isinstance(line.item, TicketType) else None,
        add_on=line.item if isinstance(line.item, AddOn) else None,
        voucher=line.voucher,
        text=line.item.name,
        price=line.price,
        discount=line.discount,
        discount_text=line.discount_text,
        at_least=line.at_least,
        tax_rate=line.tax_rate,
        tax=line.tax,
        quantity=line.quantity,
    )


def write_totals(order: Order, quote: Quote) -> None:
    """On the object alone; the caller saves it."""
    totals = quote.totals
    order.subtotal, order.discount, order.total = totals.subtotal, totals.discount, totals.total
