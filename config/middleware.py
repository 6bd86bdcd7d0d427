"""What every request passes: headers on every answer, bad bytes refused, redirects that htmx must follow as a page."""

import re
import sys
import time
from collections.abc import Callable
from urllib.parse import unquote

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from csp import middleware as django_csp
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.signals import got_request_exception
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from conferences.access import deleted_meanwhile
from config.errors import bad_request, database_away, is_database_away, not_found, too_large
from config.headers import PERMISSIONS_POLICY
from config.logs import page_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]


# The largest form of the site is a few kilobytes, a tablet's batch of 200 scans 60; a file that is uploaded is one too.
MAX_BODY = 5_000_000


def name_page_for_log(get_response: GetResponse) -> GetResponse:
    """Tell gunicorn's access log (gunicorn.conf.py) which page this was, since it must not log the address."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        request.META["lanyard.page"] = page_of(request)
        return response

    return middleware


def security_headers(get_response: GetResponse) -> GetResponse:
    """Outermost, so that errors raised by any other middleware carry the headers too."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return middleware


def refuse_nul(get_response: GetResponse) -> GetResponse:
    """PostgreSQL cannot store NUL and no person types it: 400 in the address, before anything looks at it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path or "\x00" in unquote(request.META.get("QUERY_STRING", "")):
            return bad_request(request)
        return get_response(request)

    return middleware


def refuse_large(get_response: GetResponse) -> GetResponse:
    """413 before anything reads the body; a body of no stated length is not read by Django at all."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MAX_BODY:
            return too_large(request)
        return get_response(request)

    return middleware


# A cookie without a secret that marks the browser of a paired tablet for the sign-out, to which the tablet's own cookie
# is not sent.
TABLET_MARK = "paired"


def forget_at_sign_out(get_response: GetResponse) -> GetResponse:
    """A shared tablet keeps nothing of who was signed in: the browser drops its cache and cookies. A paired one keeps the
    cookie that makes it a tablet, so there the others are dropped by name.
    """
    personal = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages")

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        match = request.resolver_match
        if match and match.url_name == "account_logout" and request.method == "POST" and response.status_code == 302:
            is_tablet = TABLET_MARK in request.COOKIES
            response["Clear-Site-Data"] = '"cache"' if is_tablet else '"cache", "cookies"'
            for name in personal if is_tablet else ():
                response.delete_cookie(name)
        return response

    return middleware


def htmx_redirects(get_response: GetResponse) -> GetResponse:
    """A redirect answered to htmx would be swapped into a panel; make the whole page go there instead. From the sign-in it
    comes back to the page, not to what a part of the page had asked for.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        if htmx and response.status_code in {301, 302, 303}:
            location = response["Location"]
            if location == redirect_to_login(request.get_full_path()).url and htmx.current_url_abs_path:
                location = redirect_to_login(htmx.current_url_abs_path).url
            redirect: HttpResponse = HttpResponseClientRedirect(location)
            redirect.cookies = response.cookies
            return redirect
        return response

    return middleware


# A shared tablet that somebody forgot is nobody's the next morning.
STAFF_SESSION_SECONDS = 12 * 60 * 60
# A laptop that somebody walked away from is nobody's after half an hour. A page that refreshes itself is looked at. The
# check-in page knows no such limit: at a door nothing is scanned during the talks, and the queue after them must not meet
# a sign-in page.
STAFF_IDLE_SECONDS = 30 * 60
STAFF_PATHS = ("/staff/", "/admin/")
_DOOR = re.compile(r"/staff/[^/]+/checkin/")
# In the session: when it began, of which allauth knows nothing after a sign-up, and when staff last looked at something,
# noted once a minute.
SIGNED_IN_AT, _SEEN_AT = "signed_in_at", "staff_seen_at"
_NOTED_EVERY = 60


def end_old_staff_sessions(get_response: GetResponse) -> GetResponse:
    """Staff pages need a sign-in (or a proof that it is still them) of the last 12 hours, and that none of them was left
    alone for 30 minutes; other sessions are signed out.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(STAFF_PATHS):
            session, now = request.session, time.time()
            proofs = session.get(AUTHENTICATION_METHODS_SESSION_KEY) or [{"at": session.get(SIGNED_IN_AT)}]
            if proven_at := proofs[-1]["at"]:
                seen_at = max(session.get(_SEEN_AT, 0), proven_at)
                is_idle = now - seen_at > STAFF_IDLE_SECONDS and not _DOOR.match(request.path)
                if is_idle or now - proven_at > STAFF_SESSION_SECONDS:
                    logout(request)
                elif now - seen_at > _NOTED_EVERY:
                    session[_SEEN_AT] = now
        return get_response(request)

    return middleware


class CSPMiddleware(django_csp.CSPMiddleware):
    """django-csp's, which puts the same policy together anew for each answer: a fortieth of the processor time of a sale
    (measured). Here that is left to answers of which a view wanted another.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self.usual_policy = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_usual = not any(name.startswith("_csp_") for name in (*vars(request), *vars(response)))
        if settings.DEBUG or not is_usual:
            return super().process_response(request, response)
        response.setdefault(HEADER, self.usual_policy)
        return response


class RefusedForms:
    """A form that was refused answers 422, allauth's too, which leaves it at 200. A class: Django binds the hook."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        form = (response.context_data or {}).get("form")
        if request.method == "POST" and response.status_code == 200 and isinstance(form, BaseForm) and form.errors:
            response.status_code = 422
        return response


class DeletedMeanwhile:
    """A record that somebody deleted in the moment between fetching and saving it is no fault of ours: who saves it is told.
    A class: Django binds the hook.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        gone = deleted_meanwhile(request, error)
        return not_found(request, gone) if gone else None


def database_away_in_debug(get_response: GetResponse) -> GetResponse:
    """With DEBUG, Django shows errors on a page of its own and never asks `errors.server_error`. For a database that is
    away the tablet still needs its panel, so the error is noted on the request when Django meets it.
    """
    got_request_exception.connect(_note_database_away)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        return database_away(request) if getattr(request, "is_database_away", False) else response

    return middleware


def _note_database_away(sender: object, request: HttpRequest | None = None, **kwargs: object) -> None:
    if request is not None and is_database_away(sys.exc_info()[1]):
        request.is_database_away = True  # type: ignore[attr-defined]
