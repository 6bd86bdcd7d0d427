"""A person who confirms an e-mail address takes over the placeholder seats that wait for that address, at once or when
they come for their tickets.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone

from registration.account.models import User
from registration.attendee.locking import lock_seats
from registration.attendee.models import Attendee, AttendeeQuerySet, AttendeeState
from registration.attendee.noting import note_of_seat
from registration.attendee.profile import get_attendee_profile_model
from registration.attendee.search import update_search_text


def claim_seats(*, user: User, email: str) -> list[Attendee]:
    """Move the placeholder seats with this confirmed address to `user`, one per conference (a valid one first, then the
    oldest), and none where `user` holds a seat already; but one that is no longer valid gives way to one that is. The
    orders that the placeholder was the buyer of move along, and its profile where `user` has none. Locks the seats.
    """
    with transaction.atomic():
        named = _unclaimed([Lower(Value(email))])
        # Found apart, as each has its index.
        keys = [*Attendee.objects.filter(user=user).values_list("pk", flat=True), *named.values_list("pk", flat=True)]
        seats = lock_seats(Attendee.objects.filter(pk__in=keys), "order", "user")
        held = {seat.conference_id: seat for seat in seats if seat.user_id == user.pk}
        waiting = [seat for seat in seats if seat.user.email is None and seat.email.casefold() == email.casefold()]
        moved = []
        for seat in sorted(waiting, key=lambda seat: not seat.is_live):
            if own := held.get(seat.conference_id):
                if own.is_live or not seat.is_live:
                    continue
                _give_up(own)
            held[seat.conference_id] = seat
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
    own = Attendee.objects.filter(user=user)
    confirmed = EmailAddress.objects.filter(user=user, verified=True).values(small=Lower("email"))
    waiting = (
        _unclaimed(confirmed)
        .exclude(conference__in=own.live().values("conference"))
        .exclude(~Q(state=AttendeeState.VALID), conference__in=own.values("conference"))
    )
    addresses = set(waiting.values_list(Lower("email"), flat=True))
    return [seat for email in addresses for seat in claim_seats(user=user, email=email)]


def addressed_to(emails: Any) -> AttendeeQuerySet:
    """Seats that name one of `emails`, which are in small letters, in whatever letters. By their index."""
    return Attendee.objects.alias(small=Lower("email")).filter(small__in=emails)


def _unclaimed(emails: Any) -> AttendeeQuerySet:
    """Those of placeholders. Not by a join: SQLite begins one with all the placeholders that there are."""
    return addressed_to(emails).filter(Exists(User.objects.placeholders().filter(pk=OuterRef("user"))))


def _give_up(seat: Attendee) -> None:
    """An account holds one seat a conference. What it paid and was paid back stays with its order."""
    seat.user = User.objects.create_placeholder(name=seat.name)
    seat.save(update_fields=["user", "updated_at"])
    update_search_text(seat)


def _move_profile(placeholder: User, user: User) -> None:
    model = get_attendee_profile_model()
    if model and not model._default_manager.filter(user=user).exists():
        model._default_manager.filter(user=placeholder).update(user=user)


def connect() -> None:
    """allauth tells of a confirmed address by signal alone, whichever of its flows it was confirmed in."""
    email_confirmed.connect(_claim, dispatch_uid="claim_seats")


def _claim(sender: Any, email_address: EmailAddress, **kwargs: Any) -> None:
    claim_seats(user=email_address.user, email=email_address.email)
