"""The files of a ticket: PDF, calendar entry, QR code. Each stands below both addresses of a ticket."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conferences.languages import in_language_of
from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.ticket import wallet_apple, wallet_google
from registration.ticket.calendar import ticket_ics
from registration.ticket.pdf import ticket_pdf
from registration.ticket.qr import qr_svg
from registration.ticket.standing import ticket_of
from registration.ticket.views_access import own_or_bought


@require_safe
@never_cache
def pdf(request: HttpRequest, **where: str) -> FileResponse | HttpResponse:
    seat, links = own_or_bought(request, where)
    _refuse_void(seat)
    try:
        file = ticket_pdf(seat)
    except RegistrationError as error:
        context = {"seat": seat, "conference": seat.conference, "links": links, "message": error.message}
        return render(request, "registration/ticket/no_file.html", context, status=503)
    name = f"{seat.conference.slug}-{seat.access_code}.pdf"
    return FileResponse(file, filename=name, content_type="application/pdf")


@require_safe
@never_cache
def calendar(request: HttpRequest, **where: str) -> HttpResponse:
    seat, _links = own_or_bought(request, where)
    return HttpResponse(
        ticket_ics(seat, now=timezone.now()),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{seat.conference.slug}.ics"'},
    )


@require_safe
@never_cache
def qr(request: HttpRequest, **where: str) -> HttpResponse:
    seat, _links = own_or_bought(request, where)
    _refuse_void(seat)
    return HttpResponse(drawn(seat), content_type="image/svg+xml")


@require_safe
@never_cache
def apple(request: HttpRequest, **where: str) -> HttpResponse:
    seat, _links = own_or_bought(request, where)
    _refuse_void(seat)
    if not wallet_apple.is_offered():
        raise Http404
    name = f"{seat.conference.slug}.pkpass"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    with in_language_of(seat.conference):
        content = wallet_apple.apple_pass(seat)
    return HttpResponse(content, content_type="application/vnd.apple.pkpass", headers=headers)


@require_safe
@never_cache
def google(request: HttpRequest, **where: str) -> HttpResponse:
    """Leads to Google, with the pass in the address; nothing goes there before somebody follows it."""
    seat, _links = own_or_bought(request, where)
    _refuse_void(seat)
    if not wallet_google.is_offered():
        raise Http404
    with in_language_of(seat.conference):
        link = wallet_google.google_link(seat, now=timezone.now())
    return redirect(link)


def drawn(seat: Attendee) -> str:
    return qr_svg(seat, label=_("QR code of ticket %(code)s") % {"code": seat.access_code})


def _refuse_void(seat: Attendee) -> None:
    """A ticket that was ended has nothing to show."""
    if ticket_of(seat).is_void:
        raise Http404
