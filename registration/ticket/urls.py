from django.urls import path, re_path

from registration.ticket import views, views_app, views_files

# A ticket has two addresses (`addresses.py`); what stands below one stands below the other.
_MINE, _BOUGHT = "conferences/<slug:slug>/ticket/", "orders/<str:reference>/tickets/<str:code>/"

urlpatterns = [
    path("me/", views.me, name="me"),
    path(_MINE, views.ticket, name="ticket"),
    path(f"{_MINE}ticket.pdf", views_files.pdf, name="ticket-pdf"),
    path(f"{_MINE}ticket.ics", views_files.calendar, name="ticket-ics"),
    path(f"{_MINE}qr.svg", views_files.qr, name="ticket-qr"),
    path(f"{_MINE}ticket.pkpass", views_files.apple, name="ticket-apple"),
    path(f"{_MINE}google-wallet/", views_files.google, name="ticket-google"),
    path(f"{_MINE}app.webmanifest", views_app.manifest, name="ticket-manifest"),
    path(f"{_MINE}worker.js", views_app.worker, name="ticket-worker"),
    path(_BOUGHT, views.order_ticket, name="order-ticket"),
    path(f"{_BOUGHT}ticket.pdf", views_files.pdf, name="order-ticket-pdf"),
    path(f"{_BOUGHT}ticket.ics", views_files.calendar, name="order-ticket-ics"),
    path(f"{_BOUGHT}qr.svg", views_files.qr, name="order-ticket-qr"),
    path(f"{_BOUGHT}ticket.pkpass", views_files.apple, name="order-ticket-apple"),
    path(f"{_BOUGHT}google-wallet/", views_files.google, name="order-ticket-google"),
    # The QR code holds it in capitals; either way, with or without the slash.
    path("t/<str:code>/", views.ticket_link, name="ticket-link"),
    re_path(r"^[tT]/(?P<code>[^/]+)/?$", views.ticket_link),
]
