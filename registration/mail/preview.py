"""A mail as it would look, with invented people, for whoever writes its words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

from django.conf import settings
from django.utils.translation import gettext as _

from conferences.languages import in_language_of
from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.mail.placeholders import Context
from registration.mail.wording import Rendered, Words, render_mail

_GREY = "data:image/gif;base64,R0lGODdhAQABAIAAAKqqqqqqqiwAAAAAAQABAAACAkQBADs="


def preview_mail(*, kind: str, conference: Conference, words: Words, now: dt.datetime) -> Rendered:
    """The mail of `kind` with these words, for a browser: where the QR code will be stands a grey square."""
    with in_language_of(conference):
        mail = render_mail(kind, sample_context(conference, now=now), words, files={"ticket.ics", "ticket.pdf"})
    return Rendered(mail.subject, mail.text, mail.html.replace('"cid:qr.png"', f'"{_GREY}"'))


def sample_context(conference: Conference, *, now: dt.datetime) -> Context:
    """All that any kind of mail needs."""
    ticket = conference.ticket_types.first() or TicketType(name=_("Regular"), price=Decimal("79.00"))
    seat = Attendee(name="Ada Lovelace", email="ada@example.org", access_code="7KQ2M0XD", ticket_type=ticket)
    line = SimpleNamespace(quantity=1, text=ticket.name, amount=Decimal("79.00"))
    order = SimpleNamespace(
        reference="4G7KQ2MX", total=Decimal("79.00"), currency=conference.currency, due_at=now + dt.timedelta(days=7),
        user=SimpleNamespace(name="Grace Hopper"),
    )  # fmt: skip
    paid_back = SimpleNamespace(
        amount=Decimal("79.00"), currency=conference.currency, payment=SimpleNamespace(method="bank_transfer")
    )
    paper = SimpleNamespace(
        get_kind_display=_("Invoice"), name="2027-0042", total=Decimal("79.00"), currency=conference.currency
    )
    return {
        "conference": conference,
        "attendee": seat,
        "order": order,
        "lines": [line],
        "papers": [paper],
        "desk_from": conference.start_date,
        "amount": Decimal("79.00"),
        "closed_at": now - dt.timedelta(days=3),
        "came": Decimal("60.00"),
        "missing": Decimal("19.00"),
        "ways": [(paid_back, paid_back.amount)],
        "ended": [seat],
        "reason": _("You asked us to."),
        "was": "Ada Lovelace",
        "by": "yourself",
        "code": "7KQ2M0XD",
        "before": {"days": _("3–5 March 2027"), "place": _("Old Harbour Hall")},
        "name": "Grace Hopper",
        "offer": ticket.name,
        "until": now + dt.timedelta(hours=24),
        "link": settings.SITE_URL,
        "was_offered": True,
    }
