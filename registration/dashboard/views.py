import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conferences.access import staff_access
from conferences.models import Role
from registration.dashboard.panels import panels


@require_safe
@never_cache
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    """The page; for htmx, which sends the mark of each panel it shows, those that changed, and 204 when none did."""
    access = staff_access(request, slug, Role.DESK)
    drawn = {
        name: render_to_string(f"registration/dashboard/_{name}.html", context | {"access": access})
        for name, context in panels(access.conference, now=timezone.now()).items()
    }
    marks = {name: hashlib.sha256(html.encode()).hexdigest()[:16] for name, html in drawn.items()}
    if request.htmx:
        drawn = {name: html for name, html in drawn.items() if request.GET.get(name) != marks[name]}
        if not drawn:
            return HttpResponse(status=204)
    template = "_changed.html" if request.htmx else "page.html"
    context = {
        "access": access,
        "conference": access.conference,
        "section": "dashboard",
        "panels": drawn,
        "marks": marks,
    }
    response = render(request, f"registration/dashboard/{template}", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
