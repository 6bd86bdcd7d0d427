from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from conferences.access import staff_access
from conferences.models import Role


def checkin(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.DOOR)
    return render(
        request,
        "registration/checkin/page.html",
        {"access": access, "conference": access.conference, "section": "checkin"},
    )
