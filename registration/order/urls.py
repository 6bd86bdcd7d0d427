from django.urls import path

from registration.order import (
    views,
    views_approval,
    views_check,
    views_credit,
    views_invoice,
    views_late,
    views_refund,
    views_register,
    views_staff,
)

# fmt: off
urlpatterns = [
    path("conferences/<slug:slug>/register/", views_register.register, name="register"),
    path("conferences/<slug:slug>/register/choose/", views_register.register_choose, name="register-choose"),
    path("conferences/<slug:slug>/register/hold/", views_register.register_hold, name="register-hold"),
    path("conferences/<slug:slug>/register/check/", views_check.register_check, name="register-check"),
    path("orders/<str:reference>/", views.order, name="order"),
    path("orders/<str:reference>/give-up/", views.order_give_up, name="order-give-up"),
    path("orders/<str:reference>/credit/", views_credit.order_credit, name="order-credit"),
    path("orders/<str:reference>/billing/", views_invoice.order_billing, name="order-billing"),
    path("orders/<str:reference>/invoices/<int:number>.pdf", views_invoice.order_invoice, name="order-invoice"),
    path("orders/<str:reference>/receipts/<int:pk>.pdf", views_invoice.order_receipt, name="order-receipt"),
    path("staff/<slug:slug>/orders/", views_staff.orders, name="staff-orders"),
    path("staff/<slug:slug>/orders/<str:reference>/", views_staff.staff_order, name="staff-order"),
    path(
        "staff/<slug:slug>/orders/<str:reference>/refund/", views_refund.refund_staff_order, name="staff-order-refund"
    ),
    path(
        "staff/<slug:slug>/orders/<str:reference>/credit/", views_credit.staff_order_credit, name="staff-order-credit"
    ),
    path("staff/<slug:slug>/credits/<int:pk>/paid-out/", views_credit.credit_paid_out, name="credit-paid-out"),
    path("staff/<slug:slug>/refunds/<int:pk>/paid-out/", views_refund.refund_paid_out, name="refund-paid-out"),
    path("staff/<slug:slug>/orders/<str:reference>/billing/", views_invoice.staff_billing, name="staff-order-billing"),
    path(
        "staff/<slug:slug>/orders/<str:reference>/invoices/<int:number>.pdf",
        views_invoice.staff_invoice,
        name="staff-order-invoice",
    ),
    path(
        "staff/<slug:slug>/orders/<str:reference>/receipts/<int:pk>.pdf",
        views_invoice.staff_receipt,
        name="staff-order-receipt",
    ),
    path("staff/<slug:slug>/orders/<str:reference>/late/", views_late.staff_order_late, name="staff-order-late"),
    path("staff/<slug:slug>/orders/<str:reference>/revive/", views_late.staff_order_revive, name="staff-order-revive"),
    path("staff/<slug:slug>/orders/<str:reference>/cancel/", views_staff.cancel_staff_order, name="staff-order-cancel"),
    path(
        "staff/<slug:slug>/orders/<str:reference>/approve/", views_approval.approve_staff_order,
        name="staff-order-approve",
    ),
    path(
        "staff/<slug:slug>/orders/<str:reference>/decline/", views_approval.decline_staff_order,
        name="staff-order-decline",
    ),
    path("staff/<slug:slug>/seats/<str:code>/cancel/", views_staff.cancel_staff_seat, name="seat-cancel"),
]
