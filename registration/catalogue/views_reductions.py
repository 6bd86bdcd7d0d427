"""The organisers' pages for vouchers and automatic discounts."""

from __future__ import annotations

from typing import TypeVar

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conferences.access import Access, find_or_deleted, staff_access
from conferences.forms import is_saved
from conferences.models import Role
from registration.catalogue.forms_reductions import DiscountForm, ReducesForm, VoucherForm, VouchersForm, columns_of
from registration.catalogue.models import Discount, Voucher
from registration.catalogue.vouchers import delete_voucher, link_of, make_vouchers, vouchers_csv
from registration.errors import RegistrationError

M = TypeVar("M", Voucher, Discount)

PER_PAGE = 50
form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def vouchers(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    query, batch = request.GET.get("q", "").strip()[:100], request.GET.get("batch", "")[:100]
    found = Voucher.objects.filter(conference=access.conference)
    batches = found.exclude(batch="").order_by("batch").values_list("batch", flat=True).distinct()
    found = found.filter(batch=batch) if batch else found
    found = found.filter(code__icontains=query.replace("\x00", "")) if query else found
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    for voucher in page.object_list:
        voucher.link = link_of(voucher, access.conference)
    context = {"page": page, "q": query, "batch": batch, "batches": batches, "now": timezone.now()}
    return render(request, "registration/catalogue/settings_vouchers.html", _context(access, "vouchers") | context)


@require_safe
def vouchers_export(request: HttpRequest, slug: str) -> HttpResponse:
    """All, or those of `?batch=`."""
    access = staff_access(request, slug, Role.ORGANISER)
    found = Voucher.objects.filter(conference=access.conference)
    if batch := request.GET.get("batch"):
        found = found.filter(batch=batch)
    response = HttpResponse(vouchers_csv(found, conference=access.conference), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="vouchers-{access.conference.slug}.csv"'
    return response


@form_page
def vouchers_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Many at once."""
    access = staff_access(request, slug, Role.ORGANISER)
    like = Voucher(conference=access.conference)
    with timezone.override(access.conference.tz):
        form = VouchersForm(request.POST if request.method == "POST" else None, instance=like)
        if form.is_valid():
            given = form.cleaned_data
            made = make_vouchers(
                like=like, count=given["count"], prefix=given["prefix"], ticket_types=given["ticket_types"],
                add_ons=given["add_ons"],
            )  # fmt: skip
            message = ngettext("One voucher made.", "%(count)s vouchers made.", len(made))
            messages.success(request, message % {"count": len(made)})
            return redirect("settings-vouchers", slug)
        return _form(request, access, "vouchers", form, title=_("Make vouchers"))


@form_page
def voucher_new(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    return _edit(request, access, "vouchers", VoucherForm, Voucher(conference=access.conference))


@form_page
def voucher(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    found = _find(request, access, Voucher, pk, "settings-vouchers")
    return _edit(request, access, "vouchers", VoucherForm, found)


@require_POST
def voucher_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    try:
        delete_voucher(voucher=_find(request, access, Voucher, pk, "settings-vouchers"))
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Deleted."))
    return redirect("settings-vouchers", slug)


@require_safe
def discounts(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    found = Discount.objects.filter(conference=access.conference).select_related("group", "add_on")
    context = _context(access, "discounts") | {"discounts": found, "now": timezone.now()}
    return render(request, "registration/catalogue/settings_discounts.html", context)


@form_page
def discount_new(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    return _edit(request, access, "discounts", DiscountForm, Discount(conference=access.conference))


@form_page
def discount(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    found = _find(request, access, Discount, pk, "settings-discounts")
    return _edit(request, access, "discounts", DiscountForm, found)


@require_POST
def discount_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What was sold keeps its price; only the discount goes."""
    access = staff_access(request, slug, Role.ORGANISER)
    _find(request, access, Discount, pk, "settings-discounts").delete()
    messages.success(request, _("Deleted."))
    return redirect("settings-discounts", slug)


def _edit(
    request: HttpRequest, access: Access, tab: str, form_class: type[ReducesForm], found: Voucher | Discount
) -> HttpResponse:
    found.conference = access.conference
    with timezone.override(access.conference.tz):
        form = form_class(request.POST if request.method == "POST" else None, instance=found)
        if form.is_valid() and is_saved(form, lambda: _save(form, found)):
            messages.success(request, _("Saved."))
            return redirect(f"settings-{tab}", access.conference.slug)
        new = _("New voucher") if tab == "vouchers" else _("New discount")
        # A form that was refused has put what was typed into `found`.
        return _form(request, access, tab, form, title=str(found) if found.pk else new)


def _save(form: ReducesForm, found: Voucher | Discount) -> None:
    # `used` moves meanwhile.
    found.save(update_fields=columns_of(form) if found.pk else None)
    form._save_m2m()


def _find(request: HttpRequest, access: Access, model: type[M], pk: int, pages: str) -> M:
    return find_or_deleted(request, model, conference=access.conference, pk=pk, pages=pages)


def _form(request: HttpRequest, access: Access, tab: str, form: ReducesForm, *, title: str) -> HttpResponse:
    context = _context(access, tab) | {"form": form, "title": title, "back": f"settings-{tab}"}
    status = 422 if form.errors else 200
    return render(request, "registration/catalogue/settings_reduction.html", context, status=status)


def _context(access: Access, tab: str) -> dict[str, object]:
    return {"access": access, "conference": access.conference, "section": "settings", "tab": tab}
