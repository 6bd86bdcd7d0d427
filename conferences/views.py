from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from conferences.access import staff_access
from conferences.models import Conference, Role


@login_not_required
def accent(request: HttpRequest, slug: str) -> HttpResponse:
    """One rule of CSS: the colour is checked by the database's validator to be #rrggbb."""
    conference = get_object_or_404(Conference, slug=slug)
    css = f'[data-conference="{conference.slug}"] {{ --conference-accent: {conference.accent}; }}\n'
    return HttpResponse(css, content_type="text/css", headers={"Cache-Control": "public, max-age=300"})


def staff_home(request: HttpRequest) -> HttpResponse:
    return render(request, "conferences/staff.html", {"conferences": Conference.objects.for_staff(request.user)})


def set_up(request: HttpRequest) -> HttpResponse:
    if not request.user.is_superuser:
        raise PermissionDenied
    return render(request, "conferences/staff.html", {"conferences": []})


def settings(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    return render(
        request, "conferences/settings.html", {"access": access, "conference": access.conference, "section": "settings"}
    )


def settings_staff(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    return render(
        request, "conferences/settings.html", {"access": access, "conference": access.conference, "section": "settings"}
    )
