from django.urls import path

from registration.order import staff_views, views

urlpatterns = [
    path("conferences/<slug:slug>/register/", views.register, name="register"),
    path("conferences/<slug:slug>/register/check/", views.register_check, name="register-check"),
    path("orders/<str:reference>/", views.order, name="order"),
    path("staff/<slug:slug>/orders/", staff_views.orders, name="staff-orders"),
    path("staff/<slug:slug>/orders/<str:reference>/", staff_views.staff_order, name="staff-order"),
    path("staff/<slug:slug>/orders/<str:reference>/cancel/", staff_views.cancel_staff_order, name="staff-order-cancel"),
    path("staff/<slug:slug>/seats/<str:code>/cancel/", staff_views.cancel_staff_seat, name="seat-cancel"),
]
