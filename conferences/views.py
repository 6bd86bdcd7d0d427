from __future__ import annotations

import zoneinfo
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conferences.access import find_or_deleted, staff_access
from conferences.errors import SettingUpError
from conferences.forms import ConferenceForm, NewConferenceForm, RoleForm, StaffForm, is_saved
from conferences.models import Conference, Role, StaffRole
from conferences.setting_up import change_conference, set_up_conference
from conferences.staffing import add_staff, change_role, remove_staff
from conferences.zones import find_zone, zones

form_page = require_http_methods(["GET", "HEAD", "POST"])
COMMON_CURRENCIES = ["AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "INR", "JPY", "NOK", "PLN", "SEK", "USD"]


@dataclass(frozen=True)
class Workplace:
    """A conference in the list of those a person works for."""

    conference: Conference
    role: Role

    @property
    def is_desk(self) -> bool:
        return self.role != Role.DOOR

    @property
    def is_organiser(self) -> bool:
        return self.role == Role.ORGANISER


@login_not_required
def accent(request: HttpRequest, slug: str) -> HttpResponse:
    """One rule of CSS: the colour is checked by the database's validator to be #rrggbb."""
    conference = get_object_or_404(Conference, slug=slug)
    css = f'[data-conference="{conference.slug}"] {{ --conference-accent: {conference.accent}; }}\n'
    return HttpResponse(css, content_type="text/css", headers={"Cache-Control": "public, max-age=300"})


def staff_home(request: HttpRequest) -> HttpResponse:
    if request.user.is_superuser:
        places = [Workplace(conference, Role.ORGANISER) for conference in Conference.objects.all()]
    else:
        roles = StaffRole.objects.filter(user=request.user).select_related("conference")
        places = [Workplace(held.conference, Role(held.role)) for held in roles.order_by("conference__start_date")]
    now = timezone.now()
    return render(
        request,
        "conferences/staff.html",
        {
            "current": [place for place in places if not place.conference.is_over(now=now)],
            "past": [place for place in reversed(places) if place.conference.is_over(now=now)],
        },
    )


@form_page
def set_up(request: HttpRequest) -> HttpResponse:
    if not request.user.is_superuser:
        raise PermissionDenied
    with timezone.override(_zone(request, "UTC")):
        # Every mail asks for answers, so there is somebody who gets them unless that is not wanted.
        form = NewConferenceForm(
            request.POST if request.method == "POST" else None, initial={"contact_email": request.user.email}
        )
        if form.is_valid() and is_saved(
            form,
            lambda: set_up_conference(
                conference=form.instance, organisers=form.cleaned_data["organisers"], by=request.user
            ),
        ):
            made = form.instance
            messages.success(request, _("The conference is made. Now its tickets."))
            if made.is_over(now=timezone.now()):
                over = _("Its last day, %(day)s, is over. If that is a slip, correct it under Conference.")
                messages.warning(request, over % {"day": date_format(made.end_date, "j F Y")})
            return redirect("settings-tickets", made.slug)
        return render(request, "conferences/staff_new.html", _conference_context(form), status=_status(form))


@form_page
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    with timezone.override(_zone(request, access.conference.timezone)):
        form = ConferenceForm(request.POST if request.method == "POST" else None, instance=access.conference)
        if form.is_valid():
            change_conference(conference=form.instance, fields=form.saved_fields)
            messages.success(request, _("Saved."))
            return redirect("settings", slug)
        # The instance carries what was typed; the head of the page shows what is saved.
        shown = Conference.objects.get(pk=access.conference.pk) if form.errors else access.conference
        context = {"access": access, "conference": shown, "section": "settings", "tab": "conference"}
        return render(request, "conferences/settings.html", context | _conference_context(form), status=_status(form))


@form_page
def settings_staff(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    form = StaffForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        try:
            add_staff(conference=access.conference, email=email, role=role, by=access.user)
        except SettingUpError as refusal:
            form.add_error("email", refusal.message)
        else:
            messages.success(request, _("%(email)s is added and gets a mail.") % {"email": email})
            return redirect("settings-staff", slug)
    staff = StaffRole.objects.filter(conference=access.conference).select_related("user").order_by("role", "pk")
    context = {
        "access": access,
        "conference": access.conference,
        "section": "settings",
        "tab": "staff",
        "form": form,
        "staff": staff,
        "roles": Role.choices,
    }
    return render(request, "conferences/settings_staff.html", context, status=_status(form))


@require_POST
def settings_staff_role(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    held = find_or_deleted(request, StaffRole, conference=access.conference, pk=pk, pages="settings-staff")
    form = RoleForm(request.POST)
    try:
        if form.is_valid():
            change_role(held=held, role=Role(form.cleaned_data["role"]))
            messages.success(request, _("Role changed."))
    except SettingUpError as refusal:
        messages.error(request, refusal.message)
    return redirect("settings-staff", slug)


@require_POST
def settings_staff_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    held = find_or_deleted(request, StaffRole, conference=access.conference, pk=pk, pages="settings-staff")
    try:
        remove_staff(held=held)
        messages.success(request, _("Removed. Their account stays."))
    except SettingUpError as refusal:
        messages.error(request, refusal.message)
    # Who removed themself may not see the settings any more.
    is_self = held.pk is None and held.user_id == access.user.pk and not access.user.is_superuser
    return redirect("staff") if is_self else redirect("settings-staff", slug)


def _zone(request: HttpRequest, saved: str) -> zoneinfo.ZoneInfo:
    """The zone in which the moments of a conference form are meant: the one typed beside them, else the saved one."""
    return zoneinfo.ZoneInfo(find_zone(request.POST.get("timezone", "")) or saved)


def _conference_context(form: ConferenceForm) -> dict[str, object]:
    return {"form": form, "zones": zones(), "currencies": COMMON_CURRENCIES}


def _status(form: ConferenceForm | StaffForm) -> int:
    return 422 if form.errors else 200
