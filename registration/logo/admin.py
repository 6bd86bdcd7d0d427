from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from conferences.admin_base import ReadOnly, Records
from registration.logo.models import Logo


@admin.register(Logo)
class LogoAdmin(ReadOnly, Records):
    """Changed in the conference's settings, where it is drawn anew. Deleted here too: it may be somebody else's mark."""

    list_display = ["conference", "width", "height", "updated_at"]
    list_select_related = ["conference"]
    search_fields = ["conference__name"]
    fields = ["conference", "width", "height", "digest", "updated_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Logo | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)
