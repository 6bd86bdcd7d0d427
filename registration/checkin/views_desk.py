"""What the desk does on the tablet beyond scanning: a group at once, a payment, a walk-in.

Every form brings the id of what it makes, so that one sent again, after a lost reply, makes nothing twice.
"""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from conferences.models import Role
from registration.attendee.access_code import clean_code
from registration.checkin import panel as panels
from registration.checkin.access import DoorAccess, staff_or_tablet
from registration.checkin.forms import read_group, read_scan
from registration.checkin.forms_desk import WalkInForm, offers_at, payment_form
from registration.checkin.groups import admit_group
from registration.checkin.models import Checkpoint
from registration.checkin.paying import pay_and_check_in
from registration.checkin.views import answer_with, here, show_fragment
from registration.checkin.walk_in import register_and_check_in
from registration.errors import RegistrationError
from registration.order.models_money import PaymentMethod


@never_cache
@require_POST
@staff_or_tablet(Role.DOOR)
def group(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """Scans as many as there are pairs of `code` and `scan_id`: the door may do it, for it is scanning."""
    now = timezone.now()
    try:
        scans = read_group(request.POST, access.conference)
    except RegistrationError as error:
        return _rejected(request, access, error)
    checkpoint = scans[0].checkpoint
    told = admit_group(
        checkpoint=checkpoint, scans=[(one.code, one.scan_id) for one in scans], by=access.user, tablet=access.tablet,
        by_name=access.by_name, now=now,
    )  # fmt: skip
    return answer_with(request, access, panels.of_group(told, access=access, now=now), checkpoint)


@never_cache
@require_POST
@staff_or_tablet(Role.DESK)
def pay(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    now = timezone.now()
    try:
        given = read_scan(request.POST, access.conference)
        form = payment_form(request.POST)
        if not form.is_valid():
            raise RegistrationError("payment_invalid", _("Nothing was recorded. Enter what was paid, and how."))
        answer = pay_and_check_in(
            checkpoint=given.checkpoint, code=clean_code(given.code), scan_id=given.scan_id,
            amount=form.cleaned_data["amount"], method=PaymentMethod(form.cleaned_data["method"]),
            note=form.cleaned_data["note"], by=access.user, tablet=access.tablet, by_name=access.by_name,
            signature=access.signature, scan_method=given.method, now=now,
        )  # fmt: skip
    except RegistrationError as error:
        return _rejected(request, access, error, again=request.POST.get("code", ""))
    return answer_with(request, access, panels.of_check_in(answer, access=access, now=now), given.checkpoint)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_or_tablet(Role.DESK)
def walk_in(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """`?name=` is what was searched for in vain."""
    checkpoint, now = here(request, access), timezone.now()
    offers = offers_at(checkpoint)
    if request.method != "POST":
        initial = {"name": request.GET.get("name", "")[:200], "scan_id": uuid.uuid4()}
        return _form(request, access, checkpoint, WalkInForm(offers=offers, initial=initial))
    form = WalkInForm(request.POST, offers=offers)
    sold = form.sold() if form.is_valid() else None
    if sold is None:
        return _form(request, access, checkpoint, form)
    given = form.cleaned_data
    try:
        walked = register_and_check_in(
            checkpoint=checkpoint, ticket_type=sold, name=given["name"], email=given["email"], note=given["note"],
            method=PaymentMethod(given["paid_by"]) if given["paid_by"] else None, scan_id=given["scan_id"],
            by=access.user, tablet=access.tablet, by_name=access.by_name, signature=access.signature, now=now,
        )  # fmt: skip
    except RegistrationError as error:
        form.add_error(None, error.message)
        return _form(request, access, checkpoint, form)
    return answer_with(request, access, panels.of_walk_in(walked, access=access, now=now), checkpoint)


def _form(request: HttpRequest, access: DoorAccess, checkpoint: Checkpoint, form: WalkInForm) -> HttpResponse:
    template = "registration/checkin/_walk_in.html"
    return show_fragment(request, access, checkpoint, template, 422 if form.is_bound else 200, form=form)


def _rejected(request: HttpRequest, access: DoorAccess, error: RegistrationError, again: str = "") -> HttpResponse:
    ids = request.POST.getlist("scan_id") or [""]
    return answer_with(request, access, panels.rejected(error, scan_id=ids[0], again=again[:64]), status=422)
