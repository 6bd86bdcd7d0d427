"""What somebody has chosen so far, as the address of a page names it and their held order knows it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.account.models import User
from registration.catalogue.models import MAX_SEATS, TicketType, Voucher
from registration.catalogue.offers import Offer, Sale, bundled_with, offers_of
from registration.catalogue.prices import Terms
from registration.catalogue.reductions import Reductions
from registration.order.choice import Choice, SeatRequest
from registration.order.holding import Held, lapsed_offer
from registration.order.models import Order
from registration.order.quote import Quote, quote_for, uses_of
from registration.order.visit import Visit

_LONGEST_CODE = 100


@dataclass
class Basket:
    """`chosen` are short names of ticket types, one entry a seat, and `tickets` those of them that are for sale here.
    `held` is what the visitor holds here: these tickets, or the newest of others.
    """

    visit: Visit
    offers: list[Offer]
    chosen: Sequence[str]
    tickets: list[TicketType]
    code: str
    voucher: Terms | None
    voucher_problem: str
    held: Held | None

    @property
    def conference(self) -> Conference:
        return self.visit.conference

    @property
    def reductions(self) -> Reductions:
        return self.visit.shop.reductions

    @property
    def needs_approval(self) -> bool:
        """Whether organisers decide about it before anything is to be paid."""
        return any(ticket.needs_approval for ticket in self.tickets)

    @property
    def query(self) -> str:
        named = [("ticket", ticket.slug) for ticket in self.tickets]
        return urlencode([*named, ("voucher", self.code)] if self.code else named)

    def problem(self) -> str:
        """Why it cannot be what was meant, in words."""
        if len(self.chosen) > MAX_SEATS:
            return _("%(most)s tickets at most can be ordered at once.") % {"most": MAX_SEATS}
        if len(self.tickets) < len(self.chosen):
            return _("That ticket is not for sale here. Nothing was booked.")
        return ""

    def no_longer_sold(self, *, now: dt.datetime) -> str:
        """Why one of the tickets cannot be had as things are, in words; empty where all can. One query where one cannot."""
        words = {
            Sale.SOLD_OUT: _("%(ticket)s is sold out."),
            Sale.NOT_YET: _("%(ticket)s is not on sale yet."),
            Sale.OVER: _("%(ticket)s is no longer on sale."),
        }
        gone = (offer for offer in self.offers if offer.ticket_type in self.tickets and not offer.is_on_sale)
        why = next((words[offer.sale] % {"ticket": offer.ticket_type} for offer in gone), "")
        user = self.visit.user
        if not why or user is None:
            return why
        lapsed = lapsed_offer(conference=self.conference, buyer=user, tickets=self.tickets, now=now)
        return f"{lapsed} {why}".strip()

    def held_order(self) -> Order | None:
        """Where it holds just these tickets."""
        if self.held is None or self.held.choice.ticket_types != Choice(self.plain_seats()).ticket_types:
            return None
        return self.held.order

    def offer_of(self, choice: Choice) -> uuid.UUID | None:
        """The `checkout_id` of the place from the waiting list that is kept for just this choice."""
        fitting = (held.order for held in self.visit.held if held.choice.ticket_types == choice.ticket_types)
        return next((order.checkout_id for order in fitting if order.is_offer), None)

    def hold(self, order: Order, choice: Choice) -> None:
        """`order` holds `choice` now, and uses of the voucher, where there is one: those that were left and held before."""
        self.held = Held(order, choice, Counter())
        self.voucher = self.reductions.voucher(now=order.created_at) if self.code else None

    def plain_seats(self) -> tuple[SeatRequest, ...]:
        return tuple(SeatRequest(ticket) for ticket in self.tickets)

    def seats(self) -> tuple[SeatRequest, ...]:
        """In the order of `tickets`, with their add-ons where they are held."""
        if self.held is None or self.held_order() is None:
            return self.plain_seats()
        rest = list(self.held.choice.seats)
        return tuple(rest.pop([seat.ticket_type for seat in rest].index(ticket)) for ticket in self.tickets)

    def quote(
        self, seats: tuple[SeatRequest, ...], *, buyer: User, own: int | None, now: dt.datetime
    ) -> tuple[Quote, str]:
        """What they cost, and in words what is wrong with the voucher, which then does nothing."""
        choice, conference = Choice(seats), self.conference
        quote = quote_for(
            choice, conference=conference, buyer=buyer, own=own, now=now, voucher=self.voucher,
            reductions=self.reductions, held=self._uses_held(),
        )  # fmt: skip
        if quote.voucher and not quote.vouchers:
            return quote, _("The voucher makes none of these tickets cheaper.")
        return quote, self.voucher_problem

    def reduced(self) -> frozenset[TicketType]:
        """Those tickets with each of which add-ons cost what the voucher makes of them. None where it has too few uses for
        that: which seats they are for turns out with what is chosen, and the sum says it.
        """
        covered = [ticket for ticket in self.tickets if self.voucher and self.voucher.covers(ticket)]
        uses = uses_of(self.voucher, self._uses_held())
        return frozenset(covered) if uses is None or len(covered) <= uses else frozenset()

    def _uses_held(self) -> Counter[Voucher]:
        """As the page was read, like those that are left: of what is about to be held anew or given up for it."""
        order = self.held.order if self.held else None
        ours = (held.vouchers for held in self.visit.held if held.order == order or not held.order.is_offer)
        return sum(ours, Counter())


def sent_basket(visit: Visit, *, chosen: Sequence[str], voucher_code: str) -> Basket:
    """Of a form that is to be held or placed: what is hidden, sold out or held, and whether the voucher is any good, is left
    to the rule that sells.
    """
    for_sale = {each.slug: each for each in visit.shop.types}
    tickets = [for_sale[each] for each in chosen[: MAX_SEATS + 1] if each in for_sale]
    code = voucher_code.strip()[:_LONGEST_CODE]
    return Basket(visit, [], chosen, tickets, code, None, "", None)


def basket_of(visit: Visit, *, chosen: Sequence[str], voucher_code: str, is_priced: bool, now: dt.datetime) -> Basket:
    """`is_priced` when what everybody gets off is to be shown beside each ticket."""
    code = voucher_code.strip()[:_LONGEST_CODE]
    conference, shop = visit.conference, visit.shop
    held = _held_by(visit, chosen)
    mine = held.choice.voucher_code if held else ""
    voucher, problem = shop.reductions.voucher_or_problem(now=now, held=mine)
    discounts = shop.reductions.discounts(buyer=None, now=now).for_all if is_priced else ()
    offers = offers_of(
        conference,
        shop.types,
        now=now,
        voucher=voucher,
        discounts=discounts,
        held=sum((each.choice.ticket_types for each in visit.held), Counter()),
        extras=bundled_with(discounts, conference, shop.add_ons, now=now, voucher=voucher),
    )
    for_sale = {offer.ticket_type.slug: offer.ticket_type for offer in offers}
    tickets = [for_sale[each] for each in chosen[: MAX_SEATS + 1] if each in for_sale]
    return Basket(visit, offers, chosen, tickets, code, voucher, problem, held)


def _held_by(visit: Visit, chosen: Sequence[str]) -> Held | None:
    """Somebody may hold one thing and be offered another: what the page is about, or else the newest."""
    wanted = sorted(chosen)
    fitting = (each for each in visit.held if sorted(seat.ticket_type.slug for seat in each.choice.seats) == wanted)
    return next(fitting, next(iter(visit.held), None))
