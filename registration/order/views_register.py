"""The pages of somebody who registers: tickets, (account,) details, done. Which tickets, and the voucher, are in the
address; what else was chosen is in the order that holds it.
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.catalogue.offers import Extra, all_extras, extras_of
from registration.catalogue.waits import with_waits
from registration.errors import RegistrationError
from registration.order.basket import Basket, basket_of, sent_basket
from registration.order.checkout import place_order
from registration.order.choice import Choice
from registration.order.forms_counts import CountsForm
from registration.order.forms_register import DetailsForm, SaleForm, SeatDetails
from registration.order.holding import hold_order
from registration.order.models import Order
from registration.order.visit import Visit, visit_of

form_page = require_http_methods(["GET", "HEAD", "POST"])


def asked_visit(request: HttpRequest, slug: str) -> Visit:
    user = request.user if request.user.is_authenticated else None
    try:
        return visit_of(slug, user=user, code=_code(request), now=timezone.now())
    except Conference.DoesNotExist as missing:
        raise Http404 from missing


def _code(request: HttpRequest) -> str:
    return (request.POST if request.method == "POST" else request.GET).get("voucher", "")


def _chosen(request: HttpRequest) -> list[str]:
    return request.POST.getlist("ticket") or request.GET.getlist("ticket")


def _basket(request: HttpRequest, visit: Visit, *, is_priced: bool = True) -> Basket:
    return basket_of(
        visit, chosen=_chosen(request), voucher_code=_code(request), is_priced=is_priced, now=timezone.now()
    )


@login_not_required
@form_page
def register(request: HttpRequest, slug: str) -> HttpResponse:
    if request.method == "POST" and request.user.is_authenticated:
        return _place(request, slug)
    is_choosing = "choose" in request.GET or "ticket" not in request.GET
    visit = asked_visit(request, slug)
    basket = _basket(request, visit, is_priced=is_choosing)
    if is_choosing:
        return _choose(request, basket)
    if problem := basket.problem():
        return _choose(request, _basket(request, visit), problem=problem)
    if not request.user.is_authenticated:
        return _sign_up(basket)
    if problem := basket.no_longer_sold(now=timezone.now()):
        return _choose(request, _basket(request, visit), problem=problem)
    return _ask(request, basket, _details(request, basket, visit.own_seat()))


@login_not_required
@require_POST
def register_choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Numbers of tickets: hold them, and go on to the details."""
    visit = asked_visit(request, slug)
    basket = _basket(request, visit, is_priced=False)
    form = CountsForm(request.POST, offers=basket.offers)
    problem = ""
    if form.is_valid():
        basket.tickets = form.tickets()
        if basket.voucher_problem:
            form.add_error("voucher", basket.voucher_problem)
        elif gone := basket.no_longer_sold(now=timezone.now()):
            problem = gone
        elif not basket.tickets:
            problem = _("Choose how many tickets you need.")
        elif not request.user.is_authenticated:
            return _sign_up(basket)
        else:
            choice = Choice(basket.plain_seats(), basket.code)
            try:
                hold_order(
                    conference=basket.conference, buyer=request.user, choice=choice,
                    checkout_id=basket.offer_of(choice), now=timezone.now(), reductions=basket.reductions,
                )  # fmt: skip
            except RegistrationError as refusal:
                problem = refusal.message
            else:
                return redirect(_address(basket))
    form.offers = _basket(request, asked_visit(request, slug)).offers
    return _choose(request, basket, form=form, problem=problem, status=422)


@require_POST
def register_hold(request: HttpRequest, slug: str) -> HttpResponse:
    """Hold what the details page asks for now and say what it costs: a fragment for htmx, else the page as it was typed."""
    visit = asked_visit(request, slug)
    basket = sent_basket(visit, chosen=_chosen(request), voucher_code=_code(request))
    if problem := basket.problem() or ("" if basket.chosen else _("The form names no ticket. Nothing was booked.")):
        return _choose(request, _basket(request, visit), problem=problem, status=422)
    sale = SaleForm(request.POST, tickets=basket.tickets)
    sale.is_valid()
    checkout_id = sale.cleaned_data.get("checkout_id") or uuid.uuid4()
    own = visit.own_seat(apart_from=checkout_id)
    details = _details(request, basket, own, extras=_all_extras(visit), is_bound=True)
    choice = Choice(tuple(seat.request_to_hold() for seat in details.seats), basket.code)
    problems = [_not_offered()] if details.unknown_extras() else []
    try:
        if not problems:
            order = hold_order(
                conference=basket.conference, buyer=request.user, choice=choice, checkout_id=checkout_id,
                now=timezone.now(), reductions=basket.reductions,
            )  # fmt: skip
            if order.hold_expires_at is None:
                # The form was sent while this was under way; whichever answer comes last, it is the same page.
                done = _done(order)
                return HttpResponseClientRedirect(done) if request.htmx else redirect(done)
            basket.hold(order, choice)
    except RegistrationError as refusal:
        problems = [refusal.message]
    status = 422 if problems else 200
    if problems or not request.htmx:
        basket = _basket(request, asked_visit(request, slug), is_priced=False)
    if request.htmx:
        if problems:
            asked, details = details, _details(request, basket, own)
            if not details.refuse(asked, request.htmx.trigger, problems[0]):
                details = _details(request, basket, own, is_bound=True)
        context = _context(basket, details, checkout_id=checkout_id, problems=problems)
        context |= {"is_fragment": True, "seats_anew": _seats_anew(request, basket, details, own)}
        response = render(request, "registration/order/_sum.html", context, status=status)
        response["HX-Replace-Url"] = _address(basket)
        return response
    kept = _details(request, basket, own)
    for seat in kept.seats:
        seat.keep(request.POST)
    return _ask(request, basket, kept, checkout_id=checkout_id, problems=problems, status=status)


