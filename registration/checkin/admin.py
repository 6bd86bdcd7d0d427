from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conferences.admin_base import OfConference, ReadOnly, Records
from registration.checkin.forms_checkpoints import CheckpointRules
from registration.checkin.forms_tablets import TabletRules
from registration.checkin.models import Checkpoint, RetiredSecret, Scan, Tablet
from registration.checkin.models_conflicts import Settlement
from registration.checkin.models_quarantine import HeldBatch, HeldScan
from registration.checkin.models_sync import ListChange


@admin.register(Checkpoint)
class CheckpointAdmin(OfConference):
    list_display = [
        "name",
        "conference",
        "is_main",
        "entry",
        "unpaid",
        "rehearsal",
        "opens_at",
        "closes_at",
    ]
    form = CheckpointRules
    list_filter = ["conference", "is_main", "entry", "rehearsal"]
    list_select_related = ["conference"]
    search_fields = ["name", "conference__name"]
    # Begun and ended by the rules, in the settings of the conference: by hand it might have no end. Which one is the main
    # entrance stays: what was admitted there is what "checked in" means.
    readonly_fields = ["is_main", "rehearsal", "rehearsal_ends_at"]
    choices = {"ticket_types": "ticket_types", "add_ons": "add_ons"}


@admin.register(Tablet)
class TabletAdmin(Records):
    """Organisers add tablets, pair and revoke them in the settings of their conference, where the rules are; here is what
    they are called and where they belong. Their secrets are shown to nobody.
    """

    list_display = [
        "name",
        "conference",
        "checkpoint",
        "role",
        "paired_at",
        "revoked_at",
        "last_seen_at",
        "last_person",
        "waiting",
    ]
    list_filter = [
        "conference",
        "role",
        ("paired_at", admin.EmptyFieldListFilter),
        ("revoked_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["conference", "checkpoint"]
    search_fields = ["name", "conference__name", "checkpoint__name", "last_person"]
    form = TabletRules
    fields = [
        "conference", "name", "checkpoint", "role", "created_at", "paired_at", "revoked_at", "revoked_by", "last_seen_at",
        "last_person", "is_kiosk", "waiting", "clock_offset", "list_from", "battery",
    ]  # fmt: skip
    readonly_fields = ["conference", *fields[4:]]

    def get_readonly_fields(self, request: HttpRequest, obj: Tablet | None = None) -> list[str]:
        # Self check-in is for the door alone, and is turned off by its own rules.
        return [*super().get_readonly_fields(request, obj), *(["role"] if obj and obj.is_kiosk else [])]

    def get_form(self, request: HttpRequest, obj: Tablet | None = None, **kwargs: object) -> type:
        form = super().get_form(request, obj, **kwargs)
        field = form.base_fields.get("checkpoint")
        if obj and isinstance(field, ModelChoiceField):
            field.queryset = obj.conference.checkpoints.all()
        return form

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tablet]:
        return super().get_queryset(request).select_related("conference", "checkpoint", "revoked_by")

    def has_add_permission(self, request: HttpRequest, obj: Tablet | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Tablet | None = None) -> bool:
        return False


@admin.register(RetiredSecret)
class RetiredSecretAdmin(ReadOnly, Records):
    """When another device took a tablet's place. The secret itself is shown to nobody."""

    list_display = ["tablet", "retired_at"]
    list_filter = ["tablet__conference"]
    search_fields = ["tablet__name"]
    date_hierarchy = "retired_at"
    ordering = ["-pk"]
    fields = ["tablet", "retired_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RetiredSecret]:
        return super().get_queryset(request).select_related("tablet__conference")


@admin.register(Scan)
class ScanAdmin(ReadOnly, Records):
    """Every scan there was; an admission is taken back by an undo, which stays beside it."""

    list_display = [
        "received_at",
        "verdict",
        "person",
        "code",
        "checkpoint",
        "tablet",
        "scanned_by_name",
        "undone_at",
    ]
    list_filter = ["verdict", "checkpoint", "tablet", "method", "conflict", "rehearsal"]
    list_select_related = ["attendee", "checkpoint", "tablet"]
    search_fields = ["code", "attendee__name", "scanned_by_name", "tablet__name"]
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
        "tablet",
        "scanned_by",
        "scanned_by_name",
        "method",
        "device_verdict",
        "conflict",
        "rehearsal",
        "undone_at",
        "undone_by",
        "undone_by_name",
        "undo_reason",
    ]
    readonly_fields = ["person"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scan]:
        return (
            super().get_queryset(request).select_related("attendee", "checkpoint", "tablet", "scanned_by", "undone_by")
        )

    @admin.display(description=_("attendee"), ordering="attendee__name")
    def person(self, scan: Scan) -> str:
        return scan.attendee.name if scan.attendee else ""


@admin.register(Settlement)
class SettlementAdmin(ReadOnly, Records):
    """What was done about conflicts; desk and organisers write it in their worklist."""

    list_display = ["settled_at", "scan", "note", "settled_by_name", "reopened_at"]
    list_filter = ["scan__checkpoint__conference", ("reopened_at", admin.EmptyFieldListFilter)]
    list_select_related = ["scan"]
    search_fields = ["note", "scan__code", "scan__attendee__name", "settled_by_name"]
    date_hierarchy = "settled_at"
    fields = [
        "scan", "note", "settled_at", "settled_by", "settled_by_name", "reopened_at", "reopened_by", "reopened_by_name",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Settlement]:
        return super().get_queryset(request).select_related("scan", "settled_by", "reopened_by")


@admin.register(HeldBatch)
class HeldBatchAdmin(ReadOnly, Records):
    """Scans of whoever was no longer here; organisers decide about them in the list of conflicts."""

    list_display = ["received_at", "sender", "conference", "decision", "decided_at", "decided_by_name", "reason"]
    list_filter = ["conference", "decision"]
    list_select_related = ["tablet", "conference"]
    search_fields = ["tablet__name", "sent_by_name", "reason", "decided_by_name"]
    date_hierarchy = "received_at"
    fields = [
        "id", "conference", "tablet", "sent_by", "sent_by_name", "received_at", "decision", "decided_at", "decided_by",
        "decided_by_name", "reason",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[HeldBatch]:
        return super().get_queryset(request).select_related("conference", "tablet", "sent_by", "decided_by")


@admin.register(HeldScan)
class HeldScanAdmin(ReadOnly, Records):
    list_display = ["received_at", "batch", "code", "device_verdict", "scanned_by_name", "taken_at", "problem"]
    list_filter = ["batch__conference", "device_verdict", ("taken_at", admin.EmptyFieldListFilter)]
    list_select_related = ["batch__tablet"]
    search_fields = ["code", "batch__tablet__name", "scanned_by_name"]
    date_hierarchy = "received_at"
    ordering = ["-received_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HeldScan]:
        return super().get_queryset(request).select_related("batch__tablet", "checkpoint")


@admin.register(ListChange)
class ListChangeAdmin(ReadOnly, Records):
    """What the database's triggers note for the lists of tablets; numbers alone, since a change outlives its rows."""

    list_display = ["changed_at", "conference_id", "checkpoint_id", "attendee_id", "order_id", "code"]
    search_fields = ["=code"]
    ordering = ["-pk"]
