"""What organisers do with checkpoints, beside scanning at them (`admission`)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from registration.catalogue.models import AddOn, TicketType
from registration.checkin.models import Checkpoint
from registration.errors import RegistrationError


def save_checkpoint(
    *,
    checkpoint: Checkpoint,
    fields: Iterable[str],
    ticket_types: Iterable[TicketType],
    add_ons: Iterable[AddOn] = (),
) -> None:
    """Save a new checkpoint, or these fields of one. `ticket_types` are all it admits, none chosen means all; `add_ons`
    are all it hands out.
    """
    with transaction.atomic():
        checkpoint.save(update_fields=None if checkpoint._state.adding else list(fields))
        checkpoint.ticket_types.set(ticket_types)
        checkpoint.add_ons.set(add_ons)


def no_such_checkpoint() -> RegistrationError:
    """What whoever scans there is told."""
    return RegistrationError("checkpoint_invalid", _("This checkpoint does not exist here. Choose one from the menu."))


def delete_checkpoint(*, checkpoint: Checkpoint) -> None:
    """Raises RegistrationError `main` for the main entrance, `scanned` when there are scans, which are never deleted."""
    if checkpoint.is_main:
        raise RegistrationError("main", _("The main entrance stays: it is where people count as checked in."))
    try:
        with transaction.atomic():
            checkpoint.delete()
    except (ProtectedError, IntegrityError) as error:
        raise RegistrationError(
            "scanned",
            _("“%(checkpoint)s” has scans, and scans are never deleted. Let it close instead.")
            % {"checkpoint": checkpoint},
        ) from error
