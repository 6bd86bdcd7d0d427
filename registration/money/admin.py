from __future__ import annotations

from django.contrib import admin

from conferences.admin_base import ReadOnly, Records
from registration.money.models import BankLine, CardPayment, EventReading, Issue, StripeEvent


@admin.register(CardPayment)
class CardPaymentAdmin(ReadOnly, Records):
    list_display = ["order", "amount", "currency", "state", "created_at", "expires_at"]
    list_filter = ["state", "order__conference"]
    list_select_related = ["order"]
    search_fields = ["order__reference", "session_id"]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly, Records):
    list_display = ["event_id", "kind", "received_at"]
    list_filter = ["kind"]
    search_fields = ["event_id"]
    ordering = ["-pk"]


@admin.register(EventReading)
class EventReadingAdmin(ReadOnly, Records):
    list_display = ["read_until", "begun_at", "ask_at"]
    search_fields = ["page_after"]
    ordering = ["pk"]


@admin.register(BankLine)
class BankLineAdmin(ReadOnly, Records):
    list_display = ["payment", "conference", "said_by"]
    list_filter = ["conference"]
    list_select_related = ["payment__order", "conference", "said_by"]
    search_fields = ["payment__order__reference", "payment__note"]
    ordering = ["-pk"]


@admin.register(Issue)
class IssueAdmin(ReadOnly, Records):
    """Settled on the organisers' page."""

    list_display = ["kind", "order", "conference", "amount", "currency", "raised_at", "resolved_at"]
    list_filter = ["kind", "conference"]
    list_select_related = ["order", "conference"]
    search_fields = ["order__reference", "external_id", "note"]
    date_hierarchy = "raised_at"
    ordering = ["-pk"]
