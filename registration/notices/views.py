"""Organisers say whether to tell everybody that the conference has moved."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from conferences.access import staff_access
from conferences.models import Role
from registration.errors import RegistrationError
from registration.notices.moving import announce_move, what_moved


@require_http_methods(["GET", "POST"])
@never_cache
def moved(request: HttpRequest, slug: str) -> HttpResponse:
    """The page; for htmx the question alone, for other pages to show, or nothing."""
    access = staff_access(request, slug, Role.ORGANISER)
    conference = access.conference
    if request.method == "POST":
        is_told = "tell" in request.POST
        try:
            announce_move(conference=conference, by=request.user, now=timezone.now(), is_told=is_told)
        except RegistrationError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("The mails are on their way.") if is_told else _("Nobody is mailed."))
        return redirect("notices-moved", slug)
    context = {"access": access, "conference": conference, "section": "settings", "move": what_moved(conference)}
    template = "_moved.html" if request.htmx else "moved.html"
    return render(request, f"registration/notices/{template}", context)
