from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from conferences.models import Conference


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    conferences = Conference.objects.active()
    now = timezone.now()
    return render(
        request, "conferences/home.html", {"upcoming": conferences.upcoming(now=now), "past": conferences.past(now=now)}
    )


@login_not_required
def conference(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Conference.objects.active(), slug=slug)
    return render(
        request, "conferences/conference.html", {"conference": found, "ticket_types": found.ticket_types.on_display()}
    )
