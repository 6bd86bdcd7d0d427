from __future__ import annotations

from django.contrib import admin

from conferences.admin_base import ReadOnly, Records
from registration.waiting.models import WaitingEntry


@admin.register(WaitingEntry)
class WaitingEntryAdmin(ReadOnly, Records):
    """Changed on the organisers' page, by the rules that count who waits."""

    list_display = ["ticket_type", "position", "user", "state", "created_at", "offered_at", "offer_ends_at"]
    list_filter = ["state", "ticket_type__conference"]
    list_select_related = ["ticket_type", "user"]
    search_fields = ["user__email", "user__name", "ticket_type__name"]
    fields = ["ticket_type", "user", "state", "position", "order", "created_at", "offered_at", "offer_ends_at"]
    ordering = ["-pk"]
