"""Functions a test server calls before it serves (`start_server(hook="tests.hooks:no_locks")`).

A race test needs a control: the same run with the protection switched off must fail, or the test proves nothing.
"""

from __future__ import annotations

import os
import random
import time
from typing import Any

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet


def no_locks() -> None:
    """No row is locked: `select_for_update` asks for nothing, and SQLite takes its write lock at the first write only."""
    QuerySet.select_for_update = lambda self, *args, **kwargs: self  # type: ignore[method-assign]
    if connection.vendor == "sqlite":
        connections.settings["default"]["OPTIONS"]["transaction_mode"] = "DEFERRED"
        connection.close()
        del connections["default"]


def die_after_commit() -> None:
    """3 of 100 commits are the last thing their process does: stored, and never answered (as by kill -9)."""
    commit = BaseDatabaseWrapper.commit

    def commit_and_perhaps_die(self: BaseDatabaseWrapper) -> Any:
        commit(self)
        if random.random() < 0.03:
            os._exit(9)

    BaseDatabaseWrapper.commit = commit_and_perhaps_die  # type: ignore[method-assign]


def pause_before_a_scan_is_written() -> None:
    """Between deciding and writing a scan pass 20 ms, in which another tablet decides too."""
    from registration.checkin import admission

    insert_scan = admission.insert_scan

    def insert_slowly(scan: Any) -> None:
        time.sleep(0.02)
        insert_scan(scan)

    admission.insert_scan = insert_slowly


def admit_without_lock() -> None:
    """The rule of admission with no row locked and no transaction around it, and a pause in the middle."""
    from registration.checkin import admission

    pause_before_a_scan_is_written()
    type(connection.features).has_select_for_update_of = False
    admission._decide_and_record = admission._decide_and_record.__wrapped__


def hand_out_without_lock() -> None:
    """As `admit_without_lock`, with a pause so long that all have looked before the first writes, on a busy machine too."""
    import time

    from registration.checkin import admission

    admit_without_lock()
    insert_scan = admission.insert_scan

    def insert_late(scan: Any) -> None:
        time.sleep(0.5)
        insert_scan(scan)

    admission.insert_scan = insert_late


def impatient() -> None:
    """SQLite and the pool of PostgreSQL give up waiting after 0.3 s."""
    options = connections.settings["default"]["OPTIONS"]
    if connection.vendor == "sqlite":
        options["timeout"] = 0.3
    else:
        options["pool"] = options["pool"] | {"timeout": 0.3}
    connection.close()
    del connections["default"]


def sell_without_protection() -> None:
    """Places are read, looked at and written one after the other, and nothing holds the order together."""
    import contextlib
    from types import SimpleNamespace

    from registration.order import checkout, holding, release, writing

    take_places_carelessly(pause=0.5)
    refuse_beyond_limits = writing.refuse_beyond_limits

    def count_and_wait(*args: Any, **arguments: Any) -> None:
        refuse_beyond_limits(*args, **arguments)
        time.sleep(0.5)

    # Outside a transaction PostgreSQL refuses to lock.
    QuerySet.select_for_update = lambda self, *args, **kwargs: self  # type: ignore[method-assign]
    writing.refuse_beyond_limits = count_and_wait
    writing.transaction = SimpleNamespace(atomic=contextlib.nullcontext)
    checkout.note = checkout.complete_order = lambda **arguments: None
    holding.release_lines = lambda lines, **arguments: release.taken_by([])


def take_places_carelessly(*, pause: float = 0.05) -> None:
    """Every counter is read, and written after a pause, whoever has changed it meanwhile."""
    from registration.order import writing

    def exchange_places(*, conference: Any, ticket_types: Any, add_ons: Any, vouchers: Any, **_more: Any) -> None:
        counts = [(conference, sum(ticket_types.values())), *ticket_types.items(), *add_ons.items(), *vouchers.items()]
        rows = [(type(row).objects.get(pk=row.pk), count) for row, count in counts]
        for row, count in rows:
            left = row.uses_left if hasattr(row, "uses_left") else row.places_left
            if left is not None and left < count:
                raise writing.RegistrationError("sold_out", "sold out")
        time.sleep(pause)
        for row, count in rows:
            counter = next(name for name in ("places_taken", "taken", "used") if hasattr(row, name))
            setattr(row, counter, getattr(row, counter) + count)
            row.save(update_fields=[counter])

    writing.exchange_places = exchange_places


def forget_checkout_ids() -> None:
    """A form sent again is a form like any other."""
    import uuid

    from registration.order import views_register as views

    place_order = views.place_order
    views.place_order = lambda **arguments: place_order(**arguments | {"checkout_id": uuid.uuid4()})


