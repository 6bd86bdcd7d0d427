from __future__ import annotations

from django.contrib import admin

from conferences.admin_base import ReadOnly, Records
from registration.changes.models import LostTicketRequest


@admin.register(LostTicketRequest)
class LostTicketRequestAdmin(ReadOnly, Records):
    """Each waits for the worker for seconds; many that stay mean that no worker runs."""

    list_display = ["__str__", "email", "created_at"]
    search_fields = ["email"]
    ordering = ["-pk"]
