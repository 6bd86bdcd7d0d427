from django.contrib import admin

from conferences.admin_base import OfConference
from registration.catalogue.forms import ForSaleRules
from registration.catalogue.forms_reductions import DiscountRules, VoucherRules
from registration.catalogue.models import AddOn, Discount, TicketType, Voucher


@admin.register(TicketType)
class TicketTypeAdmin(OfConference):
    """`taken` is counted by the sales themselves; `manage.py recount_places` proves it."""

    list_display = ["name", "conference", "price", "taken", "total_quantity", "is_active", "position"]
    list_filter = ["conference", "is_active"]
    list_select_related = ["conference"]
    search_fields = ["name", "slug", "conference__name"]
    form = ForSaleRules
    readonly_fields = ["taken"]
    kept = (("registration.WaitingEntry", "ticket_type"),)


@admin.register(AddOn)
class AddOnAdmin(TicketTypeAdmin):
    filter_horizontal = ["ticket_types"]
    choices = {"ticket_types": "ticket_types"}
    kept = ()


@admin.register(Voucher)
class VoucherAdmin(OfConference):
    """`used` is counted by the sales themselves; `manage.py recount_places` proves it."""

    list_display = ["code", "conference", "reduction", "value", "used", "max_uses", "is_active", "batch"]
    list_filter = ["conference", "reduction", "is_active"]
    list_select_related = ["conference"]
    search_fields = ["code", "batch", "note"]
    form = VoucherRules
    filter_horizontal = ["ticket_types", "add_ons"]
    readonly_fields = ["used", "created_at"]
    choices = {"ticket_types": "ticket_types", "add_ons": "add_ons"}


@admin.register(Discount)
class DiscountAdmin(OfConference):
    list_display = ["name", "conference", "reduction", "value", "valid_from", "valid_until", "is_active"]
    list_filter = ["conference", "is_active"]
    list_select_related = ["conference"]
    search_fields = ["name", "conference__name"]
    form = DiscountRules
    filter_horizontal = ["ticket_types"]
    choices = {"ticket_types": "ticket_types", "add_on": "add_ons"}
