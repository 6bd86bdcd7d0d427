from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from registration.account.devices import device_name
from registration.account.forms import NameForm
from registration.account.models import User


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Where a person finds everything about their account; the parts are allauth's pages."""
    form = NameForm(request.POST if request.method == "POST" else None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.instance.save(update_fields=["name"])
        messages.success(request, _("Name saved."))
        return redirect("account")
    kinds = list(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    context = {
        "form": form,
        "other_addresses": request.user.emailaddress_set.exclude(email=request.user.email).count(),
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "has_totp": Authenticator.Type.TOTP in kinds,
        "sessions": _sessions(request.user).count(),
    }
    return render(request, "account/home.html", context, status=422 if form.errors else 200)


class SessionList(ListUserSessionsView):
    """allauth's page, which would look for each session by itself."""

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        sessions = list(_sessions(self.request.user).order_by("created_at"))
        # Not that of the page whose place this takes.
        return super(ListUserSessionsView, self).get_context_data(
            devices=[(session, device_name(session.user_agent)) for session in sessions],
            session_count=len(sessions),
            **kwargs,
        )


def _sessions(user: User) -> QuerySet[UserSession]:
    """Where `user` is signed in; allauth keeps the rows of sessions that have ended."""
    live = Session.objects.filter(expire_date__gt=timezone.now())
    return UserSession.objects.filter(user=user, session_key__in=live.values("session_key"))
