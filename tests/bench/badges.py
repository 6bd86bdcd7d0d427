"""Badges through the organisers' page: a thousand in one file, beside what they would take one by one."""

from __future__ import annotations

import time
import uuid

import pypdfium2
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.attendee.models import Attendee
from registration.badge.choosing import MOST
from registration.badge.models import BadgeFormat, BadgePrint
from registration.logo.drawing import draw
from registration.logo.logos import keep_logo
from tests import factories
from tests.bench.crowd import Crowd
from tests.server import ROOT, Client, Server

_SINGLE = 10
_LOGO = ROOT / "registration" / "demo" / "logo.svg"


def measure_badges(server: Server, crowd: Crowd) -> tuple[float, float]:
    """Seconds for MOST badges, one a page, in one file; and for as many by files of one, from _SINGLE of them."""
    keep_logo(conference=crowd.conference, drawing=draw(_LOGO.read_bytes()), now=timezone.now())
    organiser = factories.staff(conference=crowd.conference, role=Role.ORGANISER).user
    client, path = server.client(organiser), reverse("badges-sheets", args=[crowd.conference.slug])
    seats = Attendee.objects.filter(conference=crowd.conference).order_by("pk")[:_SINGLE]
    single = sum(_seconds(client, path, pages=1, pk=seat.pk) for seat in seats)
    return _seconds(client, path, pages=MOST, who="all"), single * MOST / _SINGLE


def _seconds(client: Client, path: str, *, pages: int, **chosen: object) -> float:
    """Until all of the file is there. Raises AssertionError when it is not the right one, or not on record."""
    request_id, begun = uuid.uuid4(), time.perf_counter()
    form = {"format": BadgeFormat.LABEL, "request_id": request_id}
    answer = client.post(path, form | chosen)
    seconds = time.perf_counter() - begun
    assert answer.status == 200, answer.body[:2000]
    assert len(pypdfium2.PdfDocument(answer.body)) == pages
    assert BadgePrint.objects.filter(request_id=request_id).count() == pages
    return seconds
