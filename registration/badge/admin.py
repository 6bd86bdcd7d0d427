from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conferences.admin_base import ReadOnly, Records
from registration.badge.models import BadgePrint


@admin.register(BadgePrint)
class BadgePrintAdmin(ReadOnly, Records):
    """Every badge there was printed; the same person twice is a reprint."""

    list_display = ["printed_at", "name", "code", "conference", "format", "printed_by_name", "tablet", "reason"]
    list_filter = ["conference", "format"]
    list_select_related = ["conference", "tablet"]
    search_fields = ["name", "code", "printed_by_name"]
    date_hierarchy = "printed_at"
    fields = [
        "person",
        "conference",
        "name",
        "code",
        "format",
        "printed_at",
        "printed_by",
        "printed_by_name",
        "tablet",
        "reason",
        "request_id",
    ]
    readonly_fields = ["person"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BadgePrint]:
        return super().get_queryset(request).select_related("attendee", "conference", "printed_by", "tablet")

    @admin.display(description=_("attendee"), ordering="attendee__name")
    def person(self, printed: BadgePrint) -> str:
        return printed.attendee.name
