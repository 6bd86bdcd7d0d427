from django.contrib import admin

from conferences.admin_base import Records
from registration.catalogue.models import TicketType


@admin.register(TicketType)
class TicketTypeAdmin(Records):
    """`taken` is counted by the sales themselves; `manage.py recount_places` proves it."""

    list_display = ["name", "conference", "price", "taken", "total_quantity", "is_active", "position"]
    list_filter = ["conference", "is_active"]
    list_select_related = ["conference"]
    search_fields = ["name", "slug", "conference__name"]
    autocomplete_fields = ["conference"]
    readonly_fields = ["taken"]
    fixed_fields = ("conference",)
