from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from conferences.first_steps import first_step
from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.catalogue.offers import Offer, Sale, bundled_with, card_of, extras_of, offers_of, version_of
from registration.catalogue.prices import Terms
from registration.catalogue.reductions import Reductions, discounts_for_all
from registration.logo.logos import shown_logo


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    shown = Conference.objects.active()
    types = Prefetch("ticket_types", TicketType.objects.on_display(), to_attr="on_display_types")
    upcoming = [
        card_of(conference, now=now, discounts=discounts_for_all(conference, now=now))
        for conference in shown.upcoming(now=now).prefetch_related(types, "discounts__ticket_types")
    ]
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
    """With `?voucher=`, what it makes of the prices, and what it unlocks."""
    found = get_object_or_404(Conference.objects.active(), slug=slug)
    voucher, problem = _voucher(request, found)
    offers = _offers(found, voucher)
    context = {
        "conference": found,
        "logo": shown_logo(found),
        "offers": offers,
        "version": version_of(offers),
        "can_register": any(offer.is_on_sale for offer in offers),
        "extras": extras_of(found, now=timezone.now(), voucher=voucher),
        "code": str(voucher.by) if voucher else "",
        "voucher_problem": problem,
    }
    return render(request, "conferences/conference.html", context)


@login_not_required
@require_safe
def places(request: HttpRequest, slug: str) -> HttpResponse:
    """What is left, for pages that ask every few seconds: with `?v=` of what they show, 204 when nothing changed."""
    found = get_object_or_404(Conference.objects.active(), slug=slug)
    voucher, _problem = _voucher(request, found)
    offers = _offers(found, voucher)
    version = version_of(offers)
    if request.GET.get("v") == version:
        return HttpResponse(status=204)
    context = {"conference": found, "offers": offers, "version": version, "code": str(voucher.by) if voucher else ""}
    return render(request, "conferences/_tickets.html", context)


def _voucher(request: HttpRequest, conference: Conference) -> tuple[Terms | None, str]:
    return Reductions(conference, request.GET.get("voucher", "")).voucher_or_problem(now=timezone.now())


def _offers(conference: Conference, voucher: Terms | None) -> list[Offer]:
    now = timezone.now()
    discounts = Reductions(conference).discounts(buyer=None, now=now).for_all
    extras = bundled_with(discounts, conference, now=now, voucher=voucher)
    return offers_of(conference, now=now, voucher=voucher, discounts=discounts, extras=extras)
