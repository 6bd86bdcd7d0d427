"""A mail in a frame beside the words it is made of."""

from __future__ import annotations

import base64
import re

from csp.decorators import csp_update
from django.http import HttpResponse
from django.utils.html import format_html

from conferences.models import Conference
from registration.logo.logos import IN_MAIL, picture_for_mail
from registration.mail.wording import Rendered

# For the page around the frame.
with_mail_in_frame = csp_update({"frame-src": ["'self'"]})
# What a mail may do there: show itself, as on the page of the local outbox.
_MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_LOGO = f'"cid:{IN_MAIL}"'
_BODY = re.compile(r"<body[^>]*>")


def show_in_frame(mail: Rendered | None, conference: Conference | None, *, instead: str = "") -> HttpResponse:
    """The page of the frame: the mail with its subject above it, or a line of text `instead`."""
    if mail is None or conference is None:
        page = format_html("<!doctype html><title>-</title><p>{}</p>", instead)
    else:
        subject = format_html('<p lang="{}"><strong>{}</strong></p>', conference.language, mail.subject)
        page = _BODY.sub(lambda body: body.group() + subject, _with_logo(mail.html, conference), count=1)
    return HttpResponse(page, headers={"Content-Security-Policy": _MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"})


def _with_logo(html: str, conference: Conference) -> str:
    """A browser has nothing beside the page where it could look for it."""
    if _LOGO not in html:
        return html
    picture = base64.b64encode(picture_for_mail(conference.pk) or b"").decode()
    return html.replace(_LOGO, f'"data:image/png;base64,{picture}"')
