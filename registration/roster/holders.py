"""Who holds an imported seat: the account with its confirmed address where that has no seat here yet, else a
placeholder.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db.models.functions import Lower

from conferences.chunks import CHUNK, chunks
from conferences.models import Conference
from registration.account.models import User
from registration.attendee.claim import claim_seats
from registration.attendee.models import Attendee


def accounts_with(emails: Iterable[str]) -> dict[str, User]:
    """The account of each address that its owner has confirmed, by the address in small letters."""
    found: dict[str, User] = {}
    for chunk in chunks({email.lower() for email in emails if email}, CHUNK):
        confirmed = EmailAddress.objects.filter(verified=True).annotate(small=Lower("email")).filter(small__in=chunk)
        found.update((address.email.lower(), address.user) for address in confirmed.select_related("user"))
    return found


def seated(conference: Conference, users: Iterable[User]) -> set[int]:
    """Primary keys of those of `users` who have a seat here."""
    keys = [user.pk for user in users]
    return set(Attendee.objects.filter(conference=conference, user__in=keys).values_list("user_id", flat=True))


def new_placeholders(names: list[str]) -> list[User]:
    # One unusable password for all: drawing ten thousand takes a while, and it opens nothing.
    nothing = make_password(None)
    users = [User(name=name, username=uuid.uuid4().hex, email=None, password=nothing) for name in names]
    return User.objects.bulk_create(users, batch_size=CHUNK)


def give_to_accounts(seats: list[Attendee]) -> None:
    """Placeholders' seats whose new e-mail is an account's go to it, as if the account had just confirmed it."""
    waiting = [seat for seat in seats if seat.user.is_placeholder and seat.email]
    for email, user in accounts_with(seat.email for seat in waiting).items():
        claim_seats(user=user, email=email)
