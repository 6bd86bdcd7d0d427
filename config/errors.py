"""The pages for 400, 403, 404, 500 and 503. None of them needs the database.

A database that is away for a moment may be met by any middleware, before a view is reached. Django hands every such
exception to `server_error`, the one place that sees them all, and it answers 503 in the shape the caller can use.
"""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from conferences.access import DeletedError, FormerStaffError
from conferences.models import Conference

RETRY_AFTER_SECONDS = "2"
# Addresses that scripts alone ask: every answer of theirs is JSON, `{"error": code}` where it is a refusal.
JSON_ADDRESSES = {"checkin-roster", "checkin-sync", "checkin-token"}


def _page(request: HttpRequest, status: int, title: str, message: str, *, form_at: str = "") -> HttpResponse:
    context = {"status": status, "title": title, "message": message, "form_at": form_at}
    return render(request, "error.html", context, status=status, using=None)


def _json(status: int, code: str) -> HttpResponse:
    return JsonResponse({"error": code}, status=status, headers={"Cache-Control": "no-store"})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if _url_name(request) in JSON_ADDRESSES:
        return _json(400, "unreadable")
    return _page(
        request,
        400,
        _("That request makes no sense"),
        _("Something in the address or the form could not be read. Go back and try again."),
    )


def too_large(request: HttpRequest) -> HttpResponse:
    if _url_name(request) in JSON_ADDRESSES:
        return _json(413, "too_many")
    return _page(
        request, 413, _("That is too much at once"), _("Nothing was changed. Send less, or ask the organisers.")
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        403,
        _("Not yours to see"),
        _("Your role does not include this page. Ask an organiser of the conference."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if _url_name(request) in JSON_ADDRESSES:
        return _json(403, "csrf")
    # Not "reload": that would send the same form with the same token. Somebody who signed in or out in another tab has it
    # likewise, and is no attacker.
    return _page(
        request,
        403,
        _("This page was open for too long"),
        _("Nothing was changed. Open it anew and send the form again."),
        form_at=_where_from(request),
    )


def _where_from(request: HttpRequest) -> str:
    """The page of ours whose form this is, or nothing."""
    referrer = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure())
    return referrer if is_ours else ""


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, DeletedError):
        return _deleted(request, exception)
    if isinstance(exception, FormerStaffError):
        return _former_staff(request, exception.conference)
    return _page(
        request,
        404,
        _("There is nothing here"),
        _(
            "The link may be old, or not for you. Looking for a ticket? It is in the mail we sent, and under “My tickets”."
        ),
    )


def _deleted(request: HttpRequest, gone: DeletedError) -> HttpResponse:
    message = _("Somebody deleted it meanwhile, or the link is wrong.")
    if request.method == "POST":
        message = _("Somebody deleted it after you opened the page. Nothing was changed now.")
    context = {
        "status": 404,
        "title": _("This is not there any more"),
        "message": message,
        "back_to": gone.back,
        "written": gone.written,
    }
    return render(request, "error.html", context, status=404, using=None)


def _former_staff(request: HttpRequest, conference: Conference) -> HttpResponse:
    """Of the conference no more than they knew, and whom to ask."""
    context = {
        "status": 403,
        "title": _("You are no longer on the staff"),
        "message": _("An organiser of %(conference)s has ended your role there. Nothing was changed by this page.")
        % {"conference": conference.name},
        "ask": conference.contact_email,
        "back_to": reverse("staff"),
        "back_word": _("Conferences you work for"),
    }
    response = render(request, "error.html", context, status=403, using=None)
    if request.headers.get("HX-Request"):
        # A page that refreshes a part of itself would stand still, and nobody would know why.
        response["HX-Refresh"] = "true"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 with `Retry-After` when the exception being handled says that the database is away."""
    if is_database_away(sys.exc_info()[1]):
        return database_away(request)
    if _url_name(request) in JSON_ADDRESSES:
        return _json(500, "server_error")
    return _page(
        request,
        500,
        _("That did not work"),
        _("The error has been recorded. Nothing was half saved; try again in a minute."),
    )


def is_database_away(error: BaseException | None) -> bool:
    """No connection, none free in the pool, or locked for longer than anybody waits."""
    return isinstance(error, OperationalError | InterfaceError)


def database_away(request: HttpRequest) -> HttpResponse:
    """503 as JSON for the tablets' JSON addresses, as a panel for a scan, as a page for everything else."""
    name = _url_name(request)
    if name in JSON_ADDRESSES:
        response = _json(503, "database_away")
    elif name == "checkin-scan":
        fields = ("scan_id", "code", "checkpoint", "method")
        context = {name: request.POST.get(name, "") for name in fields} | {"action": request.path}
        fragment = "_" if request.headers.get("HX-Request") else ""
        response = render(request, f"registration/checkin/{fragment}not_saved.html", context, status=503)
    else:
        response = _page(
            request,
            503,
            _("One moment"),
            _("The database does not answer right now. Nothing was changed; try again in a few seconds."),
        )
    response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _url_name(request: HttpRequest) -> str | None:
    try:
        return resolve(request.path_info).url_name
    except Resolver404:
        return None
