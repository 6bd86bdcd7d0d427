from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import HttpRequest
from django.utils.translation import gettext as _

from conferences.admin_base import PLANNED, ReadOnly, Records
from conferences.errors import SettingUpError
from conferences.forms import RESERVED_SLUGS, ConferenceRules
from conferences.models import Conference, FormerStaff, Role, StaffRole
from conferences.staffing import keep_an_organiser


class StaffRoleForm(forms.ModelForm):
    """Whose role it is stays: what somebody did who is no longer staff is known by the end of theirs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].disabled = bool(self.instance.pk)


class OneStaffRoleForm(forms.ModelForm):
    def clean_role(self) -> str:
        role = self.cleaned_data["role"]
        if self.instance.pk and role != Role.ORGANISER:
            _refuse_last_organiser(self.instance.conference_id, [self.instance.pk])
        return role


class StaffRoleFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        told = [getattr(form, "cleaned_data", {}) for form in self.forms]
        if not any(each.get("role") == Role.ORGANISER and not each.get(DELETION_FIELD_NAME) for each in told):
            _refuse_last_organiser(self.instance.pk, [form.instance.pk for form in self.initial_forms])


def _refuse_last_organiser(conference: int, without: list[int]) -> None:
    """As the settings do."""
    try:
        keep_an_organiser(conference=conference, without=without)
    except SettingUpError as refused:
        raise ValidationError(refused.message) from refused


class StaffRoleInline(admin.TabularInline):
    model = StaffRole
    form = StaffRoleForm
    formset = StaffRoleFormSet
    fields = ["user", "role"]
    autocomplete_fields = ["user"]
    extra = 0


class ConferenceForm(ConferenceRules):
    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if slug in RESERVED_SLUGS:
            raise ValidationError(_("“%(slug)s” is taken. Choose another, perhaps with the year.") % {"slug": slug})
        return slug


@admin.register(Conference)
class ConferenceAdmin(Records):
    list_display = ["name", "slug", "start_date", "end_date", "venue", "places_taken", "total_capacity", "is_active"]
    list_filter = ["is_active", "start_date"]
    search_fields = ["name", "slug", "venue"]
    date_hierarchy = "start_date"
    ordering = ["-start_date", "name"]
    form = ConferenceForm
    # It is in the links of mails and on badges.
    fixed_fields = ("slug",)
    # What is asked is chosen in the settings, from what there is to ask.
    readonly_fields = ["places_taken", "profile_fields", "desk_fields"]
    parts = ("conferences.FormerStaff", "registration.Tablet", "registration.RetiredSecret")
    formfield_overrides = {**PLANNED, models.URLField: {"assume_scheme": "https"}}
    # One at a time, and none with people in it: the page that asks would list every one of them.
    actions = None
    inlines = [StaffRoleInline]

    def has_delete_permission(self, request: HttpRequest, obj: Conference | None = None) -> bool:
        has_people = obj is not None and (obj.attendees.exists() or obj.orders.exists())
        return not has_people and super().has_delete_permission(request, obj)


@admin.register(StaffRole)
class StaffRoleAdmin(Records):
    list_display = ["user", "conference", "role", "created_at"]
    list_filter = ["role", "conference"]
    list_select_related = ["user", "conference"]
    search_fields = ["user__name", "user__email", "conference__name"]
    autocomplete_fields = ["user", "conference"]
    readonly_fields = ["created_at"]
    fixed_fields = ("user", "conference")
    form = OneStaffRoleForm

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> Any:
        """The last organisers are in the way of their own end."""
        of_conferences: dict[int, list[int]] = {}
        for held in objs:
            of_conferences.setdefault(held.conference_id, []).append(held.pk)
        try:
            for conference, without in of_conferences.items():
                keep_an_organiser(conference=conference, without=without)
        except SettingUpError as refused:
            return [], {}, set(), [refused.message]
        return super().get_deleted_objects(objs, request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[StaffRole]) -> None:
        for held in queryset:
            held.delete()


@admin.register(FormerStaff)
class FormerStaffAdmin(ReadOnly, Records):
    list_display = ["user", "conference", "ended_at"]
    list_filter = ["conference"]
    list_select_related = ["user", "conference"]
    search_fields = ["user__name", "user__email", "conference__name"]
