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
from registration.money.bank_recording import Known, Split, know_lines_again, parts_of, record_lines
from registration.money.bank_suggestions import suggest_orders
from registration.money.forms import BankFileForm
from registration.order.models import Order
from registration.tables.files import TableFileError
from registration.tables.numbers import money_of

_SALT = "lanyard.bank"
_KEPT = dt.timedelta(hours=12)
_SHOWN_FAULTS = 100
# What the fields are called in which orders are named, before the digest of the line, and those that say what of it is for
# which, before digest and reference; and that in which is said whether it was recorded before: by the keys of payments, or not.
_NAMED = "order-"
_PART = "part-"
_BEFORE = "before-"
_NOT_BEFORE = "no"


@dataclasses.dataclass(frozen=True)
class _Row:
    """With what somebody has typed into it, and the orders that it may be for."""

    each: Matched
    typed: str
    parts: list[tuple[Part, str]]
    suggested: list[Order]

    @property
    def twins(self) -> str:
        """As the form says them."""
        return "-".join(str(twin.pk) for twin in self.each.twins)


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
                "groups": _groups(matched, access),
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
    # Of a line whose order may be typed or ticked, what is typed comes last.
    given = {name: [value.strip() for value in values if value.strip()] for name, values in request.POST.lists()}
    typed = {name: values[-1] for name, values in given.items() if values}
    named = {name.removeprefix(_NAMED): value for name, value in typed.items() if name.startswith(_NAMED)}
    before = {name.removeprefix(_BEFORE): value for name, value in typed.items() if name.startswith(_BEFORE)}
    known = {digest: _keys(value) for digest, value in before.items() if value != _NOT_BEFORE}
    split = _split(typed)
    chosen = {*request.POST.getlist("record"), *named, *split, *before} - set(known)
    matched = match_lines(lines, conference=access.conference, named=named)
    # Also where nobody doubted it when the page was read.
    doubtful = {each.line.digest for each in matched if each.match == Match.PERHAPS} - {*before, *split}
    problems = _problems(matched, named, split) + _doubts(matched, chosen & doubtful, known)
    count_known = know_lines_again(matched, known=known, conference=access.conference, by=access.user)
    count = record_lines(
        lines, conference=access.conference, chosen=chosen - doubtful, by=access.user, now=timezone.now(), named=named,
        split=split,
    )  # fmt: skip
    _tell(request, count, count_known, has_problems=bool(problems))
    if not problems:
        return redirect("money", access.conference.slug)
    asked = {digest: reference for digest, reference in named.items() if digest in doubtful}
    anew = match_lines(lines, conference=access.conference, named=asked)
    context = {
        "groups": _groups(anew, access, typed),
        "lines": request.POST["lines"],
        "problems": problems,
        "is_read": True,
    }
    return _page(request, access, context, status=422)


def _tell(request: HttpRequest, count: int, count_known: int, *, has_problems: bool) -> None:
    if count:
        text = ngettext("One payment is recorded.", "%(count)s payments are recorded.", count)
        messages.success(request, text % {"count": count})
    if count_known:
        text = ngettext(
            "One line is known again as recorded before.",
            "%(count)s lines are known again as recorded before.",
            count_known,
        )
        messages.success(request, text % {"count": count_known})
    if not (count or count_known or has_problems):
        messages.success(request, _("Nothing new was recorded."))


def _keys(value: str) -> set[int]:
    return {int(key) for key in value.split("-") if key.isdecimal()}


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


def _doubts(matched: list[Matched], doubtful: set[str], known: Known) -> list[str]:
    """What was not recorded since it may be already, and what is no longer what somebody took it for."""
    found: list[str] = []
    for each in matched:
        digest, payer = each.line.digest, each.line.payer or "–"
        if digest in doubtful:
            message = _("Not recorded of %(payer)s: it may be recorded already. Say below whether it is that payment.")
            found.append(message % {"payer": payer})
        elif digest in known and each.match != Match.RECORDED and known[digest] != {twin.pk for twin in each.twins}:
            found.append(_("What was recorded has changed meanwhile; look at %(payer)s once more.") % {"payer": payer})
    return found


def _why_not(each: Matched, amounts: Mapping[str, Decimal]) -> str:
    came, said = each.line.amount, sum(amounts.values(), Decimal(0))
    currency = each.parts[0].order.currency if each.parts else ""
    facts = {"payer": each.line.payer or "–", "came": money(came, currency), "said": money(said, currency)}
    return _("Not recorded of %(payer)s: %(came)s came, and what you have entered makes %(said)s.") % facts


def _groups(
    matched: list[Matched], access: Access, typed: Mapping[str, str] = MappingProxyType({})
) -> list[tuple[Match, list[_Row]]]:
    suggested = suggest_orders(matched, conference=access.conference)
    rows = [_row(each, typed, suggested.get(each.line.digest, [])) for each in matched]
    found = [(match, [row for row in rows if row.each.match == match]) for match in Match]
    return [(match, each) for match, each in found if each]


def _row(each: Matched, typed: Mapping[str, str], suggested: list[Order]) -> _Row:
    digest = each.line.digest
    parts = [(part, typed.get(f"{_PART}{digest}-{part.order.reference}", "")) for part in each.parts]
    return _Row(each, typed.get(f"{_NAMED}{digest}", ""), parts, suggested)


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