def _seats_anew(request: HttpRequest, basket: Basket, details: DetailsForm, own: Attendee | None) -> list[SeatDetails]:
    """Those whose add-ons the page has to show anew: that where one was refused, or all, where another voucher makes other
    prices.
    """
    if refused := details.refused:
        return [seat for seat in details.seats if seat.extras is refused.form]
    if QueryDict(urlsplit(request.htmx.current_url or "").query).get("voucher", "") == basket.code:
        return []
    return _details(request, basket, own, is_bound=True).seats


def _place(request: HttpRequest, slug: str) -> HttpResponse:
    visit = asked_visit(request, slug)
    sent = sent_basket(visit, chosen=_chosen(request), voucher_code=_code(request))
    sale = SaleForm(request.POST, tickets=sent.tickets)
    problems = sale.problems()
    checkout_id = sale.cleaned_data.get("checkout_id")
    own = visit.own_seat(apart_from=checkout_id)
    extras = _all_extras(visit) if sent.chosen and not sent.problem() else []
    details = _details(request, sent, own, extras=extras, is_bound=True)
    if details.unknown_extras():
        problems.append(_not_offered())
    if details.is_valid() and not problems and not sent.problem():
        try:
            placed = place_order(
                conference=visit.conference,
                buyer=request.user,
                seats=[seat.request() for seat in details.seats],
                voucher_code=sent.code,
                checkout_id=sale.cleaned_data["checkout_id"],
                expected_total=sale.cleaned_data["price"],
                now=timezone.now(),
                reductions=sent.reductions,
            )
        except RegistrationError as refusal:
            problems = [refusal.message]
        else:
            return redirect(_done(placed))
    basket = _basket(request, asked_visit(request, slug))
    if not sent.chosen or basket.problem():
        return _choose(request, basket, problem=basket.problem(), status=422)
    details = _details(request, basket, own, is_bound=True)
    details.is_valid()
    return _ask(request, basket, details, checkout_id=checkout_id, problems=problems, status=422)


def _all_extras(visit: Visit) -> list[Extra]:
    return all_extras(visit.conference, visit.shop.add_ons)


def _details(
    request: HttpRequest,
    basket: Basket,
    own: Attendee | None,
    *,
    extras: list[Extra] | None = None,
    is_bound: bool = False,
) -> DetailsForm:
    if extras is None:
        add_ons = basket.visit.shop.add_ons
        extras = extras_of(basket.conference, add_ons, now=timezone.now(), voucher=basket.voucher)
    return DetailsForm(
        request.POST if is_bound else None, conference=basket.conference, buyer=request.user, own=own,
        tickets=basket.tickets, extras=extras, reduced=basket.reduced(), held=basket.seats(),
    )  # fmt: skip


def _done(order: Order) -> str:
    return f"{order.get_absolute_url()}?done"


def _address(basket: Basket) -> str:
    return f"{reverse('register', args=[basket.conference.slug])}?{basket.query}"


def _sign_up(basket: Basket) -> HttpResponse:
    return redirect(f"{reverse('account_signup')}?{urlencode({'next': _address(basket)})}")


def _choose(
    request: HttpRequest, basket: Basket, *, form: CountsForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    if form is None:
        counts = Choice(basket.plain_seats()).ticket_types
        initial = {f"n-{ticket.slug}": count for ticket, count in counts.items()} | {"voucher": basket.code}
        form = CountsForm(initial if basket.voucher_problem else None, initial=initial, offers=basket.offers)
        if basket.voucher_problem:
            form.add_error("voucher", basket.voucher_problem)
            problem = problem or basket.voucher_problem
    form.offers = with_waits(form.offers, request.user)
    context = {"conference": basket.conference, "form": form, "problem": problem}
    return render(request, "registration/order/choose.html", context, status=status)


def _ask(
    request: HttpRequest,
    basket: Basket,
    details: DetailsForm,
    *,
    checkout_id: uuid.UUID | None = None,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = _context(basket, details, checkout_id=checkout_id, problems=problems or [])
    wrong = details.wrong_fields()
    context |= {"wrong": wrong, "problem_count": len(wrong) + len(context["problems"])}
    return render(request, "registration/order/register.html", context, status=status)


def _context(
    basket: Basket, details: DetailsForm, *, checkout_id: uuid.UUID | None, problems: list[str]
) -> dict[str, Any]:
    now, order = timezone.now(), basket.held_order()
    seats = tuple(seat.request_to_hold() for seat in details.seats) if details.is_bound else basket.seats()
    quote, voucher_problem = basket.quote(
        seats, buyer=details.buyer, own=details.own_index(), now=order.created_at if order else now
    )
    left = (order.hold_expires_at - now).total_seconds() if order else 0
    return {
        "conference": basket.conference,
        "basket": basket,
        "details": details,
        "sale": SaleForm(
            tickets=basket.tickets, total=quote.totals.total,
            checkout_id=checkout_id or (order.checkout_id if order else None),
        ),
        "quote": quote,
        "held": order,
        "seconds_left": max(0, int(left)),
        "problems": problems,
        "voucher_problem": voucher_problem,
    }  # fmt: skip


def _not_offered() -> str:
    return _("The form asks for something that does not come with this ticket. Nothing was booked.")
