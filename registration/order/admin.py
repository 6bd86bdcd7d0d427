from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conferences.admin_base import ReadOnly, Records
from registration.order.admin_money import PaymentInline, RefundInline
from registration.order.models import Order, OrderEvent, OrderLine


class OrderLineInline(ReadOnly, admin.TabularInline):
    model = OrderLine
    fields = ["text", "seat", "quantity", "price", "discount", "discount_text", "tax", "cancelled_at"]
    readonly_fields = ["seat"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return super().get_queryset(request).select_related("attendee")

    @admin.display(description=_("attendee"))
    def seat(self, line: OrderLine) -> str:
        return line.attendee.name if line.attendee else ""


class OrderEventInline(ReadOnly, admin.TabularInline):
    model = OrderEvent
    fields = readonly_fields = ["at", "kind", "by", "reason", "details"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderEvent]:
        return super().get_queryset(request).select_related("by")


@admin.register(Order)
class OrderAdmin(ReadOnly, Records):
    """Totals and state follow from what was sold and paid, and are set by that alone."""

    list_display = ["reference", "user", "conference", "status", "total", "currency", "created_at"]
    list_filter = ["conference", "status"]
    list_select_related = ["user", "conference"]
    search_fields = ["reference", "imported_reference", "user__email", "user__name"]
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    fields = [
        "reference",
        "imported_reference",
        "conference",
        "user",
        "status",
        "subtotal",
        "discount",
        "total",
        "currency",
        "hold_expires_at",
        "due_at",
        "approval",
        "replaces",
        "billing_address",
        "billing_vat_number",
        "billing_reference",
        "created_at",
        "updated_at",
    ]
    inlines = [OrderLineInline, PaymentInline, RefundInline, OrderEventInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).select_related("user", "conference", "replaces")


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnly, Records):
    list_display = ["text", "order", "seat", "price", "tax", "quantity"]
    list_filter = ["order__conference", "order__status"]
    list_select_related = ["order", "attendee"]
    search_fields = ["order__reference", "text", "attendee__name"]
    ordering = ["-pk"]
    fields = [
        "order",
        "seat",
        "ticket_type",
        "add_on",
        "voucher",
        "text",
        "quantity",
        "price",
        "discount",
        "discount_text",
        "tax_rate",
        "tax",
        "taxed_as",
        "replaces_line",
        "cancelled_at",
        "released_at",
    ]
    readonly_fields = ["seat"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        return (
            super()
            .get_queryset(request)
            .select_related("order", "attendee", "ticket_type", "add_on", "voucher", "replaces_line")
        )

    @admin.display(description=_("attendee"), ordering="attendee__name")
    def seat(self, line: OrderLine) -> str:
        return line.attendee.name if line.attendee else ""


@admin.register(OrderEvent)
class OrderEventAdmin(ReadOnly, Records):
    list_display = ["order", "kind", "at", "by", "reason"]
    list_filter = ["kind", "order__conference"]
    list_select_related = ["order", "by"]
    search_fields = ["order__reference", "reason", "by__email", "by__name"]
    date_hierarchy = "at"
    ordering = ["-pk"]
