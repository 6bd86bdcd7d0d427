"""The panels of the dashboard with the data each template needs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models

from conferences.models import Conference
from conferences.prepared import Given, Prepared
from conferences.together import Together
from registration.checkin import conflicts, quarantine
from registration.checkin.models import Checkpoint, Scan, Verdict
from registration.checkin.sentences import word_of
from registration.checkin.signs import sign_of
from registration.dashboard import memo
from registration.dashboard.counts import Heads, TicketCount, by_desk, last_scans, named
from registration.dashboard.day import (
    Arrivals,
    Figures,
    Phase,
    all_in_by,
    arrival_figures,
    arrivals_today,
    day_figures,
    day_start,
    headline,
    phase_of,
    registration_figures,
)
from registration.dashboard.open_payments import open_payments

_LAST_SCANS = 10

_ASIDE = Together(
    rehearsing=Prepared(
        lambda: Checkpoint.objects.filter(conference=Given("conference")).rehearsing(
            now=Given("now", models.DateTimeField())
        )
    ),
    conflicts=conflicts.COUNT_OPEN,
    batches=quarantine.COUNT_OPEN,
)


def panels(conference: Conference, *, now: dt.datetime) -> dict[str, dict[str, Any]]:
    """Template name to context, in the order of the page. Two queries a panel at most, whatever there is to count; for a
    large conference a few more in the moments when its counts settle (`memo`).

    Nothing in it changes more often than once a minute unless somebody did something.
    """
    phase = phase_of(conference, now=now)
    heads = named(memo.heads(conference, now=now), conference)
    arrivals = arrivals_today(conference, now=now)
    missing = heads.expected - heads.checked_in
    figures = _figures(conference, arrivals, phase=phase, missing=missing, now=now)
    since = day_start(conference, conference.local_date(now))
    scans = by_desk(memo.scans(conference, since=since, now=now), conference)
    aside = _ASIDE.read(conference=conference.pk, now=now)
    shared = {"conference": conference, "phase": phase.value}
    part, whole = (
        (heads.registered, conference.total_capacity) if phase == Phase.BEFORE else (heads.checked_in, heads.expected)
    )
    return {
        "rehearsals": shared | {"checkpoints": aside["rehearsing"]},
        "moment": shared | {
            "headline": headline(conference, now=now),
            "now": now.replace(second=0, microsecond=0),
            "place": conference.venue or conference.zone_name,
        },
        "conflicts": shared | {"open": aside["conflicts"][0], "batches": aside["batches"][0]},
        "tally": shared | {
            "heads": heads,
            "open": open_payments(conference),
            "arrivals": arrivals,
            "share": _share(part, whole),
            "rate": f"{arrivals.recent / 5:.1f}",
            "away": max(missing, 0),
            "all_in_by": all_in_by(heads, arrivals, now=now),
        },
        "arrivals": shared | {"figures": figures, "has_expected": any(bar.expected for bar in figures.bars)},
        "tickets": shared | {"rows": [_ticket(ticket, phase, heads) for ticket in heads.tickets]},
        "desks": shared | {"scans": scans},
        "refusals": shared | {"scans": scans, "refusals": [_refusal(*pair) for pair in scans.refusals]},
        "last_scans": shared | {"rows": [_row(scan, since=since) for scan in last_scans(conference, count=_LAST_SCANS)]},
    }  # fmt: skip


def _figures(conference: Conference, arrivals: Arrivals, *, phase: Phase, missing: int, now: dt.datetime) -> Figures:
    if phase == Phase.BEFORE:
        return registration_figures(conference, now=now)
    if phase == Phase.OVER:
        return day_figures(conference)
    return arrival_figures(conference, arrivals, missing=missing, now=now)


def _share(part: int, whole: int) -> int:
    """Percent, rounded down, so that 100 means all of them."""
    return min(100, part * 100 // whole) if whole else 0


def _ticket(ticket: TicketCount, phase: Phase, heads: Heads) -> dict[str, Any]:
    if phase == Phase.BEFORE:
        return {"ticket": ticket, "share": _share(ticket.registered, heads.registered)}
    return {"ticket": ticket, "share": _share(ticket.checked_in, ticket.expected)}


def _refusal(verdict: Verdict, count: int) -> dict[str, Any]:
    return {"sign": sign_of(verdict), "word": verdict.label, "count": count}


def _row(scan: Scan, *, since: dt.datetime) -> dict[str, Any]:
    # A code that was replaced belongs to somebody else now, who did not stand at the door.
    person = scan.attendee if scan.verdict != Verdict.REPLACED else None
    return {
        "scan": scan,
        "person": person,
        "sign": sign_of(Verdict(scan.verdict)),
        "word": word_of(scan),
        "is_today": scan.received_at >= since,
    }
