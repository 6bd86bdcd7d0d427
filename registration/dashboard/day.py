"""What the dashboard says of a moment: how people came in the last hours, or registered in the last weeks, and when all
will be in. Days and hours are those of the conference's own calendar; a day may have 23 or 25 hours.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum

from babel.dates import format_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.dashboard import memo
from registration.dashboard.chart import Bar, Chart, draw
from registration.dashboard.counts import RATE_SPAN, Heads, first_and_last_arrival

SLOT = dt.timedelta(minutes=5)
# Two hours fit a laptop, one hour a phone; a quarter of them is for what is to come.
_SLOTS, _PHONE_SLOTS = 24, 12
_DAYS, _PHONE_DAYS = 28, 14


class Phase(Enum):
    BEFORE = "before"
    RUNNING = "running"
    OVER = "over"


@dataclass(frozen=True)
class Arrivals:
    """Of one span of time; `recent` are those of RATE_SPAN before now, whatever the span."""

    first_at: dt.datetime | None
    last_at: dt.datetime | None
    recent: int


@dataclass(frozen=True)
class Figures:
    """A chart in two widths and the numbers it shows. `sentence` says the same to who cannot see it."""

    bars: tuple[Bar, ...]
    wide: Chart
    narrow: Chart
    sentence: str
    is_empty: bool


def phase_of(conference: Conference, *, now: dt.datetime) -> Phase:
    today = conference.local_date(now)
    if today < conference.start_date:
        return Phase.BEFORE
    return Phase.OVER if today > conference.end_date else Phase.RUNNING


def day_start(conference: Conference, day: dt.date) -> dt.datetime:
    """Midnight of the conference's own calendar, in UTC."""
    return dt.datetime.combine(day, dt.time(), tzinfo=conference.tz).astimezone(dt.UTC)


def headline(conference: Conference, *, now: dt.datetime) -> str:
    local, locale = now.astimezone(conference.tz), (get_language() or "en").replace("-", "_")
    phase = phase_of(conference, now=now)
    if phase == Phase.BEFORE:
        days = (conference.start_date - local.date()).days
        return _("Tomorrow") if days == 1 else _("%(days)s days to go") % {"days": days}
    if phase == Phase.OVER:
        return _("It is over")
    parts = [
        (5, _("%(day)s night")),
        (12, _("%(day)s morning")),
        (18, _("%(day)s afternoon")),
        (24, _("%(day)s evening")),
    ]
    part = next(text for until, text in parts if local.hour < until)
    return part % {"day": format_date(local.date(), "EEEE", locale=locale)}


def arrivals_today(conference: Conference, *, now: dt.datetime) -> Arrivals:
    """Of the conference's day that `now` lies in. Two queries. To be asked after `memo.heads`."""
    today = conference.local_date(now)
    until = day_start(conference, today + dt.timedelta(days=1))
    first, last = first_and_last_arrival(conference, since=day_start(conference, today), until=until)
    (recent,) = memo.between(conference, column="checked_in_at", edges=[now - RATE_SPAN, now])
    return Arrivals(first, last, recent)


def all_in_by(heads: Heads, arrivals: Arrivals, *, now: dt.datetime) -> dt.datetime | None:
    """When everybody expected will be in at the rate of the last five minutes; None when nobody came in them, all are
    in, or it would take more than twelve hours.
    """
    missing = heads.expected - heads.checked_in
    if missing <= 0 or not arrivals.recent:
        return None
    left = RATE_SPAN * missing / arrivals.recent
    return now + left if left <= dt.timedelta(hours=12) else None


