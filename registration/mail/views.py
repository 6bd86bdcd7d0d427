from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def outbox(request: HttpRequest) -> HttpResponse:
    if not settings.KEEPS_MAILS:
        raise Http404
    return render(request, "registration/mail/outbox.html")
