from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def me(request: HttpRequest) -> HttpResponse:
    return render(request, "registration/ticket/me.html")


@login_not_required
def ticket_link(request: HttpRequest, code: str) -> HttpResponse:
    """Where the QR code of a ticket leads. Shows nothing of the ticket and changes nothing."""
    return render(request, "registration/ticket/link.html")
