"""What the tablet page needs to go on without the server: where everything is, and the panels in words.

The verdicts themselves are found in the browser (static/js/checkin/decide.js) by the same reasons as in `admission.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.checkin.access import DoorAccess
from registration.checkin.models import Checkpoint, Verdict
from registration.checkin.people import SHORTEST
from registration.checkin.rehearsal import PRACTICE_CODES
from registration.checkin.rehearsal_panel import APART, nobody
from registration.checkin.sentences import piece_words, refuse
from registration.checkin.signs import sign_of

# Who stands at the door waits no longer for the server; then the tablet decides.
ANSWER_WITHIN = dt.timedelta(seconds=2)
# A stand for self check-in decides nothing by itself: its page is worth waiting for, if there is one on its way.
KIOSK_ANSWER_WITHIN = dt.timedelta(seconds=20)


@dataclass(frozen=True)
class OfflinePanel:
    """Of one verdict, with slots for what the browser knows. `pill` is how a search names the state."""

    verdict: str
    icon: str
    tone: str
    word: str
    pill: str
    piece_word: str = ""  # in place of `word` where pieces are handed out
    message: str = ""
    say: str = ""
    piece_say: str = ""  # in place of `say` there
    is_refusal: bool = False


def milliseconds_to_answer(*, is_kiosk: bool = False) -> int:
    """So long the page waits for the server, and the service worker for the page."""
    return int((KIOSK_ANSWER_WITHIN if is_kiosk else ANSWER_WITHIN).total_seconds() * 1000)


def offline_setup(
    conference: Conference,
    *,
    access: DoorAccess | None = None,
    checkpoint: Checkpoint | None = None,
    checkpoints: Sequence[Checkpoint] = (),
) -> dict[str, object]:
    """What the scripts of the page know of it. Without `access` it is the shell's: nothing of a person or a place."""
    slug = conference.slug
    setup: dict[str, object] = {
        "slug": slug,
        "title": _("Check-in"),
        "conference": conference.name,
        "zone": conference.timezone,
        "ends": conference.end_date.isoformat(),
        "answerWithin": milliseconds_to_answer(),
        "isShell": access is None,
        "practice": {
            "apart": int(APART.total_seconds() * 1000),
            "codes": [{"code": one.code, "verdict": one.verdict, "attention": one.has_note} for one in PRACTICE_CODES],
            **nobody(),
        },
        "urls": {
            name: reverse(f"checkin-{name}" if name != "page" else "checkin", args=[slug])
            for name in ("page", "scan", "roster", "sync", "token", "worker")
        },
        "owner": "",
        "tablet": None,
        "by": "",
        "shown": "",
        "checkpoint": None,
        "checkpoints": [],
    }
    if access is None or checkpoint is None:
        return setup
    user, tablet = access.user, access.tablet
    return setup | {
        "owner": f"tablet {tablet.pk}" if tablet else f"user {user.pk}" if user else "",
        "tablet": str(tablet.pk) if tablet else None,
        "by": user.name if user else "",
        "shown": tablet.name if tablet else (user.name or user.email or "") if user else "",
        "shortest": SHORTEST[access.role],
        "checkpoint": checkpoint.pk,
        "checkpoints": [{"id": place.pk, "name": place.name} for place in checkpoints],
    }


def offline_panels() -> list[OfflinePanel]:
    """One for each verdict."""
    entries, pieces = _said(hands_out=False), _said(hands_out=True)
    return [_panel(verdict, *said, piece_say=pieces[verdict][2]) for verdict, said in entries.items()]


def _panel(verdict: Verdict, pill: str, message: str, say: str, *, piece_say: str) -> OfflinePanel:
    return OfflinePanel(
        verdict=verdict,
        icon=sign_of(verdict).icon,
        tone=sign_of(verdict).tone,
        word=str(verdict.label),
        pill=pill,
        piece_word=piece_words().get(verdict, ""),
        message=message,
        say=say,
        piece_say=piece_say if piece_say != say else "",
        # Without the server nobody can record a payment.
        is_refusal=verdict == Verdict.UNPAID,
    )


def _said(*, hands_out: bool) -> dict[Verdict, tuple[str, str, str]]:
    """How a search names the state, what the panel says, and the one thing to do."""
    new_ticket = refuse(_("A new ticket can be had at the desk."), hands_out=hands_out)
    already = _("Ask for the badge. If this is another person, send both to the desk.")
    if hands_out:
        already = _("Everything was handed out. Questions go to the desk.")
    return {
        Verdict.ADMITTED: ("", "", ""),
        Verdict.ALREADY_ADMITTED: ("", "", already),
        Verdict.UNPAID: (
            _("Not paid"),
            _("Taking a payment needs the network."),
            refuse(_("Send to the desk to pay."), hands_out=hands_out),
        ),
        Verdict.WRONG_TICKET: (_("Not valid here"), _("Not valid here."), _("Send to the desk to change the ticket.")),
        Verdict.NOT_OPEN: ("", "", _("Ask to come back then. Questions go to the desk.")),
        Verdict.CANCELLED: (_("Cancelled"), _("This ticket was cancelled."), new_ticket),
        Verdict.REFUNDED: (_("Refunded"), _("The money for this ticket was returned."), new_ticket),
        Verdict.REPLACED: (
            _("Replaced"),
            _("This code was replaced by a new one, which alone is valid."),
            _("Ask for the newest ticket, or search the name."),
        ),
        Verdict.BLOCKED: (
            _("Blocked"),
            _("Why, is shown only with a network."),
            refuse(_("Send to the desk."), hands_out=hands_out),
        ),
        Verdict.INCOMPLETE: (
            _("Incomplete"),
            _("This registration was not finished."),
            _("Send to the desk to finish it, then scan again."),
        ),
        Verdict.UNKNOWN: (_("Not known"), "", _("Search the name, or send to the desk.")),
    }
