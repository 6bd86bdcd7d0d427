from __future__ import annotations

from django.contrib import admin

from conferences.admin_base import ReadOnly, Records
from registration.invitation.models import Invitation


@admin.register(Invitation)
class InvitationAdmin(ReadOnly, Records):
    """Sent and taken back on the organisers' page. The link itself is shown to nobody but who was invited."""

    list_display = ["name", "email", "ticket_type", "conference", "created_at", "accepted_at", "revoked_at"]
    list_filter = ["conference"]
    list_select_related = ["ticket_type", "conference"]
    search_fields = ["name", "email"]
    fields = [
        "name", "email", "conference", "ticket_type", "voucher", "expires_at", "created_by", "created_at", "accepted_at",
        "revoked_at", "order",
    ]  # fmt: skip
    ordering = ["-pk"]
