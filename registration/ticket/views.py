from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def me(request: HttpRequest) -> HttpResponse:
    return render(request, "registration/ticket/me.html")
