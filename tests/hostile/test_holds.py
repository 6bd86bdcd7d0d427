"""S2 of the hostile cases, whole: through the pages many hold three places each of ten, half of them leave, the others confirm,
some of them at the very moment their time is over; the worker frees what is over. Places are held for two seconds here.
The control, without protection, is in `tests/concurrency/test_holds.py`.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter

import pytest

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.order.models import Order, OrderStatus
from registration.order.recount import recount_places
from tests import factories
from tests.concurrency.test_holds import sold_and_held
from tests.hostile.test_checkin_races import FULL
from tests.post import Worker, wait_until
from tests.server import Client, together

pytestmark = [pytest.mark.both_databases]

CAPACITY, HOLD = 10, 2.0
_FIELD = re.compile(r'<input[^>]* name="(checkout_id|ticket|price|quantity)"[^>]* value="([^"]*)"')
SHORT = (
    "import tests.hooks_requests as hooks; hooks.hold_for_two_seconds()\n"
    "from registration.management.commands import worker; from registration.management.jobs import Job\n"
    "from registration.order.holding import release_expired_holds; worker.JOBS = (Job(0.2, release_expired_holds),)"
)


class Buyer:
    """Wants three places, and is one of those who leave or of those who confirm: at once, or when the time is over."""

    def __init__(self, client: Client, kind: TicketType, number: int) -> None:
        self._client, self._kind = client, kind
        self.leaves, self.waits = number % 2 == 1, number % 4 == 2
        self._path = f"/conferences/{kind.conference.slug}/register/"

    def hold(self) -> int:
        chosen = self._client.post(f"{self._path}choose/", {f"n-{self._kind.slug}": "3"})
        if chosen.status != 302:
            return chosen.status
        self._address = chosen.headers["Location"].partition("?")[2]
        page = self._client.get(f"{self._path}?{self._address}")
        fields = _FIELD.findall(page.text)
        # A field for each ticket.
        self._form = dict(fields) | {"ticket": [value for name, value in fields if name == "ticket"]}
        for number, seat in enumerate(("seat", "seat2", "seat3")):
            self._form |= {f"{seat}-name": f"Guest {number}", f"{seat}-email": f"guest{number}@example.org"}
        return self._client.post(f"{self._path}hold/?{self._address}", self._form, htmx=True).status

    def confirm(self) -> int:
        return self._client.post(f"{self._path}?{self._address}", self._form).status


def rush(buyers: list[Buyer], *, at_once: int, seconds: float) -> Counter[str]:
    """Everybody tries until they hold something or the time is over; what became of them."""
    answers: Counter[str] = Counter()
    deadline = time.monotonic() + seconds

    def buy(some: list[Buyer]) -> None:
        if not some[0].leaves:
            threading.Event().wait(1)  # who leaves comes first, else three who stay may have it all
        for buyer in some:
            while (status := buyer.hold()) == 422 and time.monotonic() < deadline:
                threading.Event().wait(0.1)
            if status == 422:
                answers["sold out"] += 1
            elif buyer.leaves:
                answers["left"] += 1
            else:
                threading.Event().wait(HOLD - 0.02 if buyer.waits else 0)
                answers[f"{'late' if buyer.waits else 'at once'} {buyer.confirm()}"] += 1

    together([lambda mine=buyers[start::at_once]: buy(mine) for start in range(at_once)])
    return answers


@pytest.mark.parametrize(
    ("people", "at_once", "seconds"),
    [(16, 10, 4.0), pytest.param(100, 100, 20.0, marks=FULL)],
    ids=["reduced", "full"],
)
def test_never_more_is_sold_and_held_than_there_is(start_server, tmp_path, warm, people, at_once, seconds):
    server = start_server(workers=2, hook="tests.hooks_requests:hold_for_two_seconds")
    conference = factories.conference(total_capacity=CAPACITY)
    kind = factories.ticket_type(conference=conference)
    buyers = [Buyer(server.client(factories.user()), kind, number) for number in range(people)]
    worker = Worker(
        database_url=server.database_url, email_url="smtp://127.0.0.1:9", log=tmp_path / "worker.log", warm=warm,
        before=SHORT,
    )  # fmt: skip
    polls: list[int] = []
    ended = threading.Event()

    def poll() -> None:
        while not ended.wait(0.02):
            polls.append(sold_and_held(conference))

    poller = threading.Thread(target=poll)
    poller.start()
    try:
        answers = rush(buyers, at_once=at_once, seconds=seconds)
        # Whoever left is gone within a minute.
        wait_until(
            lambda: not Order.objects.filter(status="pending", hold_expires_at__isnull=False).exists(), seconds=60
        )
    finally:
        ended.set()
        poller.join()
        worker.kill()

    assert (max(polls) <= CAPACITY, max(polls) > 6, len(polls) > 10) == (True, True, True), polls
    sold = Attendee.objects.live().count()
    assert sold == sold_and_held(conference) <= CAPACITY
    assert recount_places(conference=Conference.objects.get()) == []
    # An order or a clear refusal, and each is what the buyer was told.
    told = {"sold out", "left", "at once 302", "late 302", "late 422"}
    # With so many at once a form may take longer than its places are held.
    assert set(answers) <= told | ({"at once 422"} if at_once == people else set())
    assert sold == 3 * (answers["at once 302"] + answers["late 302"])
    assert Order.objects.filter(status=OrderStatus.PAID).count() * 3 == sold
    assert answers["left"] >= 1
