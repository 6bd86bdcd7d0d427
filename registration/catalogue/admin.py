from django.contrib import admin

from conferences.admin_base import Records
from registration.catalogue.models import AddOn, Discount, TicketType, Voucher


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


@admin.register(AddOn)
class AddOnAdmin(TicketTypeAdmin):
    filter_horizontal = ["ticket_types"]


@admin.register(Voucher)
class VoucherAdmin(Records):
    """`used` is counted by the sales themselves; `manage.py recount_places` proves it."""

    list_display = ["code", "conference", "reduction", "value", "used", "max_uses", "is_active", "batch"]
    list_filter = ["conference", "reduction", "is_active"]
    list_select_related = ["conference"]
    search_fields = ["code", "batch", "note"]
    autocomplete_fields = ["conference"]
    filter_horizontal = ["ticket_types", "add_ons"]
    readonly_fields = ["used", "created_at"]
    fixed_fields = ("conference",)


@admin.register(Discount)
class DiscountAdmin(Records):
    list_display = ["name", "conference", "reduction", "value", "valid_from", "valid_until", "is_active"]
    list_filter = ["conference", "is_active"]
    list_select_related = ["conference"]
    search_fields = ["name", "conference__name"]
    autocomplete_fields = ["conference"]
    filter_horizontal = ["ticket_types"]
    fixed_fields = ("conference",)
