from __future__ import annotations

import hashlib
import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from conferences.access import staff_access
from conferences.models import Role
from registration.roster.forms import ImportForm
from registration.roster.importing import Report, import_roster
from registration.roster.report import what_happened, what_is_odd
from registration.tables.files import Fault, TableFileError

log = logging.getLogger(__name__)
# So many faults are shown; somebody who mends these sends the file again.
_SHOWN_FAULTS = 100


@require_http_methods(["GET", "HEAD", "POST"])
def attendees_import(request: HttpRequest, slug: str) -> HttpResponse:
    """First a trial, which says what would change and names the file it was for; then the same file for good. Nothing
    is kept between the two: the browser sends the file again.
    """
    access = staff_access(request, slug, Role.ORGANISER)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    report: Report | None = None
    faults: list[Fault] = []
    seen = ""
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        seen = hashlib.sha256(content).hexdigest()
        is_trial = request.POST.get("seen") != seen
        try:
            report = import_roster(conference=access.conference, content=content, now=timezone.now(), dry_run=is_trial)
        except TableFileError as refused:
            faults = refused.faults
        else:
            log.info(
                "import of attendees: user %s, conference %s, %s rows, trial: %s",
                access.user.pk, access.conference.slug, report.rows, is_trial,
            )  # fmt: skip
    context = {
        "access": access,
        "conference": access.conference,
        "section": "attendees",
        "form": form,
        "report": report,
        "happened": what_happened(report) if report else [],
        "odd": what_is_odd(report) if report else [],
        "faults": faults[:_SHOWN_FAULTS],
        "fault_count": len(faults),
        "seen": seen,
    }
    status = 422 if faults or form.errors else 200
    template = "registration/roster/_import_result.html" if request.htmx else "registration/roster/import.html"
    return render(request, template, context, status=status)
