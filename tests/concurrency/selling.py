"""What the threads of the deadlock check do."""

from __future__ import annotations

import time
import uuid

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from conferences.models import Conference
from registration.account.models import User
from registration.catalogue.models import TicketType
from registration.order.cancellation import cancel_order, cancel_seat
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.payment import record_payment


def sell_and_cancel(conference: Conference, buyer: User, kinds: list[TicketType], staff: User) -> None:
    try:
        for round_number in range(3):
            now = timezone.now()
            order = place_order(
                conference=conference,
                buyer=buyer,
                seats=[SeatRequest(ticket_type=kind, name="Guest") for kind in (*kinds, *kinds)],
                checkout_id=uuid.uuid4(),
                now=now,
            )
            if round_number == 0:
                record_payment(order=order, amount=order.total, method="cash", note="", by=staff, now=now)
            if round_number < 2:
                cancel_seat(attendee=order.attendees.last(), reason="test", by=staff, now=now)
            else:
                cancel_order(order=order, reason="test", by=staff, now=now)
    finally:
        connection.close()


def take_rows_in_the_order_given(kinds: list[TicketType]) -> bool:
    """Whether the database gave up on it."""
    try:
        with transaction.atomic():
            for kind in kinds:
                TicketType.objects.filter(pk=kind.pk).update(taken=F("taken") + 1)
                time.sleep(0.2)
        return False
    except OperationalError:
        return True
    finally:
        connection.close()
