"""A person who confirms an e-mail address takes over the placeholder seats that wait for that address."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.db import transaction

from registration.account.models import User
from registration.attendee.models import Attendee
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
            Attendee.objects.select_for_update(of=["self"]).filter(email__iexact=email, user__email=None).order_by("pk")
        )
        moved = []
        for seat in waiting:
            if seat.conference_id in taken:
                continue
            taken.add(seat.conference_id)
            placeholder, seat.user = seat.user, user
            seat.save(update_fields=["user", "updated_at"])
            placeholder.orders.update(user=user)
            _move_profile(placeholder, user)
            moved.append(seat)
        update_search_text(*moved)
        return moved


def _move_profile(placeholder: User, user: User) -> None:
    model = get_attendee_profile_model()
    if model and not model._default_manager.filter(user=user).exists():
        model._default_manager.filter(user=placeholder).update(user=user)


def connect() -> None:
    """allauth tells of a confirmed address by signal alone, whichever of its flows it was confirmed in."""
    email_confirmed.connect(_claim, dispatch_uid="claim_seats")


def _claim(sender: Any, email_address: EmailAddress, **kwargs: Any) -> None:
    claim_seats(user=email_address.user, email=email_address.email)
