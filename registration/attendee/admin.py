from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conferences.admin_base import ReadOnly, Records, changed_fields
from registration.attendee.models import Attendee, RetiredCode
from registration.attendee.profile import asked_fields, get_attendee_profile_model
from registration.attendee.search import update_search_text


class InFilter(admin.SimpleListFilter):
    title = _("checked in")
    parameter_name = "in"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attendee]) -> QuerySet[Attendee]:
        return queryset.filter(checked_in_at__isnull=self.value() == "no") if self.value() else queryset


class RetiredCodeInline(ReadOnly, admin.TabularInline):
    model = RetiredCode
    fields = readonly_fields = ["code", "reason", "retired_by", "created_at"]


# What is changed here; the rest follows from the rules.
_BY_HAND = {"name", "email", "blocked_reason", "needs_attention", "staff_note"}


@admin.register(Attendee)
class AttendeeAdmin(Records):
    """A seat is made by a registration, an import or a walk-in, and cancelled on its page at `/staff/`, where places,
    orders and scans follow. What follows from those cannot be set here.
    """

    # What a laptop has room for comes first: who, and whether they are in.
    list_display = [
        "name",
        "state",
        "checked_in_at",
        "ticket_type",
        "email",
        "access_code",
        "conference",
    ]
    list_filter = ["conference", "state", InFilter, "completed_registration", "needs_attention"]
    list_select_related = ["conference", "ticket_type"]
    search_fields = ["name"]
    search_help_text = _("Any part of name, e-mail, order reference or company, or the beginning of a code")
    ordering = ["-pk"]
    fields = [
        "name",
        "email",
        "conference",
        "user",
        "ticket_type",
        "order",
        "access_code",
        "imported_code",
        "state",
        "completed_registration",
        "checked_in_at",
        "blocked_reason",
        "needs_attention",
        "staff_note",
        "created_at",
        "updated_at",
    ]
    readonly_fields = [name for name in fields if name not in _BY_HAND]
    inlines = [RetiredCodeInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attendee]:
        return super().get_queryset(request).select_related("conference", "user", "ticket_type", "order")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Attendee], search_term: str
    ) -> tuple[QuerySet[Attendee], bool]:
        return queryset.matching(search_term, emails=True), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Attendee | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Attendee, form: ModelForm, change: bool) -> None:
        """Locks the seat first, as everything that changes whether it is let in; the admin's transaction is open."""
        Attendee.objects.select_for_update(of=["self"]).get(pk=obj.pk)
        obj.save(update_fields=changed_fields(obj, form))
        update_search_text(obj)


@admin.register(RetiredCode)
class RetiredCodeAdmin(ReadOnly, Records):
    list_display = ["code", "attendee_name", "conference", "reason", "retired_by", "created_at"]
    list_filter = ["attendee__conference"]
    list_select_related = ["attendee__conference", "retired_by"]
    search_fields = ["code", "attendee__name"]
    fields = ["code", "attendee", "reason", "retired_by", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RetiredCode]:
        return super().get_queryset(request).select_related("attendee__conference", "attendee__user", "retired_by")

    @admin.display(description=_("attendee"), ordering="attendee__name")
    def attendee_name(self, retired: RetiredCode) -> str:
        return retired.attendee.name

    @admin.display(description=_("conference"))
    def conference(self, retired: RetiredCode) -> str:
        return retired.attendee.conference.name


class ProfileAdmin(Records):
    """Of whichever profile model is set: one column for each of the first things that are asked."""

    list_filter = ["completed_registration"]
    list_select_related = ["user"]
    search_fields = ["user__name", "user__email"]
    autocomplete_fields = ["user"]
    readonly_fields = ["access_code", "created_at", "updated_at"]
    fixed_fields = ("user",)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        asked = [field.name for field in asked_fields(self.model)]
        return ["user", *asked[:4], "completed_registration", "updated_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("user")


_profile_model = get_attendee_profile_model()
# A team's own app may have registered its model with pages of its own; it comes first in INSTALLED_APPS.
if _profile_model and not admin.site.is_registered(_profile_model):
    admin.site.register(_profile_model, ProfileAdmin)
