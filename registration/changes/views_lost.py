"""The page for who has lost a ticket: the same answer for every address."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registration.changes.forms import LostForm
from registration.changes.lost import ask_for_lost_tickets

# Of one address, so that nobody is flooded with mails; of one network, far more than a hall full of people needs.
REQUESTS = {"lost": "3/h/key,300/h/ip"}


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def lost(request: HttpRequest) -> HttpResponse:
    form = LostForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        email = form.cleaned_data["email"].lower()
        # Beyond the limit it is not asked again, and says the same.
        if ratelimit.consume(request, app="registration.changes", action="lost", config=REQUESTS, key=email):
            ask_for_lost_tickets(email=email, now=timezone.now())
        return redirect(f"{reverse('ticket-lost')}?sent")
    context = {"form": form, "is_sent": "sent" in request.GET}
    return render(request, "registration/changes/lost.html", context, status=422 if form.is_bound else 200)
