from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registration.errors import RegistrationError
from registration.privacy.leaving import delete_account, look_at_leaving
from registration.privacy.own_data import count_data, data_file


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="allauth.account")
def account_delete(request: HttpRequest) -> HttpResponse:
    """Says what goes, or what speaks against it; POST deletes."""
    now = timezone.now()
    if request.method == "POST":
        try:
            delete_account(user=request.user, now=now)
        except RegistrationError as refusal:
            messages.error(request, refusal.message)
        else:
            request.session.flush()
            request.user = AnonymousUser()
            messages.success(request, _("Your account is deleted."))
            return redirect("home")
    context = {"leaving": look_at_leaving(user=request.user, now=now)}
    return render(request, "registration/privacy/delete.html", context, status=422 if request.method == "POST" else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(app="allauth.account")
def account_data(request: HttpRequest) -> HttpResponse:
    """Says what is kept; POST gives it as a file."""
    if request.method != "POST":
        return render(request, "registration/privacy/data.html", {"kept": count_data(request.user)})
    now = timezone.now()
    response = HttpResponse(data_file(request.user, now=now), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="my-data-{timezone.localtime(now):%Y-%m-%d}.json"'
    return response
