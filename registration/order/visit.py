"""Somebody who registers: what they are offered, hold and have here already, read in one statement a page."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from conferences.models import Conference
from conferences.prepared import Prepared
from conferences.together import Together
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.reductions import code_to_look_for
from registration.catalogue.shop import SHOP, Shop, shop_from, the_conference
from registration.order.holding import Held, held_lines, held_of
from registration.order.seating import seats_of

# No account has it.
_NOBODY = 0

_ROWS = Together(
    **SHOP,
    held_lines=Prepared(lambda: held_lines(the_conference())),
    seats=Prepared(lambda: seats_of(the_conference()).select_related("order")),
)


@dataclass(frozen=True)
class Visit:
    """`held` is what the visitor holds here, as chosen, the newest first; `seat` the one they have here, live or not, with
    its order; `user` is None for who is not signed in.
    """

    shop: Shop
    held: list[Held]
    seat: Attendee | None
    user: User | None = None

    @property
    def conference(self) -> Conference:
        return self.shop.conference

    def own_seat(self, *, apart_from: uuid.UUID | None = None) -> Attendee | None:
        """The live one. Not the one that the form with this `checkout_id` has made: sent again, it asks the same."""
        seat = self.seat
        if seat is None or not seat.is_live or (apart_from and seat.order and seat.order.checkout_id == apart_from):
            return None
        return seat


def visit_of(slug: str, *, user: User | None, code: str, now: dt.datetime) -> Visit:
    """`user` is None for who is not signed in; `code` is the voucher's, as typed. Raises Conference.DoesNotExist. One query."""
    rows = _ROWS.read(slug=slug, user=user.pk if user else _NOBODY, code=code_to_look_for(code), now=now)
    return Visit(shop_from(rows, code=code), held_of(rows["held_lines"]), next(iter(rows["seats"]), None), user)
