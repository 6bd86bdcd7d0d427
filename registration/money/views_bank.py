"""Read a bank's list: first what its lines are, then record those that are chosen."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
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
from conferences.templatetags.lanyard import money
from registration.money.bank import Match, Matched, Named, Part, match_lines
from registration.money.bank_file import Line, read_bank_file
from registration.money.bank_recording import Split, parts_of, record_lines
from registration.money.forms import BankFileForm
from registration.tables.files import TableFileError
from registration.tables.numbers import money_of

_SALT = "lanyard.bank"
_KEPT = dt.timedelta(hours=12)
_SHOWN_FAULTS = 100
# What the fields are called in which orders are named, before the digest of the line, and those that say what of it is for
# which, before digest and reference.
_NAMED = "order-"
_PART = "part-"


@dataclasses.dataclass(frozen=True)
class _Row:
    """With what somebody has typed into it."""

    each: Matched
    typed: str
    parts: list[tuple[Part, str]]


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
            context |= {
                "groups": _groups(matched),
                "lines": _packed(found.lines, access),
                "found": found,
                "is_read": True,
            }
    return _page(request, access, context, status=422 if form.errors or "faults" in context else 200)


def _record(request: HttpRequest, access: Access) -> HttpResponse:
    try:
        lines = _unpacked(request.POST["lines"], access)
    except (signing.BadSignature, ValueError):
        messages.error(request, _("This page has stood open for too long. Read the file again; nothing was recorded."))
        return redirect("money-bank", access.conference.slug)
    typed = {name: value.strip() for name, value in request.POST.items() if value.strip()}
    named = {name.removeprefix(_NAMED): value for name, value in typed.items() if name.startswith(_NAMED)}
    split = _split(typed)
    matched = match_lines(lines, conference=access.conference, named=named)
    problems = _problems(matched, named, split)
    count = record_lines(
        lines, conference=access.conference, chosen={*request.POST.getlist("record"), *named, *split}, by=access.user,
        now=timezone.now(), named=named, split=split,
    )  # fmt: skip
    if count or not problems:
        messages.success(
            request,
            ngettext("One payment is recorded.", "%(count)s payments are recorded.", count) % {"count": count}
            if count
            else _("Nothing new was recorded."),
        )
    if not problems:
        return redirect("money", access.conference.slug)
    anew = match_lines(lines, conference=access.conference)
    context = {"groups": _groups(anew, typed), "lines": request.POST["lines"], "problems": problems, "is_read": True}
    return _page(request, access, context, status=422)


def _split(typed: dict[str, str]) -> dict[str, dict[str, Decimal]]:
    """What cannot be read as an amount is 0, and so never makes up all of a line."""
    split: dict[str, dict[str, Decimal]] = {}
    for name, value in typed.items():
        digest, _dash, reference = name.removeprefix(_PART).rpartition("-")
        if name.startswith(_PART):
            try:
                amount = money_of(value)
            except ValueError:
                amount = Decimal(0)
            split.setdefault(digest, {})[reference] = max(amount, Decimal(0))
    return split


def _problems(matched: list[Matched], named: Named, split: Split) -> list[str]:
    found: list[str] = []
    for each in matched:
        digest, is_new = each.line.digest, each.match != Match.RECORDED
        if is_new and digest in named and not each.can_be_recorded:
            message = _("Not recorded, since no order of this currency is called so here: %(reference)s.")
            found.append(message % {"reference": named[digest][:20]})
        elif is_new and digest in split and not parts_of(each, split):
            found.append(_why_not(each, split[digest]))
    return found


def _why_not(each: Matched, amounts: Mapping[str, Decimal]) -> str:
    came, said = each.line.amount, sum(amounts.values(), Decimal(0))
    currency = each.parts[0].order.currency if each.parts else ""
    facts = {"payer": each.line.payer or "–", "came": money(came, currency), "said": money(said, currency)}
    if came == said:
        message = _("Not recorded of %(payer)s: no more than one of the orders may be closed, or change a ticket.")
    else:
        message = _("Not recorded of %(payer)s: %(came)s came, and what you have entered makes %(said)s.")
    return message % facts


def _groups(matched: list[Matched], typed: Mapping[str, str] = MappingProxyType({})) -> list[tuple[Match, list[_Row]]]:
    rows = [_row(each, typed) for each in matched]
    found = [(match, [row for row in rows if row.each.match == match]) for match in Match]
    return [(match, each) for match, each in found if each]


def _row(each: Matched, typed: Mapping[str, str]) -> _Row:
    digest = each.line.digest
    parts = [(part, typed.get(f"{_PART}{digest}-{part.order.reference}", "")) for part in each.parts]
    return _Row(each, typed.get(f"{_NAMED}{digest}", ""), parts)


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
