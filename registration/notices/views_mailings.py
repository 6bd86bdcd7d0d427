"""What organisers have mailed to many people, and what has become of it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conferences.access import staff_access
from conferences.models import Role
from registration.notices.mailing import count_mails, failed_notices
from registration.notices.models import Mailing

PER_PAGE = 25


@require_safe
def mailings(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    found = Mailing.objects.filter(conference=access.conference).select_related("made_by").defer("text")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    counts = count_mails(page.object_list)
    context = {
        "access": access,
        "conference": access.conference,
        "section": "attendees",
        "page": page,
        "rows": [(each, counts[each.pk]) for each in page.object_list],
    }
    return render(request, "registration/notices/mailings.html", context)


@require_safe
@never_cache
def mailing(request: HttpRequest, slug: str, pk: str) -> HttpResponse:
    """One of them; for htmx how far it is."""
    access = staff_access(request, slug, Role.ORGANISER)
    mailings = Mailing.objects.select_related("made_by").filter(conference=access.conference)
    found = get_object_or_404(mailings, pk=pk)
    counts = count_mails([found])[found.pk]
    context = {
        "access": access,
        "conference": access.conference,
        "section": "attendees",
        "mailing": found,
        "counts": counts,
        "failed": failed_notices(found) if counts.failed else [],
    }
    template = "_delivery.html" if request.htmx else "mailing.html"
    response = render(request, f"registration/notices/{template}", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
