from django.urls import path, re_path

from registration.ticket import views

urlpatterns = [
    path("me/", views.me, name="me"),
    path("conferences/<slug:slug>/ticket/", views.ticket, name="ticket"),
    path("conferences/<slug:slug>/ticket/ticket.ics", views.ticket_calendar, name="ticket-ics"),
    path("conferences/<slug:slug>/ticket/qr.svg", views.ticket_qr, name="ticket-qr"),
    path("orders/<str:reference>/tickets/<str:code>/", views.order_ticket, name="order-ticket"),
    path("orders/<str:reference>/tickets/<str:code>/ticket.ics", views.order_ticket_calendar, name="order-ticket-ics"),
    path("orders/<str:reference>/tickets/<str:code>/qr.svg", views.order_ticket_qr, name="order-ticket-qr"),
    # The QR code holds it in capitals; either way, with or without the slash.
    path("t/<str:code>/", views.ticket_link, name="ticket-link"),
    re_path(r"^[tT]/(?P<code>[^/]+)/?$", views.ticket_link),
]
