from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from conferences.access import staff_access
from conferences.models import Role


def attendees(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.DESK)
    return render(
        request,
        "registration/roster/page.html",
        {"access": access, "conference": access.conference, "section": "attendees"},
    )