def die_after_each_first_order() -> None:
    """The first order of every form is stored, and its process dies before it answers."""
    import tempfile
    from pathlib import Path

    from registration.order import views_register as views

    place_order = views.place_order

    def place_and_die(**arguments: Any) -> Any:
        placed = place_order(**arguments)
        died = Path(tempfile.gettempdir()) / f"lanyard-died-{arguments['checkout_id']}"
        if not died.exists():
            died.touch()
            os._exit(9)
        died.unlink()
        return placed

    views.place_order = place_and_die


def draw_the_same_code_first() -> None:
    """In every registration the seat draws one and the same code at the first try, and the profile at the second."""
    import threading

    from registration.attendee import access_code, profile
    from registration.order import checkout, seating, views_register

    place, try_to_place = views_register.place_order, checkout._place
    tries = threading.local()

    def place_with_clashes(**arguments: Any) -> Any:
        tries.count = 0
        return place(**arguments)

    def count_try(*arguments: Any) -> Any:
        tries.count += 1
        return try_to_place(*arguments)

    def draw_seats(count: int) -> list[str]:
        return ["SAMESAME"] * count if tries.count == 1 else access_code.draw_codes(count)

    def draw_profile() -> str:
        return "SAMESAME" if tries.count == 2 else access_code.draw_code()

    views_register.place_order, checkout._place = place_with_clashes, count_try
    seating.draw_codes, profile.draw_code = draw_seats, draw_profile


def draw_the_same_code_once() -> None:
    """As above, and nobody draws again."""
    from registration.order import writing

    draw_the_same_code_first()
    writing._TRIES = 1


def quick_passwords() -> None:
    """As in the tests' own process; for what is about the number of tries, and not the work of one."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def count_password_checks() -> None:
    """Each password that is evaluated prints a line; the log of the server is that of all its processes."""
    from registration.account.models import User

    check_password = User.check_password

    def check_and_print(self: User, raw: str) -> bool:
        os.write(1, b"password evaluated\n")  # one write, so that lines of processes do not mix
        return check_password(self, raw)

    User.check_password = check_and_print  # type: ignore[method-assign]


def count_limits_without_lock() -> None:
    """allauth reads and writes the tries of an account without its lock, and with a pause between."""
    from contextlib import contextmanager

    from allauth.core.internal import ratelimit

    quick_passwords()
    count_password_checks()
    apply_rate = ratelimit.apply_rate

    @contextmanager
    def no_lock(key: str) -> Any:
        yield True

    def apply_slowly(*args: Any, **kwargs: Any) -> Any:
        result = apply_rate(*args, **kwargs)
        time.sleep(0.05)
        return result

    ratelimit.cache_lock = no_lock
    ratelimit.apply_rate = apply_slowly


def pair_without_condition() -> None:
    """A pairing link is looked at, and after a pause used up, whoever has used it meanwhile; and no transaction."""
    import contextlib
    from types import SimpleNamespace

    from registration.checkin import pairing

    def take(tablet: Any, token: str, *, now: Any) -> bool:
        is_open = type(tablet).objects.get(pk=tablet.pk).is_pairing_open(now=now)
        time.sleep(0.3)
        type(tablet).objects.filter(pk=tablet.pk).update(pairing_expires_at=None)
        return is_open

    pairing._take = take
    pairing.transaction = SimpleNamespace(atomic=contextlib.nullcontext)


def count_pins_afterwards() -> None:
    """The tries at the PIN of a kiosk are read, and written one higher after a pause."""
    from registration.checkin import kiosk

    quick_passwords()

    def may_try(tablet: Any, *, now: Any) -> bool:
        here = type(tablet).objects.filter(pk=tablet.pk)
        tries = here.get().pin_tries
        time.sleep(0.3)
        here.update(pin_tries=tries + 1, pin_tries_since=now)
        return tries < kiosk.TRIES

    kiosk._may_try = may_try


def take_money_without_lock() -> None:
    """Nothing is locked, and between looking at an order and recording what was paid for it passes a while."""
    import contextlib
    from types import SimpleNamespace

    from registration.attendee.models import Attendee
    from registration.order import payment
    from registration.order.models import Order

    def look_and_wait(pk: int) -> Any:
        found = (
            list(Attendee.objects.filter(order=pk).select_related("ticket_type", "conference", "user")),
            Order.objects.select_related("conference", "user").get(pk=pk),
        )
        time.sleep(0.5)
        return found

    payment.lock_order = look_and_wait
    payment.note = lambda **arguments: None
    payment.complete_order = lambda **arguments: None
    payment.transaction = SimpleNamespace(atomic=contextlib.nullcontext)
