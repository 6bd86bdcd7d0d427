"""Orders of two seats with a voucher and an add-on through the pages, and many people for few places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.catalogue.models import Reduction, TicketType
from registration.order.recount import recount_places
from tests import factories
from tests.bench import load
from tests.bench.load import Visit, expect
from tests.bench.pages import sign_in_many
from tests.bench.visits import Visitor, registrations
from tests.server import Server

_FILLED_IN = re.compile(rb'<input[^>]* name="(checkout_id|price|seat-\w+)" value="([^"]*)"')
_PRICE = re.compile(rb'name="price" value="([^"]+)" id="id_price" hx-swap-oob')


@dataclass
class Shop:
    """A conference that has sold what it has sold, with what is bought there while it is measured: `free` tickets, and
    orders of two seats with a voucher and an add-on. Of each the seconds that it took, and how many there were.
    """

    conference: Conference
    free: list[load.Result] = field(default_factory=list)
    orders: list[load.Result] = field(default_factory=list)

    def __post_init__(self) -> None:
        factories.ticket_type(conference=self.conference, name="Free today", slug="free-today")
        factories.ticket_type(conference=self.conference, name="Measured", slug="measured", price=Decimal("100"))
        factories.add_on(conference=self.conference, name="Dinner", slug="dinner", price=Decimal("45"))
        factories.voucher(
            conference=self.conference, code="BENCH", reduction=Reduction.PERCENT, value=Decimal(10), max_uses=0
        )

    def sell_free(self, server: Server, *, people: int, clients: int) -> None:
        outcomes: list[int] = []
        visitors = [Visitor(server, cookies) for cookies in sign_in_many(server, people)]
        each = registrations(visitors, slug=self.conference.slug, ticket="free-today", outcomes=outcomes)
        self.free.append(load.run(port=server.port, clients=clients, visits=each))
        assert outcomes == [302] * people, f"not everybody got a ticket: {set(outcomes)}"

    def sell_orders(self, server: Server, *, people: int, clients: int) -> None:
        """Each is chosen, held, filled in, the add-on added, placed."""
        visitors = (Visitor(server, cookies) for cookies in sign_in_many(server, people))
        self.orders.append(load.run(port=server.port, clients=clients, visits=_orders(visitors, self.conference.slug)))
        # The seats of the crowd were made without their sale, so that only what was sold here is proved.
        kind = TicketType.objects.get(conference=self.conference, slug="measured")
        sold = 2 * sum(len(result.latencies) for result in self.orders)
        assert Attendee.objects.live().filter(ticket_type=kind).count() == kind.taken == sold


def rate(results: list[load.Result]) -> float:
    """A second, over all of them."""
    return sum(len(result.latencies) for result in results) / sum(result.elapsed for result in results)


def _orders(visitors: Iterable[Visitor], slug: str) -> Iterator[Visit]:
    for visitor in visitors:
        yield _order(visitor, f"/conferences/{slug}/register/")


def _order(visitor: Visitor, path: str) -> Visit:
    expect((yield visitor.get(path)))
    chosen = yield visitor.post(f"{path}choose/", {"n-measured": 2, "voucher": "BENCH"})
    expect(chosen, status=302)
    page = yield visitor.get(f"{path}?ticket=measured&ticket=measured&voucher=BENCH")
    expect(page, holds=b"Held for you until")
    form: dict[str, object] = {name.decode(): unescape(value.decode()) for name, value in _FILLED_IN.findall(page)}
    form |= {"ticket": ["measured", "measured"], "quantity": 2, "voucher": "BENCH", "seat-extra-dinner": "on"}
    form |= {"seat2-name": "Guest", "seat2-email": "guest@example.org"}
    summed = yield visitor.post(f"{path}hold/", form, htmx=True)
    expect(summed, holds=b"Dinner")
    price = _PRICE.search(summed)
    assert price
    expect((yield visitor.post(path, form | {"price": price[1].decode()})), status=302)


@dataclass(frozen=True)
class Rush:
    places: int
    sold: int
    refused: int
    seconds: float


def measure_rush(server: Server, *, buyers: int, places: int, clients: int) -> Rush:
    """`buyers` come for `places` at once; the seats, the answers and the counters must agree, to the place."""
    conference = factories.conference(name="Rush", total_capacity=places)
    kind: TicketType = factories.ticket_type(conference=conference, slug="rush", total_quantity=places)
    outcomes: list[int] = []
    visitors = [Visitor(server, cookies) for cookies in sign_in_many(server, buyers)]
    each = registrations(visitors, slug=conference.slug, ticket=kind.slug, outcomes=outcomes)
    result = load.run(port=server.port, clients=clients, visits=each)
    sold = Attendee.objects.live().filter(ticket_type=kind).count()
    assert sold == outcomes.count(302) == places, f"{sold} seats, {outcomes.count(302)} told so, {places} places"
    assert recount_places(conference=conference) == []
    return Rush(places, sold, buyers - sold, result.elapsed)
