"""The page behind the personal link of an invitation. Looking changes nothing; pressing registers."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registration.errors import RegistrationError
from registration.invitation.accepting import accept_invitation
from registration.invitation.models import Invitation, find_invitation


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = find_invitation(token)
    if found is None:
        raise Http404("no such invitation")
    response = _answer(request, found)
    # No other page may learn the link from where somebody came. Not `no-referrer`: browsers then hide the origin of a form
    # too, by which Django knows that it is ours.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _answer(request: HttpRequest, found: Invitation) -> HttpResponse:
    problem, is_sold_out = "", False
    if request.method == "POST":
        try:
            accept_invitation(invitation=found, now=timezone.now())
            return redirect(request.path)
        except RegistrationError as refusal:
            problem, is_sold_out = refusal.message, refusal.code == "sold_out"
            found.refresh_from_db(fields=["revoked_at"])  # perhaps just now
    context = {
        "conference": found.conference,
        "invitation": found,
        "is_open": found.is_open(now=timezone.now()),
        "is_free": found.ticket_type.is_free or (found.voucher and found.voucher.reduction == "free"),
        "problem": problem,
        "is_sold_out": is_sold_out,
    }
    return render(request, "registration/invitation/invitation.html", context, status=422 if problem else 200)
