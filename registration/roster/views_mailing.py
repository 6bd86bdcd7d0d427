"""An organiser writes to the people of the list: writes and looks, reads it once more with the number, sends."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conferences.access import Access, staff_access
from conferences.languages import in_language_of
from conferences.models import Role
from conferences.numbers import read_number
from registration.attendee.models import Attendee, AttendeeQuerySet
from registration.errors import RegistrationError
from registration.mail.kinds import KINDS
from registration.mail.outbox import queue_mail
from registration.mail.views_preview import show_in_frame, with_mail_in_frame
from registration.mail.wording import render_mail
from registration.notices.forms import MailingForm
from registration.notices.mailing import KIND, find_audience, send_mailing
from registration.order.completion import addresses
from registration.roster.forms import FilterForm
from registration.roster.people import Condition, people

log = logging.getLogger(__name__)

# Whom the preview can be shown for.
_READERS = 20


@dataclass(frozen=True)
class Chosen:
    """The people that the filters in the address of the page leave; `readers` are the first who can be mailed."""

    access: Access
    seats: AttendeeQuerySet
    filters: FilterForm
    readers: list[Attendee]


def _chosen(request: HttpRequest, slug: str) -> Chosen:
    access = staff_access(request, slug, Role.ORGANISER)
    filters = FilterForm(access.conference, request.GET)
    seats = people(access.conference, filters.filters())
    readers = seats.annotate(to=addresses()).exclude(to=None).select_related("ticket_type", "order__user")
    return Chosen(access, seats, filters, list(readers[:_READERS]))


@with_mail_in_frame
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """POST with `test` mails it to oneself, with `send` to everybody, with `back` goes on writing, else shows what will be
    sent to how many.
    """
    chosen = _chosen(request, slug)
    conference = chosen.access.conference
    form = MailingForm(request.POST if request.method == "POST" else None, conference=conference, people=chosen.readers)
    if request.method != "POST" or "back" in request.POST:
        return _page(request, chosen, form)
    if not (form.is_valid() and chosen.readers):
        return _page(request, chosen, form, status=422)
    if "test" in request.POST:
        about = {"conference": conference, "attendee": form.reader}
        queue_mail(template=KIND, to=chosen.access.user.email, context=about, words=form.words)
        return _page(request, chosen, form, tested=True)
    if "send" not in request.POST:
        return _review(request, chosen, form)
    return _send(request, chosen, form)


def _send(request: HttpRequest, chosen: Chosen, form: MailingForm) -> HttpResponse:
    conference, told = chosen.access.conference, read_number(request.POST.get("mails")) or 0
    try:
        made = send_mailing(
            mailing_id=form.cleaned_data["mailing_id"], conference=conference, seats=chosen.seats,
            audience=chosen.filters.in_words(names_search=False), words=form.words, mails=told,
            by=chosen.access.user, now=timezone.now(),
        )  # fmt: skip
    except RegistrationError as refusal:
        return _review(request, chosen, form, problem=refusal)
    # Nothing of what was searched for, which may be a name.
    log.info(
        "mailing %s: user %s, conference %s, %s mails", made.pk, chosen.access.user.pk, conference.slug, made.mails
    )
    return redirect("mailing", conference.slug, made.pk)


@require_POST
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The mail as one of them gets it, finished or not; for a frame."""
    chosen = _chosen(request, slug)
    if not chosen.readers:
        return show_in_frame(None, None, instead=_("Nobody of them has an address that can be mailed."))
    conference = chosen.access.conference
    form = MailingForm(request.POST, conference=conference, people=chosen.readers)
    about = {"conference": conference, "attendee": form.reader}
    with in_language_of(conference):
        mail = render_mail(KIND, about, form.words)
    return show_in_frame(mail, conference)


def _page(
    request: HttpRequest, chosen: Chosen, form: MailingForm, *, status: int = 200, tested: bool = False
) -> HttpResponse:
    context = _context(request, chosen, form) | {
        "tested": tested,
        "names": [f"{{{name}}}" for name in KINDS[KIND].placeholders],
    }
    return render(request, "registration/roster/mailing_write.html", context, status=status)


def _review(
    request: HttpRequest, chosen: Chosen, form: MailingForm, *, problem: RegistrationError | None = None
) -> HttpResponse:
    """What was typed goes along in hidden fields. Where the page has sent something already, this is a mailing of its own."""
    used = problem is not None and problem.code == "sent_already"
    context = _context(request, chosen, form) | {
        "problem": problem.message if problem else "",
        "words": form.words,
        "mailing_id": uuid.uuid4() if used else form.cleaned_data["mailing_id"],
    }
    return render(request, "registration/roster/mailing_review.html", context, status=422 if problem else 200)


def _context(request: HttpRequest, chosen: Chosen, form: MailingForm) -> dict[str, object]:
    address, without_gone = request.GET.copy(), request.GET.copy()
    address.pop("page", None)
    without_gone["state"] = "" if request.GET.get("state") else Condition.LIVE
    return {
        "access": chosen.access,
        "conference": chosen.access.conference,
        "section": "attendees",
        "form": form,
        "audience": find_audience(chosen.seats, form.words),
        "in_words": chosen.filters.in_words(),
        "address": address.urlencode(),
        "without_gone": without_gone.urlencode() if without_gone["state"] else "",
    }
