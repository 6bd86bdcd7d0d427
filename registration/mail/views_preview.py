"""A mail in a frame beside the words it is made of."""

from __future__ import annotations

import re

from csp.decorators import csp_update
from django.http import HttpResponse
from django.utils.html import format_html

from conferences.models import Conference
from registration.mail.wording import Rendered

# For the page around the frame.
with_mail_in_frame = csp_update({"frame-src": ["'self'"]})
# What a mail may do there: show itself, as on the page of the local outbox.
_MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_BODY = re.compile(r"<body[^>]*>")


def show_in_frame(mail: Rendered | None, conference: Conference | None, *, instead: str = "") -> HttpResponse:
    """The page of the frame: the mail with its subject above it, or a line of text `instead`."""
    if mail is None or conference is None:
        page = format_html("<!doctype html><title>-</title><p>{}</p>", instead)
    else:
        subject = format_html('<p lang="{}"><strong>{}</strong></p>', conference.language, mail.subject)
        page = _BODY.sub(lambda body: body.group() + subject, mail.html, count=1)
    return HttpResponse(page, headers={"Content-Security-Policy": _MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"})
