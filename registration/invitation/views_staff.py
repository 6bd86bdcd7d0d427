"""Invitations as organisers see them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from conferences.access import staff_access
from conferences.models import Role
from registration.errors import RegistrationError
from registration.invitation.forms import InviteForm
from registration.invitation.inviting import invite, remind, revoke
from registration.invitation.models import Invitation

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: HttpRequest, slug: str) -> HttpResponse:
    """Who was invited; POST invites more."""
    access = staff_access(request, slug, Role.ORGANISER)
    conference = access.conference
    with timezone.override(conference.tz):
        form = InviteForm(request.POST if request.method == "POST" else None, conference=conference)
        if form.is_valid():
            people, ticket_type = form.cleaned_data.pop("people"), form.cleaned_data.pop("ticket_type")
            ticket_type.conference = conference
            try:
                made = invite(
                    conference=conference, ticket_type=ticket_type, people=people, by=access.user, now=timezone.now(),
                    **form.cleaned_data,
                )  # fmt: skip
            except RegistrationError as refusal:
                form.add_error("people", refusal.message)
            else:
                messages.success(request, _said(len(made), len(people)))
                return redirect("invitations", slug)
        found = Invitation.objects.filter(conference=conference).select_related("ticket_type", "order")
        context = {
            "access": access,
            "conference": conference,
            "section": "orders",
            "form": form,
            "now": timezone.now(),
            "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        }
        status = 422 if form.errors else 200
        return render(request, "registration/invitation/invitations.html", context, status=status)


@require_POST
def invitation_remind(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = _invitation(request, slug, pk)
    try:
        remind(invitation=found, now=timezone.now())
        messages.success(request, _("Sent again to %(name)s.") % {"name": found.name})
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    return redirect("invitations", slug)


@require_POST
def invitation_revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = _invitation(request, slug, pk)
    try:
        revoke(invitation=found, now=timezone.now())
        messages.success(request, _("Taken back: %(name)s.") % {"name": found.name})
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    return redirect("invitations", slug)


def _invitation(request: HttpRequest, slug: str, pk: int) -> Invitation:
    access = staff_access(request, slug, Role.ORGANISER)
    found = Invitation.objects.select_related("conference", "ticket_type")
    return get_object_or_404(found, pk=pk, conference=access.conference)


def _said(made: int, asked: int) -> str:
    said = ngettext("One person is invited.", "%(count)s people are invited.", made) % {"count": made}
    left_out = asked - made
    if not left_out:
        return said
    return (
        said
        + " "
        + ngettext(
            "One was left out: invited already, or named twice.",
            "%(count)s were left out: invited already, or named twice.",
            left_out,
        )
        % {"count": left_out}
    )
