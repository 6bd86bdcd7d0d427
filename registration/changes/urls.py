from django.urls import path

from registration.changes import views, views_details

urlpatterns = [
    path("conferences/<slug:slug>/ticket/details/", views_details.ticket_details, name="ticket-details"),
    path(
        "orders/<str:reference>/tickets/<str:code>/details/",
        views_details.order_ticket_details,
        name="order-ticket-details",
    ),
    path("orders/<str:reference>/tickets/<str:code>/send/", views_details.send_again, name="order-ticket-send"),
    path("tickets/<str:code>/change/", views.change, name="ticket-change"),
    path("tickets/<str:code>/transfer/", views.transfer, name="ticket-transfer"),
]
