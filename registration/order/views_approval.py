"""Organisers decide about orders that wait for them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conferences.access import staff_access
from conferences.models import Role
from registration.errors import RegistrationError
from registration.order.approval import approve_order, decline_order
from registration.order.views_access import find_order
from registration.order.views_staff import end_staff_order


@require_POST
def approve_staff_order(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    found = find_order(access, reference)
    try:
        approved = approve_order(order=found, by=access.user, now=timezone.now())
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        said = _("Approved. The buyer is asked to pay.") if approved.is_pending else _("Approved. The tickets go out.")
        messages.success(request, said)
    return redirect("staff-order", slug, found.reference)


@require_http_methods(["GET", "HEAD", "POST"])
def decline_staff_order(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Ask for the reason, and on POST decline."""
    return end_staff_order(request, slug, reference, decline_order, is_declined=True)
