"""A person who confirms an e-mail address takes over the placeholder seats that wait for that address, at once or when
they come for their tickets.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from registration.account.models import User
from registration.attendee.models import Attendee
from registration.attendee.noting import note_of_seat
from registration.attendee.profile import get_attendee_profile_model
from registration.attendee.search import update_search_text


def claim_seats(*, user: User, email: str) -> list[Attendee]:
    """Move the placeholder seats with this confirmed address to `user`, one per conference (the oldest), and none where
    `user` holds a seat already. The orders that the placeholder was the buyer of move along, and its profile where `user` has
    none. Locks the seats.
    """
    with transaction.atomic():
        taken = set(Attendee.objects.filter(user=user).values_list("conference_id", flat=True))
        waiting = (
            Attendee.objects.select_for_update(of=["self"])
            .select_related("order", "user")
            .filter(email__iexact=email, user__email=None)
            .order_by("pk")
        )
        moved = []
        for seat in waiting:
            if seat.conference_id in taken:
                continue
            taken.add(seat.conference_id)
            placeholder, seat.user = seat.user, user
            seat.save(update_fields=["user", "updated_at"])
            placeholder.orders.update(user=user)
            note_of_seat(seat, kind="taken_over", by=user, now=timezone.now())
            _move_profile(placeholder, user)
            moved.append(seat)
        update_search_text(*moved)
        return moved


def claim_waiting(*, user: User) -> list[Attendee]:
    """Take what waits for any address that `user` has confirmed, also where that was long before the seat was named.
    Called when somebody comes for their tickets, never when a seat is named: whoever named it would learn that there is
    such an account. One query when nothing waits.
    """
    taken = Attendee.objects.filter(user=user).values("conference")
    confirmed = EmailAddress.objects.filter(user=user, verified=True).values(small=Lower("email"))
    waiting = (
        Attendee.objects.annotate(small=Lower("email"))
        .filter(small__in=confirmed, user__email=None)
        .exclude(conference__in=taken)
    )
    return [
        seat for email in set(waiting.values_list("small", flat=True)) for seat in claim_seats(user=user, email=email)
    ]


def _move_profile(placeholder: User, user: User) -> None:
    model = get_attendee_profile_model()
    if model and not model._default_manager.filter(user=user).exists():
        model._default_manager.filter(user=placeholder).update(user=user)


def connect() -> None:
    """allauth tells of a confirmed address by signal alone, whichever of its flows it was confirmed in."""
    email_confirmed.connect(_claim, dispatch_uid="claim_seats")


def _claim(sender: Any, email_address: EmailAddress, **kwargs: Any) -> None:
    claim_seats(user=email_address.user, email=email_address.email)
