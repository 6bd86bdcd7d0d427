"""The pages of somebody who registers: ticket, (account,) details, done. All state between them is in the address."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.catalogue.offers import Offer, offers_of, version_of
from registration.errors import RegistrationError
from registration.order.checkout import place_order
from registration.order.forms import DetailsForm, SaleForm
from registration.order.models import Order
from registration.order.summary import summary_of


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, slug: str) -> HttpResponse:
    conference = get_object_or_404(Conference.objects.active(), slug=slug)
    offers = offers_of(conference, now=timezone.now())
    chosen = request.POST.get("ticket") or request.GET.get("ticket")
    offer = next((offer for offer in offers if offer.ticket_type.slug == chosen), None)
    if chosen is None:
        return _choose(request, conference, offers)
    if offer is None:
        return _choose(request, conference, offers, problem=_("That ticket is not for sale here. Nothing was booked."))
    if not request.user.is_authenticated:
        back = f"{reverse('register', args=[slug])}?{urlencode({'ticket': chosen})}"
        return redirect(f"{reverse('account_signup')}?{urlencode({'next': back})}")
    if request.method == "POST":
        return _place(request, conference, offer)
    if not offer.is_on_sale:
        return _choose(request, conference, offers, problem=_why_not(offer))
    details = DetailsForm(conference=conference, buyer=request.user, own=_own_seat(request, conference))
    return _ask(request, conference, offer, details, SaleForm(ticket_type=offer.ticket_type))


def _place(request: HttpRequest, conference: Conference, offer: Offer) -> HttpResponse:
    sale = SaleForm(request.POST, ticket_type=offer.ticket_type)
    details = DetailsForm(
        request.POST, conference=conference, buyer=request.user, own=_own_seat(request, conference, sale)
    )
    if not all([sale.is_valid(), details.is_valid()]):
        return _ask(request, conference, offer, details, sale.renewed(), problems=sale.problems(), status=422)
    try:
        placed = place_order(
            conference=conference,
            buyer=request.user,
            seats=[details.seat_request(offer.ticket_type)],
            checkout_id=sale.cleaned_data["checkout_id"],
            now=timezone.now(),
        )
    except RegistrationError as refusal:
        return _ask(request, conference, offer, details, sale.renewed(), problems=[refusal.message], status=422)
    return redirect(f"{placed.get_absolute_url()}?done")


def _own_seat(request: HttpRequest, conference: Conference, sale: SaleForm | None = None) -> Attendee | None:
    """The live seat of the visitor here. Not the one that this very form has made: sent again, it asks the same."""
    seats = Attendee.objects.live().filter(conference=conference, user=request.user)
    if sale is not None and sale.is_valid():
        seats = seats.exclude(order__checkout_id=sale.cleaned_data["checkout_id"])
    return seats.first()


@require_POST
def register_check(request: HttpRequest, slug: str) -> HttpResponse:
    """One field as it is after what was typed, with its error, for htmx while people go. Writes nothing."""
    conference = get_object_or_404(Conference.objects.active(), slug=slug)
    details = DetailsForm(request.POST, conference=conference, buyer=request.user, own=_own_seat(request, conference))
    field = details.field(request.GET.get("field", ""))
    if field is None:
        return HttpResponseBadRequest(_("There is no such field."))
    return HttpResponse(field.as_field_group())


def _choose(request: HttpRequest, conference: Conference, offers: list[Offer], problem: str = "") -> HttpResponse:
    context = {"conference": conference, "offers": offers, "version": version_of(offers), "problem": problem}
    status = 422 if problem and request.method == "POST" else 200
    return render(request, "registration/order/choose.html", context, status=status)


def _ask(
    request: HttpRequest,
    conference: Conference,
    offer: Offer,
    details: DetailsForm,
    sale: SaleForm,
    *,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    wrong = details.wrong_fields()
    context = {
        "conference": conference,
        "offer": offer,
        "slug": offer.ticket_type.slug,
        "version": version_of([offer]),
        "details": details,
        "sale": sale,
        "problems": problems or [],
        "wrong": wrong,
        "problem_count": len(wrong) + len(problems or []),
    }
    return render(request, "registration/order/register.html", context, status=status)


def _why_not(offer: Offer) -> str:
    words = {
        "sold_out": _("%(ticket)s is sold out."),
        "not_yet": _("%(ticket)s is not on sale yet."),
        "over": _("%(ticket)s is no longer on sale."),
    }
    return words[offer.sale] % {"ticket": offer.ticket_type}


@require_safe
def order(request: HttpRequest, reference: str) -> HttpResponse:
    found = get_object_or_404(
        Order.objects.placed().select_related("conference"), reference=reference.upper(), user=request.user
    )
    context = {
        "conference": found.conference,
        "summary": summary_of(found),
        "is_done": "done" in request.GET,
        "can_change": found.conference.can_change_details(now=timezone.now()),
    }
    return render(request, "registration/order/order.html", context)