def arrival_figures(conference: Conference, arrivals: Arrivals, *, missing: int, now: dt.datetime) -> Figures:
    """People per five minutes: today since the first of them came, and what is to come at the present rate. One query."""
    present = _floor(now)
    first = _floor(arrivals.first_at or now)
    # Of a day whose rush is long over, the rush is shown.
    last = present if arrivals.last_at is None or now - arrivals.last_at < SLOT * 18 else _floor(arrivals.last_at)
    ahead = _SLOTS // 4 if last == present and arrivals.recent and missing > 0 else 0
    start = max(first, last - SLOT * (_SLOTS - ahead - 1))
    start = _floor(start, quarter=True) if start == first else start
    slots = [start + SLOT * number for number in range(max((last - start) // SLOT + 1 + ahead, _PHONE_SLOTS))]
    past = [slot for slot in slots if slot <= last]
    counts = memo.between(conference, column="checked_in_at", edges=[*past, past[-1] + SLOT])
    bars = []
    for number, slot in enumerate(slots):
        label = slot.astimezone(conference.tz).strftime("%H:%M")
        if number < len(past) - 1 or (number < len(past) and not ahead):
            bars.append(Bar(label, counts[number]))
            continue
        expected = min(arrivals.recent, max(missing, 0)) if ahead else 0
        count = counts[number] if number < len(past) else None
        bars.append(Bar(label, count, max(expected, count or 0) or None))
        missing -= expected - (count or 0)
    # By the minute, so that the picture stays the same while nothing happens.
    here = (now.replace(second=0, microsecond=0) - start) / SLOT if last == present else None
    word = _("now %(time)s") % {"time": now.astimezone(conference.tz).strftime("%H:%M")}
    sentence = _(
        "Arrivals every five minutes from %(start)s to %(end)s, up to %(most)s. The numbers follow as a table."
    )
    values = {"start": bars[0].label, "end": bars[len(past) - 1].label, "most": max(counts, default=0)}
    is_empty = not any(counts)
    # The phone shows the end of it: the last quarters of an hour before now and what comes.
    skip = max(len(past) + min(ahead, 3) - _PHONE_SLOTS, 0)
    phone = bars[skip : skip + _PHONE_SLOTS]
    return Figures(
        tuple(bars),
        draw(bars, width=840, now=(here, word) if here is not None else None),
        draw(phone, width=340, height=220, now=(here - skip, word) if here is not None else None),
        sentence % values,
        is_empty,
    )


def registration_figures(conference: Conference, *, now: dt.datetime) -> Figures:
    """People registered per day of the last four weeks, today included. One query."""
    today = conference.local_date(now)
    days = [today - dt.timedelta(days=back) for back in range(_DAYS - 1, -1, -1)]
    edges = [day_start(conference, day) for day in [*days, today + dt.timedelta(days=1)]]
    counts = memo.between(conference, column="created_at", edges=edges)
    return _by_day(days, counts, _("Registrations per day of the last four weeks, up to %(most)s."))


def day_figures(conference: Conference) -> Figures:
    """People who came, per day of the conference. One query."""
    span = min((conference.end_date - conference.start_date).days + 1, _DAYS)
    days = [conference.start_date + dt.timedelta(days=number) for number in range(span)]
    edges = [day_start(conference, day) for day in [*days, days[-1] + dt.timedelta(days=1)]]
    counts = memo.between(conference, column="checked_in_at", edges=edges)
    return _by_day(days, counts, _("People who came for the first time, per day, up to %(most)s."))


def _by_day(days: list[dt.date], counts: list[int], sentence: str) -> Figures:
    locale = (get_language() or "en").replace("-", "_")
    bars = [Bar(format_date(day, "d MMM", locale=locale), count) for day, count in zip(days, counts, strict=True)]
    phone = bars[-_PHONE_DAYS:]
    return Figures(
        tuple(bars),
        draw(bars, width=840, label_every=max(1, len(bars) // 7)),
        draw(phone, width=340, height=220, label_every=max(1, len(phone) // 4)),
        sentence % {"most": max(counts, default=0)},
        not any(counts),
    )


def _floor(moment: dt.datetime, *, quarter: bool = False) -> dt.datetime:
    """The five minutes (or quarter of an hour) that `moment` lies in; the same on every clock, since all zones of our
    time differ from UTC by whole quarters.
    """
    step = 900 if quarter else 300
    return dt.datetime.fromtimestamp(moment.timestamp() // step * step, tz=dt.UTC)
