"""A ticket for Google Wallet: a signed link that holds the whole pass
(https://developers.google.com/wallet/tickets/events/web). Nothing is asked of Google before somebody opens it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

import jwt
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.logo.logos import address_for_google
from registration.ticket.qr import ticket_url

_SAVE = "https://pay.google.com/gp/v/save/"


def is_offered() -> bool:
    return settings.GOOGLE_WALLET is not None


def google_link(seat: Attendee, *, now: dt.datetime) -> str:
    """Where a live seat, loaded with conference and ticket type, is saved; the logo is fetched from us.

    Google keeps what it has under a number, whatever a later link says of it
    (https://github.com/google-wallet/android-codelab/issues/20). So numbers follow from what is said: a ticket that was
    changed or given away since is another pass.
    """
    keys = _keys()
    event = _numbered(f"conference-{seat.conference_id}", _class(seat.conference))
    ticket = _numbered(f"seat-{seat.pk}", _object(seat) | {"classId": event["id"]})
    claims = {
        "iss": keys["email"],
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "origins": [settings.SITE_URL],
        "payload": {"eventTicketClasses": [event], "eventTicketObjects": [ticket]},
    }
    return _SAVE + jwt.encode(claims, keys["key"], algorithm="RS256")


def _keys() -> dict[str, Any]:
    assert settings.GOOGLE_WALLET, "asked for without keys"
    return settings.GOOGLE_WALLET


def _class(conference: Conference) -> dict[str, Any]:
    first = dt.datetime.combine(conference.start_date, dt.time(8), tzinfo=conference.tz)
    after = dt.datetime.combine(conference.end_date + dt.timedelta(days=1), dt.time(), tzinfo=conference.tz)
    made: dict[str, Any] = {
        "issuerName": urlsplit(settings.SITE_URL).hostname,
        "reviewStatus": "UNDER_REVIEW",
        "eventName": _said(conference.name),
        "dateTime": {"start": first.isoformat(), "end": after.isoformat()},
        "hexBackgroundColor": conference.accent,
    }
    if address := address_for_google(conference):
        made["logo"] = {"sourceUri": {"uri": address}, "contentDescription": _said(conference.name)}
    if conference.venue and conference.address:  # Google wants both or neither
        made["venue"] = {"name": _said(conference.venue), "address": _said(conference.address)}
    return made


def _object(seat: Attendee) -> dict[str, Any]:
    made: dict[str, Any] = {
        "state": "ACTIVE",
        "ticketHolderName": seat.name or _("Not named yet"),
        "ticketNumber": seat.access_code,
        "barcode": {
            "type": "QR_CODE",
            "value": ticket_url(seat),
            "alternateText": f"{seat.access_code[:4]} {seat.access_code[4:]}",
        },
    }
    if seat.ticket_type:
        made["ticketType"] = _said(seat.ticket_type.name)
    return made


def _numbered(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """With an id of this site, as one issuer may serve several, and of `content`."""
    host = "".join(letter if letter.isalnum() else "-" for letter in urlsplit(settings.SITE_URL).netloc)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    return content | {"id": f"{_keys()['issuer']}.{host}-{name}-{digest}"}


def _said(text: str) -> dict[str, Any]:
    return {"defaultValue": {"language": get_language() or "en", "value": text}}
