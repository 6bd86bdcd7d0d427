from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conferences.admin_base import ReadOnly, Records
from registration.checkin.models import Checkpoint, Scan


@admin.register(Checkpoint)
class CheckpointAdmin(Records):
    list_display = ["name", "conference", "is_main", "entry", "unpaid", "rehearsal", "opens_at", "closes_at"]
    list_filter = ["conference", "is_main", "entry", "rehearsal"]
    list_select_related = ["conference"]
    search_fields = ["name", "conference__name"]
    autocomplete_fields = ["conference"]
    fixed_fields = ("conference",)

    def get_exclude(self, request: HttpRequest, obj: Checkpoint | None = None) -> list[str]:
        """A new checkpoint has no conference yet, of which the tickets could be shown."""
        return [] if obj else ["ticket_types"]

    def get_form(self, request: HttpRequest, obj: Checkpoint | None = None, **kwargs: object) -> type:
        form = super().get_form(request, obj, **kwargs)
        field = form.base_fields.get("ticket_types")
        if obj and isinstance(field, ModelMultipleChoiceField):
            field.queryset = obj.conference.ticket_types.all()
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet[Checkpoint]:
        return super().get_queryset(request).select_related("conference")


@admin.register(Scan)
class ScanAdmin(ReadOnly, Records):
    """Every scan there was; an admission is taken back by an undo, which stays beside it."""

    list_display = ["received_at", "verdict", "person", "code", "checkpoint", "scanned_by_name", "method", "undone_at"]
    list_filter = ["verdict", "checkpoint", "method", "conflict", "rehearsal"]
    list_select_related = ["attendee", "checkpoint"]
    search_fields = ["code", "attendee__name", "scanned_by_name"]
    date_hierarchy = "received_at"
    ordering = ["-received_at"]
    fields = [
        "id",
        "checkpoint",
        "person",
        "code",
        "verdict",
        "entry_key",
        "scanned_at",
        "effective_at",
        "received_at",
        "scanned_by",
        "scanned_by_name",
        "method",
        "device_verdict",
        "conflict",
        "rehearsal",
        "undone_at",
        "undone_by",
        "undo_reason",
    ]
    readonly_fields = ["person"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scan]:
        return super().get_queryset(request).select_related("attendee", "checkpoint", "scanned_by", "undone_by")

    @admin.display(description=_("attendee"), ordering="attendee__name")
    def person(self, scan: Scan) -> str:
        return scan.attendee.name if scan.attendee else ""
