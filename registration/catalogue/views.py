from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from conferences.first_steps import first_step
from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.catalogue.offers import Sale, bundled_with, card_of, extras_of, offers_of, version_of
from registration.catalogue.reductions import discounts_for_all
from registration.catalogue.shop import shop_of
from registration.catalogue.waits import with_waits
from registration.logo.logos import shown_logo


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    shown = Conference.objects.active()
    types = Prefetch("ticket_types", TicketType.objects.on_display(), to_attr="on_display_types")
    upcoming = [
        card_of(conference, conference.on_display_types, now=now, discounts=discounts_for_all(conference, now=now))
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
    shown = _shown(request, slug)
    context = shown | {
        "logo": shown_logo(shown["conference"]),
        "can_register": any(offer.is_on_sale for offer in shown["offers"]),
    }
    return render(request, "conferences/conference.html", context)


@login_not_required
@require_safe
def places(request: HttpRequest, slug: str) -> HttpResponse:
    """What is left, for pages that ask every few seconds: with `?v=` of what they show, 204 when nothing changed."""
    shown = _shown(request, slug)
    if request.GET.get("v") == shown["version"]:
        return HttpResponse(status=204)
    return render(request, "conferences/_tickets.html", shown)


def _shown(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What is for sale now, for everybody and with the voucher of the address. One query, and two more for who is signed
    in where something is sold out.
    """
    now, code = timezone.now(), request.GET.get("voucher", "")
    try:
        shop = shop_of(slug, code=code)
    except Conference.DoesNotExist as missing:
        raise Http404 from missing
    voucher, problem = shop.reductions.voucher_or_problem(now=now)
    discounts = shop.reductions.discounts(buyer=None, now=now).for_all
    offers = offers_of(
        shop.conference, shop.types, now=now, voucher=voucher, discounts=discounts,
        extras=bundled_with(discounts, shop.conference, shop.add_ons, now=now, voucher=voucher),
    )  # fmt: skip
    offers = with_waits(offers, request.user)
    return {
        "conference": shop.conference,
        "offers": offers,
        "version": version_of(offers),
        "extras": extras_of(shop.conference, shop.add_ons, now=now, voucher=voucher),
        "code": str(voucher.by) if voucher else "",
        "voucher_problem": problem,
    }
