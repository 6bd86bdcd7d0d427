"""Who joins the waiting list of a ticket holds the line of the conference and then the ticket. Who changes to that ticket takes
a place of it alone, and its new order asks for the key of the conference at the commit: neither may wait for the other.
"""

import datetime as dt
import threading
import uuid
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from registration.errors import RegistrationError
from registration.order.exchange import exchange_ticket
from registration.order.payment import record_payment
from registration.waiting.models import WaitingEntry
from registration.waiting.waiting_list import join_waiting_list
from tests import factories
from tests.post import wait_until

# SQLite locks no rows.
pytestmark = pytest.mark.parametrize("own_database", ["postgres"], indirect=True)

NOW = timezone.now()


def join_while_another_takes_the_last_place():
    """Which of both ended in a deadlock."""
    conference = factories.conference(start_date=dt.date(2999, 1, 1), end_date=dt.date(2999, 1, 2))
    plain = factories.ticket_type(conference=conference, price=Decimal(50))
    rare = factories.ticket_type(conference=conference, price=Decimal(200), total_quantity=1)
    order = factories.order(conference=conference, total="50.00", status="pending", ticket_type=plain)
    record_payment(order=order, amount=order.total, method="cash", note="", by=factories.user(), now=NOW)
    waits, failed = factories.user(), []

    def join():
        try:
            join_waiting_list(ticket_type=rare, user=waits, now=NOW)
        except OperationalError as error:
            failed.append(("joins", "deadlock detected" in str(error)))
        except RegistrationError as error:
            # Where the deadlock ended the change, its place is free and nobody needs to wait for one.
            if error.code != "not_sold_out":
                raise
        finally:
            connection.close()

    joining = threading.Thread(target=join)
    try:
        with transaction.atomic():
            exchange_ticket(
                attendee=order.attendees.get(), ticket_type=rare, by=order.user, now=NOW, request_id=uuid.uuid4(),
                is_staff=True,
            )  # fmt: skip
            joining.start()
            wait_until(is_waited_for)
    except OperationalError as error:
        failed.append(("changes", "deadlock detected" in str(error)))
    joining.join()
    return failed


def is_waited_for():
    """Whether somebody waits for what this transaction has locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return cursor.fetchone()[0] > 0


def test_who_joins_and_who_takes_the_last_place_do_not_wait_for_each_other(own_database):
    assert join_while_another_takes_the_last_place() == []
    assert WaitingEntry.objects.count() == 1


def test_control_with_the_keys_locked_too_they_do(own_database, monkeypatch):
    lock = QuerySet.select_for_update
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **how: lock(rows, **how | {"no_key": False}))
    ((_who, is_deadlock),) = join_while_another_takes_the_last_place()
    assert is_deadlock
