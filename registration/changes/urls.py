from django.urls import path

from registration.changes import views, views_details, views_exchange, views_lost

urlpatterns = [
    path("conferences/<slug:slug>/ticket/details/", views_details.ticket_details, name="ticket-details"),
    path(
        "orders/<str:reference>/tickets/<str:code>/details/",
        views_details.order_ticket_details,
        name="order-ticket-details",
    ),
    path("orders/<str:reference>/tickets/<str:code>/send/", views_details.send_again, name="order-ticket-send"),
    path("tickets/lost/", views_lost.lost, name="ticket-lost"),
    path("tickets/<str:code>/change/", views.change, name="ticket-change"),
    path("tickets/<str:code>/transfer/", views.transfer, name="ticket-transfer"),
    path("tickets/<str:code>/exchange/", views_exchange.exchange, name="ticket-exchange"),
    path("tickets/<str:code>/exchange/give-up/", views_exchange.give_up, name="ticket-exchange-give-up"),
    path("tickets/<str:code>/cancel/", views.cancel, name="ticket-cancel"),
]
