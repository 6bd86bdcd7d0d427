from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from conferences.models import Conference
from registration.order.models import Order


def register(request: HttpRequest, slug: str) -> HttpResponse:
    conference = get_object_or_404(Conference.objects.active(), slug=slug)
    return render(request, "registration/order/register.html", {"conference": conference})


def order(request: HttpRequest, reference: str) -> HttpResponse:
    found = get_object_or_404(Order, reference=reference, user=request.user)
    return render(request, "registration/order/order.html", {"order": found, "conference": found.conference})
