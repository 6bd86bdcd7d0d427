from django.contrib import admin

from conferences.admin_base import ReadOnly, Records
from registration.notices.models import Announcement


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnly, Records):
    list_display = ["conference", "made_at", "made_by", "finished_at"]
    list_filter = ["conference"]
    list_select_related = ["conference", "made_by"]
