from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conferences.access import staff_access
from conferences.models import Conference, Role
from conferences.setting_up import change_conference
from registration.money.forms import PaymentSettingsForm


@require_http_methods(["GET", "HEAD", "POST"])
def settings_payment(request: HttpRequest, slug: str) -> HttpResponse:
    """How buyers pay, until when, and what invoices say."""
    access = staff_access(request, slug, Role.ORGANISER)
    form = PaymentSettingsForm(request.POST if request.method == "POST" else None, instance=access.conference)
    if form.is_valid():
        change_conference(conference=form.instance, fields=form.Meta.fields)
        messages.success(request, _("Saved."))
        return redirect("settings-payment", slug)
    # The instance carries what was typed; the head of the page shows what is saved.
    shown = Conference.objects.get(pk=access.conference.pk) if form.errors else access.conference
    context = {"access": access, "conference": shown, "section": "settings", "tab": "payment", "form": form}
    status = 422 if form.errors else 200
    return render(request, "registration/money/settings_payment.html", context, status=status)
