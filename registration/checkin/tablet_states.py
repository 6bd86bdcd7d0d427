"""How each tablet of a conference is doing, in words for its organisers."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conferences.models import Conference
from registration.checkin.models import Tablet
from registration.checkin.sentences import day_and_time_at

# A page in use is heard of at least every half minute.
_ONLINE = dt.timedelta(seconds=75)
# A clock this near to ours decides nothing wrongly.
_CLOCK_SECONDS = 5
_LOW_BATTERY = 20


@dataclass(frozen=True)
class State:
    """As a pill: its colour, icon and words."""

    tone: str
    icon: str
    words: str


@dataclass(frozen=True)
class Row:
    pk: uuid.UUID
    name: str
    place: str
    role: str
    state: State
    seen: str
    person: str
    scans: int
    waiting: str
    clock: State
    list_age: str
    battery: State


def tablet_rows(conference: Conference, *, now: dt.datetime) -> list[Row]:
    """One query. Nothing in it changes more often than once a minute unless a tablet did something."""
    found = Tablet.objects.filter(conference=conference).select_related("checkpoint").annotate(scanned=Count("scans"))
    return [_row(tablet, conference, tablet.scanned, now=now) for tablet in found.order_by("name", "pk")]


def _row(tablet: Tablet, conference: Conference, scans: int, *, now: dt.datetime) -> Row:
    return Row(
        pk=tablet.pk,
        name=tablet.name,
        place=tablet.checkpoint.name if tablet.checkpoint else str(_("Main entrance")),
        role=_("Self check-in") if tablet.is_kiosk else tablet.get_role_display(),
        state=state_of(tablet, conference, now=now),
        seen=_seen(tablet, conference, now=now),
        person=tablet.last_person,
        scans=scans,
        waiting=waiting_words(tablet),
        clock=_clock(tablet),
        list_age=_age(now - tablet.list_from) if tablet.list_from else "",
        battery=_battery(tablet),
    )


def state_of(tablet: Tablet, conference: Conference, *, now: dt.datetime) -> State:
    """What the organisers must know first. No queries."""
    if tablet.revoked_at:
        when = day_and_time_at(tablet.revoked_at, conference, now)
        return State("bad", "ban", _("Revoked %(time)s") % {"time": when})
    if not tablet.is_paired:
        if tablet.is_pairing_open(now=now):
            return State("warn", "hourglass", _("Waiting for the device"))
        return State("", "link-2-off", _("Not paired"))
    if tablet.waiting:
        return State("warn", "cloud-off", waiting_words(tablet))
    if tablet.last_seen_at is None:
        return State("ok", "circle-check", _("Paired"))
    if now - tablet.last_seen_at <= _ONLINE:
        return State("ok", "wifi", _("Online"))
    return State("", "clock", _("Seen %(time)s") % {"time": day_and_time_at(tablet.last_seen_at, conference, now)})


def waiting_words(tablet: Tablet) -> str:
    """Empty when nothing is known to wait."""
    if not tablet.waiting:
        return ""
    return ngettext("%(number)d scan to send", "%(number)d scans to send", tablet.waiting) % {"number": tablet.waiting}


def _seen(tablet: Tablet, conference: Conference, *, now: dt.datetime) -> str:
    if tablet.last_seen_at is None:
        return ""
    if now - tablet.last_seen_at <= _ONLINE:
        return _("now")
    return day_and_time_at(tablet.last_seen_at, conference, now)


def _clock(tablet: Tablet) -> State:
    """Whose clock is wrong does not matter to the scans, which are corrected; it does to people who read it."""
    if tablet.clock_offset is None:
        return State("", "", "")
    seconds = round(abs(tablet.clock_offset))
    if seconds <= _CLOCK_SECONDS:
        return State("", "", _("right"))
    words = _("%(time)s slow") if tablet.clock_offset > 0 else _("%(time)s fast")
    return State("warn", "clock-alert", words % {"time": _span(seconds)})


def _span(seconds: int) -> str:
    if seconds < 120:
        return _("%(number)d s") % {"number": seconds}
    if seconds < 2 * 3600:
        return _("%(number)d min") % {"number": round(seconds / 60)}
    return _("%(number)d h") % {"number": round(seconds / 3600)}


def _age(span: dt.timedelta) -> str:
    seconds = int(span.total_seconds())
    return _("fresh") if seconds < 60 else _("%(time)s old") % {"time": _span(seconds - seconds % 60)}


def _battery(tablet: Tablet) -> State:
    if tablet.battery is None:
        return State("", "", "")
    low = tablet.battery < _LOW_BATTERY
    icon = "battery-low" if low else "battery-medium" if tablet.battery < 70 else "battery-full"
    return State("warn" if low else "", icon, _("%(percent)d %%") % {"percent": tablet.battery})
