"""A ticket gets another code, and the one that was valid until now answers `replaced` at every checkpoint."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from registration.account.models import User
from registration.attendee.access_code import generate_access_code
from registration.attendee.models import Attendee, RetiredCode


def give_new_code(seat: Attendee, *, reason: str, by: User | None, now: dt.datetime) -> None:
    """Retire the access code of `seat`, and an imported barcode. The caller holds the lock of its row, and brings its
    search text up to date.
    """
    assert connection.in_atomic_block
    for code in filter(None, (seat.access_code, seat.imported_code)):
        # The barcode of another system may be retired at another conference already.
        RetiredCode.objects.get_or_create(
            code=code, defaults={"attendee": seat, "reason": reason[:200], "retired_by": by, "created_at": now}
        )
    seat.access_code, seat.imported_code = generate_access_code(), None
    seat.save(update_fields=["access_code", "imported_code", "updated_at"])
