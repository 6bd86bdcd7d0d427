"""Read a bank's list: first what its lines are, then record those that are chosen."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from conferences.access import Access, staff_access
from conferences.models import Role
from registration.money.bank import Match, Matched, match_lines, record_lines
from registration.money.bank_file import Line, read_bank_file
from registration.money.forms import BankFileForm
from registration.tables.files import TableFileError

_SALT = "lanyard.bank"
_KEPT = dt.timedelta(hours=12)
_SHOWN_FAULTS = 100
# What the fields are called in which orders are named, before the digest of the line.
_NAMED = "order-"


@require_http_methods(["GET", "HEAD", "POST"])
def money_bank(request: HttpRequest, slug: str) -> HttpResponse:
    """Nothing is kept between the two steps: the browser sends the lines again, under our signature."""
    access = staff_access(request, slug, Role.DESK)
    if "lines" in request.POST:
        return _record(request, access)
    form = BankFileForm(request.POST, request.FILES) if request.method == "POST" else BankFileForm()
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            found = read_bank_file(form.cleaned_data["file"].read())
        except TableFileError as refused:
            context["faults"] = refused.faults[:_SHOWN_FAULTS]
        else:
            matched = match_lines(found.lines, conference=access.conference)
            context |= {"groups": _groups(matched), "lines": _packed(found.lines, access), "found": found}
    return _page(request, access, context, status=422 if form.errors or "faults" in context else 200)


def _record(request: HttpRequest, access: Access) -> HttpResponse:
    try:
        lines = _unpacked(request.POST["lines"], access)
    except (signing.BadSignature, ValueError):
        messages.error(request, _("This page has stood open for too long. Read the file again; nothing was recorded."))
        return redirect("money-bank", access.conference.slug)
    named = {
        name.removeprefix(_NAMED): value.strip() for name, value in request.POST.items() if name.startswith(_NAMED)
    }
    named = {digest: reference for digest, reference in named.items() if reference}
    matched = match_lines(lines, conference=access.conference, named=named)
    wrong = [named[each.line.digest] for each in matched if each.order is None and each.line.digest in named]
    count = record_lines(
        lines,
        conference=access.conference,
        chosen={*request.POST.getlist("record"), *named},
        by=access.user,
        now=timezone.now(),
        named=named,
    )
    if wrong:
        message = _("Not recorded, since no order of this currency is called so here: %(references)s.")
        messages.error(request, message % {"references": ", ".join(each[:20] for each in wrong)})
    messages.success(
        request,
        ngettext("One payment is recorded.", "%(count)s payments are recorded.", count) % {"count": count}
        if count
        else _("Nothing new was recorded."),
    )
    return redirect("money", access.conference.slug)


def _groups(matched: list[Matched]) -> list[tuple[Match, list[Matched]]]:
    found = [(match, [each for each in matched if each.match == match]) for match in Match]
    return [(match, each) for match, each in found if each]


def _packed(lines: list[Line], access: Access) -> str:
    rows = [dataclasses.astuple(line) for line in lines]
    plain = [[str(cell) if isinstance(cell, dt.date | Decimal) else cell for cell in row] for row in rows]
    return signing.dumps([access.conference.pk, plain], salt=_SALT, compress=True)


def _unpacked(packed: str, access: Access) -> list[Line]:
    conference, rows = signing.loads(packed, salt=_SALT, max_age=_KEPT)
    if conference != access.conference.pk:
        raise ValueError("of another conference")
    return [Line(n, dt.date.fromisoformat(day), Decimal(amount), *rest) for n, day, amount, *rest in rows]


def _page(request: HttpRequest, access: Access, context: dict[str, Any], *, status: int) -> HttpResponse:
    context |= {"access": access, "conference": access.conference, "section": "orders"}
    return render(request, "registration/money/bank.html", context, status=status)
