from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from conferences.first_steps import first_step
from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.catalogue.offers import Sale, card_of, offers_of, version_of


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    shown = Conference.objects.active()
    types = Prefetch("ticket_types", TicketType.objects.on_display(), to_attr="on_display_types")
    upcoming = [card_of(conference, now=now) for conference in shown.upcoming(now=now).prefetch_related(types)]
    return render(
        request,
        "conferences/home.html",
        {
            "upcoming": upcoming,
            "open_count": sum(card.sale == Sale.ON_SALE for card in upcoming),
            "past": shown.past(now=now).order_by("-start_date", "name")[:12],
            "first_step": "" if upcoming else first_step(),
        },
    )


@login_not_required
@require_safe
def conference(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Conference.objects.active(), slug=slug)
    offers = offers_of(found, now=timezone.now())
    return render(
        request,
        "conferences/conference.html",
        {
            "conference": found,
            "offers": offers,
            "version": version_of(offers),
            "can_register": any(offer.is_on_sale for offer in offers),
        },
    )


@login_not_required
@require_safe
def places(request: HttpRequest, slug: str) -> HttpResponse:
    """What is left, for pages that ask every few seconds: with `?v=` of what they show, 204 when nothing changed. With
    `?ticket=` only that one.
    """
    found = get_object_or_404(Conference.objects.active(), slug=slug)
    offers = offers_of(found, now=timezone.now())
    ticket = request.GET.get("ticket")
    if ticket is not None:
        offers = [offer for offer in offers if offer.ticket_type.slug == ticket]
    version = version_of(offers)
    if request.GET.get("v") == version:
        return HttpResponse(status=204)
    if ticket is None:
        return render(request, "conferences/_tickets.html", {"conference": found, "offers": offers, "version": version})
    offer = offers[0] if offers else None
    context = {"conference": found, "slug": ticket, "offer": offer, "version": version}
    return render(request, "conferences/_left.html", context)
