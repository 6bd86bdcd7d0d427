"""Many people at once, through the real server: never more places sold than there are, and each form sold once (S1, S3,
C10 of the hostile cases). Every race has its control, the same run with the protection switched off.
"""

from __future__ import annotations

import http.client
import re
import uuid
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from post_office.models import Email

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeProfile
from registration.catalogue.models import TicketType
from registration.order.models import Order
from registration.order.recount import recount_places
from tests import factories
from tests.server import Client, Server, together

pytestmark = pytest.mark.both_databases

FULL = pytest.param(64, marks=pytest.mark.hostile)
# Processes: as many as it takes to race; four in the full size.
WORKERS = {16: 2, 64: 4}


def form(kind: TicketType, name: str = "Guest", **changes: Any) -> dict[str, str]:
    """What the details page sends for a guest of the buyer."""
    return {
        "checkout_id": str(uuid.uuid4()), "ticket": kind.slug, "price": str(kind.price), "quantity": "1",
        "seat-name": name, "seat-email": "guest@example.org", **changes,
    }  # fmt: skip


def mine(kind: TicketType, user: User) -> dict[str, str]:
    return form(kind, name=user.name, **{"seat-email": user.email})


def send(client: Client, kind: TicketType, data: dict[str, str]) -> tuple[int, str]:
    """Status, and for a refusal what it says."""
    answer = client.post(f"/conferences/{kind.conference.slug}/register/?ticket={kind.slug}", data)
    said = re.search(r'id="errors".*?<ul>(.*?)</ul>', answer.text, re.DOTALL)
    return answer.status, " ".join(re.sub("<[^>]+>", " ", said.group(1)).split()) if said else ""


def race(server: Server, clients: int, kinds: list[TicketType]) -> Counter[tuple[int, str]]:
    """So many people, each for themselves, spread over `kinds`."""
    people = [factories.user() for _ in range(clients)]
    sent = [(server.client(user), kinds[i % len(kinds)], user) for i, user in enumerate(people)]
    return Counter(together([lambda c=c, k=k, u=u: send(c, k, mine(k, u)) for c, k, u in sent]))


@pytest.mark.parametrize("clients", [16, FULL])
def test_last_place_of_a_type_goes_to_one(start_server, clients):
    server = start_server(workers=WORKERS[clients])
    kind = factories.ticket_type(conference=factories.conference(), name="Student", total_quantity=1)
    assert race(server, clients, [kind]) == {(302, ""): 1, (422, "Student is sold out."): clients - 1}
    assert (Attendee.objects.count(), Order.objects.count(), Email.objects.count()) == (1, 1, 1)
    assert recount_places(conference=kind.conference) == []


@pytest.mark.parametrize("clients", [16, FULL])
def test_last_places_of_the_venue_go_to_as_many(start_server, clients):
    server = start_server(workers=WORKERS[clients])
    conference = factories.conference(name="Tidewater", total_capacity=3)
    kinds = [factories.ticket_type(conference=conference) for _ in range(2)]
    answers = race(server, clients, kinds)
    assert (answers[302, ""], answers[422, "Tidewater is sold out."]) == (3, clients - 3)
    assert (Attendee.objects.count(), recount_places(conference=conference)) == (3, [])


def use_voucher(server: Server, clients: int, kind: TicketType) -> Counter[tuple[int, str]]:
    """So many people, each for a free ticket by the same voucher."""
    people = [factories.user() for _ in range(clients)]
    sent = [(server.client(user), mine(kind, user) | {"price": "0", "voucher": "LAST"}) for user in people]
    return Counter(together([lambda c=c, d=d: send(c, kind, d) for c, d in sent]))


@pytest.mark.hostile
def test_last_use_of_a_voucher_goes_to_one(start_server):
    """In a smaller size, of threads, in `test_holds.py`."""
    server = start_server(workers=4)
    kind = factories.ticket_type(conference=factories.conference(), price=Decimal("100"))
    voucher = factories.voucher(conference=kind.conference, code="LAST")
    assert use_voucher(server, 32, kind) == {(302, ""): 1, (422, "The voucher LAST has been used up."): 31}
    voucher.refresh_from_db()
    assert (voucher.used, Attendee.objects.count(), recount_places(conference=kind.conference)) == (1, 1, [])


@pytest.mark.parametrize("clients", [16, FULL])
def test_limit_of_a_buyer_holds_in_all_their_tabs(start_server, clients):
    server = start_server(workers=WORKERS[clients])
    kind = factories.ticket_type(conference=factories.conference(), name="Student", limit_per_user=2)
    buyer = factories.user()
    tabs = [server.client(buyer) for _ in range(clients)]
    answers = Counter(together([lambda c=c: send(c, kind, form(kind)) for c in tabs]))
    assert answers == {(302, ""): 2, (422, "Student is limited to 2 tickets per buyer."): clients - 2}
    assert (Attendee.objects.count(), recount_places(conference=kind.conference)) == (2, [])


