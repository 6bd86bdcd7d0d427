"""What makes the ticket's page something to add to the home screen. Both say nothing of a person, so they need no sign-in:
browsers ask for them without cookies.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conferences.models import Conference


@login_not_required
@require_safe
@never_cache
def manifest(request: HttpRequest, slug: str) -> JsonResponse:
    conference = get_object_or_404(Conference.objects.active(), slug=slug)
    page = reverse("ticket", args=[slug])
    icons = [
        {"src": static(f"img/app/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    made = {
        "id": page,
        "name": _("Ticket for %(conference)s") % {"conference": conference.name},
        "short_name": conference.name[:30],
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "background_color": "#f4f2ed",
        "theme_color": conference.accent,
        "icons": icons,
    }
    return JsonResponse(made, content_type="application/manifest+json")


@login_not_required
@require_safe
@never_cache
def worker(request: HttpRequest, slug: str) -> HttpResponse:
    """Stands here, because a service worker sees what stands below its own address and nothing else."""
    return HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")


@cache
def _worker() -> str:
    return (settings.BASE_DIR / "static" / "js" / "ticket" / "worker.js").read_text()
