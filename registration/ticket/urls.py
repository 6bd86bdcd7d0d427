from django.urls import path, re_path

from registration.ticket import views

urlpatterns = [
    path("me/", views.me, name="me"),
    # The QR code holds it in capitals; either way, with or without the slash.
    path("t/<str:code>/", views.ticket_link, name="ticket-link"),
    re_path(r"^[tT]/(?P<code>[^/]+)/?$", views.ticket_link),
]
