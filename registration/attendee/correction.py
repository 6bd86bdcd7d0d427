"""People put their own details right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from registration.account.models import User
from registration.attendee.models import Attendee
from registration.attendee.profile import save_profile
from registration.attendee.search import update_search_text
from registration.errors import RegistrationError


@transaction.atomic
def correct_details(
    *, attendee: Attendee, name: str, answers: Mapping[str, Any], by: User, now: dt.datetime
) -> Attendee:
    """Write the name on the seat and the answers of its holder (see `save_profile` for whose answers `by` may write).
    Whether `by` may touch this seat is for the caller to have checked. Locks the seat.

    Raises RegistrationError `changes_closed` after the conference's `changes_close_at`, `not_live` for a ticket that
    is cancelled or refunded.
    """
    seat = Attendee.objects.select_for_update(of=["self"]).select_related("conference", "user").get(pk=attendee.pk)
    if not seat.is_live:
        raise RegistrationError("not_live", _("This ticket is not valid any more, so there is nothing to correct."))
    if not seat.conference.can_change_details(now=now):
        raise RegistrationError("changes_closed", _("Details can no longer be changed here. Ask the organisers."))
    if seat.name != name:
        seat.name = name
        seat.save(update_fields=["name", "updated_at"])
        if seat.user.is_placeholder:
            seat.user.name = name
            seat.user.save(update_fields=["name"])
    save_profile(user=seat.user, answers=answers, by=by)
    update_search_text(seat)
    return seat
