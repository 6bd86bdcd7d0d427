from django.urls import include, path

from registration.catalogue import views_reductions, views_settings
from registration.catalogue.views_settings import ADD_ONS, TICKETS


def _pages_of(kind):
    page = {"kind": kind}
    return [
        path("", views_settings.items, page, name=kind.pages),
        path("new/", views_settings.item_new, page, name=f"{kind.page}-new"),
        path("<int:pk>/", views_settings.item, page, name=kind.page),
        path("<int:pk>/move/", views_settings.item_move, page, name=f"{kind.page}-move"),
        path("<int:pk>/sale/", views_settings.item_sale, page, name=f"{kind.page}-sale"),
        path("<int:pk>/delete/", views_settings.item_delete, page, name=f"{kind.page}-delete"),
    ]


urlpatterns = [
    path("tickets/", include(_pages_of(TICKETS))),
    path("add-ons/", include(_pages_of(ADD_ONS))),
    path("vouchers/", views_reductions.vouchers, name="settings-vouchers"),
    path("vouchers/export/", views_reductions.vouchers_export, name="settings-vouchers-export"),
    path("vouchers/new/", views_reductions.voucher_new, name="settings-voucher-new"),
    path("vouchers/make/", views_reductions.vouchers_new, name="settings-vouchers-new"),
    path("vouchers/<int:pk>/", views_reductions.voucher, name="settings-voucher"),
    path("vouchers/<int:pk>/delete/", views_reductions.voucher_delete, name="settings-voucher-delete"),
    path("discounts/", views_reductions.discounts, name="settings-discounts"),
    path("discounts/new/", views_reductions.discount_new, name="settings-discount-new"),
    path("discounts/<int:pk>/", views_reductions.discount, name="settings-discount"),
    path("discounts/<int:pk>/delete/", views_reductions.discount_delete, name="settings-discount-delete"),
]
