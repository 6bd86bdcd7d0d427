"""What our figures are compared with: a Django view that does the two statements of a scan and nothing else. No session,
no login, no role, no CSRF, no policy, no template, no translation; the same server, pool, tables and rows.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from registration.attendee.models import Attendee
from registration.checkin.models import Scan


def scan(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    with transaction.atomic():
        seat = Attendee.objects.select_for_update().get(access_code=request.POST["code"])
        Scan.objects.create(
            id=UUID(request.POST["scan_id"]), checkpoint_id=int(request.POST["checkpoint"]), attendee=seat,
            code=seat.access_code, verdict="admitted", scanned_at=now, effective_at=now, received_at=now,
        )  # fmt: skip
    body = f'<div id="result" data-verdict="admitted">{seat.name}</div>'
    return HttpResponse(body, headers={"Content-Length": str(len(body.encode()))})


urlpatterns = [path("scan/", scan), path("healthz/", lambda request: HttpResponse("ok"))]


def install() -> None:
    """A hook of `tests.server`: this view instead of the site, without any middleware."""
    from django.core.wsgi import get_wsgi_application

    from tests import server_wsgi

    settings.ROOT_URLCONF = "tests.bench.bare"
    settings.MIDDLEWARE = []
    server_wsgi.application = get_wsgi_application()
