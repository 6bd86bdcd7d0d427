"""The page where a local site without a mail server shows its mails, so that a newcomer can finish a sign-up. It needs
no sign-in, because nobody could sign in without it; so it exists on a loopback address alone (`KEEPS_MAILS`).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from post_office.models import Email

from registration.mail.message import files_of, is_inline

SHOWN = 30
# A login code or a code to confirm an address, on a line of its own.
_CODE = re.compile(r"^\s*([A-Z0-9]{3,4}[- ]?[A-Z0-9]{3,4})\s*$", re.MULTILINE)
# What a mail may do in a browser: show itself. Without `allow-scripts` and `allow-same-origin` it is nobody's page.
_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Shown:
    mail: Email
    code: str


@login_not_required
@require_safe
@never_cache
def outbox(request: HttpRequest) -> HttpResponse:
    """The last mails, newest first. To htmx 204 when there is none after `after`, so that nothing moves under a reader."""
    _only_where_mails_are_kept()
    mails = list(Email.objects.order_by("-pk")[:SHOWN])
    newest = mails[0].pk if mails else 0
    if request.htmx and request.GET.get("after") == str(newest):
        return HttpResponse(status=204)
    context = {"mails": [_shown(mail) for mail in mails], "newest": newest}
    template = "registration/mail/_mails.html" if request.htmx else "registration/mail/outbox.html"
    return render(request, template, context)


@login_not_required
@require_safe
@never_cache
def outbox_html(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The HTML part as a mail reader would show it, locked into a policy of its own."""
    _only_where_mails_are_kept()
    mail = get_object_or_404(Email, pk=mail_id)
    html = mail.html_message
    if not html:
        raise Http404
    for file in files_of(mail):
        if is_inline(mail, file):
            content = base64.b64encode(file.read() or b"").decode()
            html = html.replace(f'"cid:{file.name}"', f'"data:{file.mimetype};base64,{content}"')
    return HttpResponse(html, headers={"Content-Security-Policy": _MAIL_POLICY})


def _only_where_mails_are_kept() -> None:
    if not settings.KEEPS_MAILS:
        raise Http404


def _shown(mail: Email) -> Shown:
    found = _CODE.search(mail.message)
    return Shown(mail, found.group(1) if found else "")
