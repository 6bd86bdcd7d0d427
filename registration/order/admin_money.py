"""Money in the admin: looked at, and changed by no hand."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conferences.admin_base import ReadOnly, Records
from conferences.templatetags.lanyard import money
from registration.order.models_credit import Credit, CreditPayout
from registration.order.models_invoice import Invoice, InvoiceCounter
from registration.order.models_money import Payment, Payout, Refund, RefundLine


class PaymentInline(ReadOnly, admin.TabularInline):
    model = Payment
    fields = readonly_fields = [
        "amount",
        "currency",
        "method",
        "note",
        "external_id",
        "recorded_by",
        "recorded_by_name",
        "recorded_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).select_related("recorded_by")


class RefundInline(ReadOnly, admin.TabularInline):
    model = Refund
    fields = readonly_fields = ["amount", "currency", "payment", "credit", "reason", "decided_by", "decided_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return (
            super()
            .get_queryset(request)
            .select_related("decided_by", "payment__order", "credit__user", "credit__conference")
        )


class RefundLineInline(ReadOnly, admin.TabularInline):
    model = RefundLine
    fields = readonly_fields = ["line", "amount"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefundLine]:
        return super().get_queryset(request).select_related("line")


class PayoutInline(ReadOnly, admin.TabularInline):
    model = Payout
    fields = readonly_fields = ["amount", "succeeded", "at", "by", "external_id", "note", "returned_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payout]:
        return super().get_queryset(request).select_related("by")


@admin.register(Payment)
class PaymentAdmin(ReadOnly, Records):
    list_display = ["order", "amount", "currency", "method", "recorded_by", "recorded_by_name", "recorded_at", "note"]
    list_filter = ["method", "order__conference"]
    list_select_related = ["order", "recorded_by"]
    search_fields = ["order__reference", "note", "external_id", "recorded_by__email", "recorded_by_name"]
    date_hierarchy = "recorded_at"
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return (
            super().get_queryset(request).select_related("order", "recorded_by", "credit__user", "credit__conference")
        )


@admin.register(Refund)
class RefundAdmin(ReadOnly, Records):
    list_display = ["order", "amount", "currency", "decided_by", "decided_at", "reason"]
    list_filter = ["order__conference"]
    list_select_related = ["order", "decided_by"]
    search_fields = ["order__reference", "reason", "decided_by__email", "decided_by__name"]
    date_hierarchy = "decided_at"
    ordering = ["-pk"]
    inlines = [RefundLineInline, PayoutInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return (
            super()
            .get_queryset(request)
            .select_related("order", "decided_by", "payment__order", "credit__user", "credit__conference")
        )


@admin.register(Invoice)
class InvoiceAdmin(ReadOnly, Records):
    list_display = ["name", "kind", "order", "conference", "total", "currency", "issued_at"]
    list_filter = ["kind", "conference"]
    list_select_related = ["order", "conference"]
    search_fields = ["name", "order__reference"]
    date_hierarchy = "issued_at"
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        return super().get_queryset(request).select_related("order", "conference", "corrects")


@admin.register(InvoiceCounter)
class InvoiceCounterAdmin(ReadOnly, Records):
    list_display = ["conference", "last"]
    search_fields = ["conference__name"]
    list_select_related = ["conference"]


class CreditPayoutInline(ReadOnly, admin.TabularInline):
    model = CreditPayout
    fields = readonly_fields = ["amount", "at", "by", "note", "returned_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CreditPayout]:
        return super().get_queryset(request).select_related("by")


@admin.register(Credit)
class CreditAdmin(ReadOnly, Records):
    list_display = ["user", "conference", "left"]
    list_filter = ["conference"]
    search_fields = ["user__email", "user__name"]
    ordering = ["-pk"]
    inlines = [CreditPayoutInline]

    @admin.display(description=_("left"))
    def left(self, credit: Credit) -> str:
        return money(credit.left, credit.conference.currency)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Credit]:
        return super().get_queryset(request).with_left().select_related("user", "conference")
