from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conferences.admin_base import ReadOnly, Records
from registration.notices.models import Announcement, Mailing, Notice, ToldPlace


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnly, Records):
    list_display = ["conference", "made_at", "made_by", "finished_at"]
    list_filter = ["conference"]
    list_select_related = ["conference", "made_by"]
    search_fields = ["conference__name", "made_by__name", "made_by__email"]


@admin.register(Notice)
class NoticeAdmin(ReadOnly, Records):
    """Who was mailed what everybody gets once, and is not mailed again."""

    list_display = ["sent_at", "kind", "about", "attendee"]
    list_filter = ["kind", "attendee__conference"]
    search_fields = ["attendee__name", "about"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        return super().get_queryset(request).select_related("attendee__conference", "attendee__user")


@admin.register(ToldPlace)
class ToldPlaceAdmin(ReadOnly, Records):
    """What the people of a conference were last told; the worker compares it with what the conference says now."""

    list_display = ["conference", "start_date", "end_date", "venue", "address", "updated_at"]
    list_select_related = ["conference"]
    search_fields = ["conference__name", "venue", "address"]
    ordering = ["-pk"]


@admin.register(Mailing)
class MailingAdmin(ReadOnly, Records):
    list_display = ["subject", "conference", "audience", "mails", "made_at", "made_by", "queued_at"]
    list_filter = ["conference"]
    list_select_related = ["conference", "made_by"]
    search_fields = ["subject", "audience"]
