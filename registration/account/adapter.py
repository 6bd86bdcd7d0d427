from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.internal.flows.email_verification import send_verification_email_at_login
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conferences.access import is_staff_anywhere
from config.middleware import SIGNED_IN_AT
from registration.account.codes import ASKS_ANYHOW, ASKS_FOR_CODE, NAME_TYPED
from registration.account.destination import take_destination
from registration.account.devices import device_name
from registration.account.models import User

# A venue's Wi-Fi is one address for everybody in it, so single accounts are what is guarded (`login_failed` in the
# settings). This guards against one address that tries many accounts: far more failures than a crowd makes.
FAILURES_PER_ADDRESS = {"failures": "300/5m/ip"}
BLOCK_SECONDS = 300

# The page that a code leads to says by itself that it was sent; only "Send a new code" needs an answer.
_CODE_SENT = {"account/messages/email_confirmation_sent.txt", "account/messages/login_code_sent.txt"}

# By allauth's names, best first.
_WAYS_TO_ASK_AGAIN = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
    "mfa_reauthenticate": _("Use a code"),
}


class ConfirmAddressStage(EmailVerificationStage):
    """The mail to an address that has an account links to the sign-in by code. allauth would lead the browser of the
    sign-up from there back to the page that waits for a code which is never sent.
    """

    def is_resumable(self, request: HttpRequest) -> bool:
        return request.resolver_match.url_name != "account_request_login_code"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """allauth asks for no code where the address is confirmed. Whoever signs up with one that waited to be proves nothing
        by that: where its owner confirmed it in this very moment, it is that of an account as any.
        """
        if not self.login.state.get(ASKS_ANYHOW):
            return super().handle()
        if not send_verification_email_at_login(self.request, self.login):
            self.login.user = None
            send_verification_email_at_login(self.request, self.login)
        return get_adapter().respond_email_verification_sent(self.request, self.login.user), True

    def exit(self) -> HttpResponse:
        """The code was right. The account may have another name, of an earlier sign-up, or none, as that of staff who were
        added by their address.
        """
        if name := self.login.state.get(NAME_TYPED):
            self.login.user.name = name
            self.login.user.save(update_fields=["name"])
        return super().exit()


class AccountAdapter(DefaultAccountAdapter):
    """allauth, with one name instead of two, a username that nobody sees, and limits that fit a conference."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The address and the password do not belong together."),
        "incorrect_password": _("This is not the password of your account."),
        "enter_current_password": _("This is not the password of your account."),
        "incorrect_code": _("This is not the code that we sent. After three wrong ones you need a new one."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, or sign in by a code sent to your address."),
    }

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """`User.save` fills it."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit=commit)

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        request.session[SIGNED_IN_AT] = time.time()
        request.destination = take_destination(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where nothing in the address says it: to what they came for. Staff otherwise go to the conferences they work for,
        not to a list of tickets that they may have none in.
        """
        if destination := getattr(request, "destination", None):
            return destination
        return reverse("staff") if is_staff_anywhere(request.user) else super().get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Not to the form that was just sent."""
        return reverse("account")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Asked of who is signed in and has confirmed one more address: back to where they added it."""
        return reverse("account_email")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def get_login_stages(self) -> list[str]:
        own = f"{__name__}.{ConfirmAddressStage.__name__}"
        return [own if path.endswith(".EmailVerificationStage") else path for path in super().get_login_stages()]

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template in _CODE_SENT and request.POST.get("action") != "resend":
            return
        too_many = self.error_messages["too_many_login_attempts"]
        if kwargs.get("message") == too_many and request.resolver_match.url_name in ASKS_FOR_CODE:
            request.is_code_over_told = True
            kwargs["message"] = _("Too many wrong codes. Have a new one sent to your address.")
        super().add_message(request, level, message_template, *args, **kwargs)

    def get_http_user_agent(self, request: HttpRequest) -> str:
        """For the mails that tell of a change of how somebody signs in."""
        return device_name(super().get_http_user_agent(request))

    def send_account_already_exists_mail(self, email: str) -> None:
        context = {
            "login_url": self._absolute("account_request_login_code"),
            "password_reset_url": self._absolute("account_reset_password"),
        }
        self.send_mail("account/email/account_already_exists", email, context)

    def _absolute(self, name: str) -> str:
        return self.request.build_absolute_uri(reverse(name))

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """In our words, and the first is what is asked for: a passkey before the codes, since whoever has just added their first
        one has no app, and has not seen the recovery codes that were made with it.
        """
        methods = {method["id"]: method for method in super().get_reauthentication_methods(user)}
        return [methods[name] | {"description": text} for name, text in _WAYS_TO_ASK_AGAIN.items() if name in methods]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By the account alone. allauth adds the Host header with its port, which whoever guesses may vary at will."""
        return str(credentials.get("email") or credentials.get("username") or "").strip().lower()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        # Read without a lock: right passwords of a whole hall must not queue for one key.
        if cache.get(self._block_key(request)):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        allowed = ratelimit.consume(request, app="registration.account", action="failures", config=FAILURES_PER_ADDRESS)
        if not allowed:
            cache.set(self._block_key(request), True, BLOCK_SECONDS)

    def _block_key(self, request: HttpRequest) -> str:
        return f"login-blocked:{ratelimit.get_ip(request)}"


class SecondStepAdapter(DefaultMFAAdapter):
    """allauth's, in our words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong, or was used already. An app shows a new one every half a minute.")
    }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 -- allauth's name
        """What a new passkey is called unless its owner says otherwise: they know it by the device."""
        return device_name(self.request.headers.get("User-Agent", ""))
