"""Self check-in: a tablet at the entrance that anybody may touch. It shows nobody but who holds up their ticket, and a PIN
ends it.
"""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F, Q
from django.utils.translation import gettext as _

from registration.checkin.models import Tablet, TabletRole
from registration.errors import RegistrationError

SHORTEST_PIN, LONGEST_PIN = 4, 8
# Somebody standing there all day may try 480 of at least 10,000.
TRIES = 5
TRIES_WITHIN = dt.timedelta(minutes=15)


def start_kiosk(*, tablet: Tablet, pin: str = "") -> None:
    """Turn self check-in on, with a new PIN or the one it has. Raises RegistrationError `pin_invalid`, `pin_missing`,
    `not_door` or `scans_waiting`: what the device has not sent yet it cannot send as a kiosk.
    """
    if pin and not (pin.isascii() and pin.isdecimal() and SHORTEST_PIN <= len(pin) <= LONGEST_PIN):
        raise RegistrationError("pin_invalid", _("A PIN has 4 to 8 digits."))
    if not pin and not tablet.kiosk_pin:
        raise RegistrationError("pin_missing", _("Choose a PIN; whoever knows it can end self check-in."))
    if tablet.role != TabletRole.DOOR:
        raise RegistrationError("not_door", _("Self check-in needs the role Door. Change the role first."))
    if tablet.waiting:
        raise RegistrationError("scans_waiting", _("The tablet has scans to send. Let it send them first."))
    if pin:
        tablet.kiosk_pin = make_password(pin)
    tablet.is_kiosk, tablet.pin_tries, tablet.pin_tries_since = True, 0, None
    # The list leaves the device now, and the rest was told by another page.
    tablet.list_from = tablet.clock_offset = tablet.battery = None
    told = ["list_from", "clock_offset", "battery"]
    tablet.save(update_fields=["is_kiosk", "kiosk_pin", "pin_tries", "pin_tries_since", *told])


def stop_kiosk(*, tablet: Tablet) -> None:
    """As organisers do, without the PIN, which stays for the next time."""
    tablet.is_kiosk, tablet.pin_tries, tablet.pin_tries_since = False, 0, None
    tablet.save(update_fields=["is_kiosk", "pin_tries", "pin_tries_since"])


def leave_kiosk(*, tablet: Tablet, pin: str, now: dt.datetime) -> None:
    """As whoever stands at it does. Raises RegistrationError `pin_wrong`, or `too_many_tries` when TRIES were made within
    TRIES_WITHIN; then no PIN is looked at, the right one neither.
    """
    if not _may_try(tablet, now=now):
        raise RegistrationError(
            "too_many_tries", _("Too many wrong PINs. Wait a quarter of an hour, or ask an organiser to turn it off.")
        )
    if not check_password(pin[: 2 * LONGEST_PIN], tablet.kiosk_pin):
        raise RegistrationError("pin_wrong", _("That is not the PIN."))
    stop_kiosk(tablet=tablet)


def _may_try(tablet: Tablet, *, now: dt.datetime) -> bool:
    """Counts the try before it is made, by a conditional update, so that many at once are no more."""
    here = Tablet.objects.filter(pk=tablet.pk)
    is_over = Q(pin_tries_since=None) | Q(pin_tries_since__lte=now - TRIES_WITHIN)
    if here.filter(is_over).update(pin_tries=1, pin_tries_since=now):
        return True
    return here.filter(pin_tries__lt=TRIES).update(pin_tries=F("pin_tries") + 1) == 1
