"""A ticket for Apple Wallet: a zip of the pass, its pictures, their digests and a signature over these
(https://developer.apple.com/documentation/walletpasses/building-a-pass).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from django.conf import settings
from django.utils.translation import gettext as _

from conferences.templatetags.lanyard import days
from registration.attendee.models import Attendee
from registration.logo.logos import pictures_for_apple
from registration.ticket.qr import ticket_url

_PICTURES = ("icon.png", "icon@2x.png")


def is_offered() -> bool:
    return settings.APPLE_WALLET is not None


def apple_pass(seat: Attendee) -> bytes:
    """A `.pkpass` of a live seat, loaded with conference, ticket type and order. Adding a newer one takes the place of the
    older, because its number is the seat's.
    """
    files = {"pass.json": json.dumps(_content(seat), ensure_ascii=False).encode()}
    files |= {name: _picture(name) for name in _PICTURES} | pictures_for_apple(seat.conference)
    # SHA-1 is what the format asks for.
    manifest = {name: hashlib.sha1(content, usedforsecurity=False).hexdigest() for name, content in files.items()}
    files["manifest.json"] = json.dumps(manifest).encode()
    files["signature"] = _signature(files["manifest.json"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _keys() -> dict[str, Any]:
    assert settings.APPLE_WALLET, "asked for without keys"
    return settings.APPLE_WALLET


def _content(seat: Attendee) -> dict[str, Any]:
    conference, keys = seat.conference, _keys()
    first = dt.datetime.combine(conference.start_date, dt.time(8), tzinfo=conference.tz)
    after = dt.datetime.combine(conference.end_date + dt.timedelta(days=1), dt.time(), tzinfo=conference.tz)
    red, green, blue = (int(conference.accent[at : at + 2], 16) for at in (1, 3, 5))
    is_light = (299 * red + 587 * green + 114 * blue) / 1000 > 150
    words = "rgb(20, 20, 20)" if is_light else "rgb(255, 255, 255)"

    def field(key: str, label: str, value: str) -> list[dict[str, str]]:
        return [{"key": key, "label": label, "value": value}] if value else []

    return {
        "formatVersion": 1,
        "passTypeIdentifier": keys["pass_type"],
        "teamIdentifier": keys["team"],
        "serialNumber": f"seat-{seat.pk}",
        "organizationName": urlsplit(settings.SITE_URL).hostname,
        "description": _("Ticket for %(conference)s") % {"conference": conference.name},
        "logoText": conference.name,
        "foregroundColor": words,
        "labelColor": words,
        "backgroundColor": f"rgb({red}, {green}, {blue})",
        "relevantDate": first.isoformat(),
        "expirationDate": after.isoformat(),
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR",
                "message": ticket_url(seat),
                "messageEncoding": "iso-8859-1",
                "altText": f"{seat.access_code[:4]} {seat.access_code[4:]}",
            }
        ],
        "eventTicket": {
            "primaryFields": field("name", _("Name"), seat.name or _("Not named yet")),
            "secondaryFields": field("ticket", _("Ticket"), seat.ticket_type.name if seat.ticket_type else "")
            + field("days", _("When"), days(conference)),
            "auxiliaryFields": field("place", _("Where"), conference.place),
            "backFields": field("order", _("Order"), seat.order.reference if seat.order else "")
            + field("questions", _("Questions?"), conference.contact_email),
        },
    }


def _signature(manifest: bytes) -> bytes:
    keys = _keys()
    builder = PKCS7SignatureBuilder().set_data(manifest).add_signer(keys["certificate"], keys["key"], hashes.SHA256())
    return builder.add_certificate(keys["between"]).sign(
        Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary]
    )


@cache
def _picture(name: str) -> bytes:
    return (settings.BASE_DIR / "static" / "img" / "wallet" / name).read_bytes()
