"""What is to happen when, and what came of it. Nothing waits: the clock is moved from one event to the next."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import uuid
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from registration.errors import RegistrationError

BEGIN = dt.datetime(2027, 5, 3, 6, 0, tzinfo=dt.UTC)
DAYS = 30
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# Refusals that a person may meet; anything else is a fault of ours.
KNOWN = {
    "sold_out", "hold_expired", "not_payable", "already_paid", "card_away", "not_live", "not_finished", "no_refund",
    "changed_meanwhile", "already_registered", "not_on_sale", "limit_per_user", "not_sold_out", "voucher_used_up",
    "same_ticket", "more_than_paid", "being_changed", "email_of_account", "price_changed", "amount_not_positive",
    "cancelling_closed", "not_exchangeable", "transfers_closed", "not_yours", "exchange_open", "paid_out_already", "changes_closed",
    "no_credit", "group_unpaid", "not_waiting", "not_pending", "not_cancellable", "invitation_closed", "not_open",
}  # fmt: skip


class Agenda:
    def __init__(self, random: Random) -> None:
        self.random, self.now = random, BEGIN
        self.number, self.agenda = itertools.count(), []  # type: ignore[var-annotated]
        self.happened: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def new_id(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def at(self, when: dt.datetime, event: Callable[..., None], *args: Any) -> None:
        heapq.heappush(self.agenda, (when, next(self.number), event, args))

    def after(self, least: dt.timedelta, most: dt.timedelta, event: Callable[..., None], *args: Any) -> None:
        self.at(self.now + least + (most - least) * self.random.random(), event, *args)

    def run(self, clock: Any, *, until: dt.datetime) -> None:
        while self.agenda and self.agenda[0][0] < until:
            self.now, _number, event, args = heapq.heappop(self.agenda)
            clock.move_to(self.now)
            try:
                event(*args)
            except RegistrationError as refusal:
                assert refusal.code in KNOWN, f"{event.__name__}: {refusal.code}"
                self.refused[f"{event.__name__}: {refusal.code}"] += 1
            else:
                self.happened[event.__name__] += 1