@pytest.mark.counters_falsified
def test_control_without_protection_more_is_sold_than_there_is(start_server):
    server = start_server(workers=2, hook="tests.hooks:sell_without_protection")
    last = factories.ticket_type(conference=factories.conference(), total_quantity=1)
    race(server, 16, [last])
    assert Attendee.objects.filter(ticket_type=last).count() > 1
    limited = factories.ticket_type(conference=factories.conference(), limit_per_user=2)
    buyer = factories.user()
    tabs = [server.client(buyer) for _ in range(16)]
    together([lambda c=c: send(c, limited, form(limited)) for c in tabs])
    assert Attendee.objects.filter(ticket_type=limited).count() > 2
    kind = factories.ticket_type(conference=factories.conference(), price=Decimal("100"))
    factories.voucher(conference=kind.conference, code="LAST")
    assert use_voucher(server, 8, kind)[302, ""] > 1


def test_same_form_eight_times_at_once_makes_one_of_everything(start_server):
    server = start_server(workers=2)
    kind = factories.ticket_type(conference=factories.conference(), total_quantity=1)
    buyer = factories.user()
    data = form(kind)
    tabs = [server.client(buyer) for _ in range(8)]
    assert set(together([lambda c=c: send(c, kind, data) for c in tabs])) == {(302, "")}
    assert (Order.objects.count(), Attendee.objects.count(), Email.objects.count()) == (1, 1, 1)
    assert recount_places(conference=kind.conference) == []


def test_control_without_the_forms_id_more_than_one_is_sold(start_server):
    server = start_server(workers=2, hook="tests.hooks:forget_checkout_ids")
    kind = factories.ticket_type(conference=factories.conference())
    buyer = factories.user()
    data = form(kind)
    tabs = [server.client(buyer) for _ in range(8)]
    together([lambda c=c: send(c, kind, data) for c in tabs])
    assert Order.objects.count() > 1


def test_crash_after_the_commit_and_the_form_again_makes_one_of_everything(start_server):
    server = start_server(workers=2, hook="tests.hooks:die_after_each_first_order")
    kind = factories.ticket_type(conference=factories.conference())
    for _ in range(3):
        buyer = factories.user()
        client, data = server.client(buyer), mine(kind, buyer)
        with pytest.raises((http.client.HTTPException, OSError)):
            send(client, kind, data)
        assert Order.objects.filter(user=buyer).count() == 1
        assert send_until_answered(client, kind, data) == (302, "")
    assert (Order.objects.count(), Attendee.objects.count(), Email.objects.count()) == (3, 3, 3)
    assert recount_places(conference=kind.conference) == []


def send_until_answered(client: Client, kind: TicketType, data: dict[str, str]) -> tuple[int, str]:
    for _ in range(100):
        try:
            return send(client, kind, data)
        except (http.client.HTTPException, OSError):
            continue
    raise AssertionError("no answer")


def register_with_one_code(server: Server, clients: int) -> Counter[int]:
    kind = factories.ticket_type(conference=factories.conference())
    people = [factories.user() for _ in range(clients)]
    sent = [(server.client(user), mine(kind, user)) for user in people]
    return Counter(together([lambda c=c, d=d: send(c, kind, d)[0] for c, d in sent]))


def test_clash_of_codes_is_drawn_again(start_server):
    server = start_server(workers=2, hook="tests.hooks:draw_the_same_code_first")
    assert register_with_one_code(server, 32) == {302: 32}
    for model in (Attendee, AttendeeProfile):
        codes = list(model.objects.values_list("access_code", flat=True))
        assert (len(codes), len(set(codes)), codes.count("SAMESAME")) == (32, 32, 1)


def test_control_without_a_second_draw_registrations_fail(start_server):
    server = start_server(workers=2, hook="tests.hooks:draw_the_same_code_once")
    assert register_with_one_code(server, 8)[500] > 0


def test_mixed_orders_cancellations_and_payments_do_not_deadlock(own_database):
    """Orders of two types in opposite order, with payments and cancellations of their seats between them."""
    from tests.concurrency.selling import sell_and_cancel

    conference = factories.conference(total_capacity=10_000)
    kinds = [factories.ticket_type(conference=conference, price=Decimal(i), total_quantity=5000) for i in range(2)]
    buyers = [factories.user() for _ in range(8)]
    staff = factories.user()
    together(
        [
            lambda b=b, i=i: sell_and_cancel(conference, b, kinds if i % 2 else kinds[::-1], staff)
            for i, b in enumerate(buyers)
        ]
    )
    assert Attendee.objects.count() == 8 * 3 * 4
    assert recount_places(conference=Conference.objects.get()) == []


@pytest.mark.counters_falsified
def test_control_rows_taken_in_any_order_deadlock_where_rows_are_locked(own_database):
    """PostgreSQL locks rows, and answers a deadlock with an error; SQLite has one lock and cannot."""
    from tests.concurrency.selling import take_rows_in_the_order_given

    kinds = [factories.ticket_type(conference=factories.conference()) for _ in range(2)]
    failed = together([lambda k=k: take_rows_in_the_order_given(k) for k in (kinds, kinds[::-1])])
    assert any(failed) is (connection.vendor == "postgresql")
