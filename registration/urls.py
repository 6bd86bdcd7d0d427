"""Includes the urls of every room; nothing else."""

from django.urls import include, path

urlpatterns = [
    path("", include("registration.account.urls")),
    path("", include("registration.catalogue.urls")),
    path("", include("registration.logo.urls")),
    path("", include("registration.order.urls")),
    path("", include("registration.money.urls")),
    path("", include("registration.invitation.urls")),
    path("", include("registration.waiting.urls")),
    path("", include("registration.ticket.urls")),
    path("", include("registration.changes.urls")),
    path("", include("registration.mail.urls")),
    path("", include("registration.privacy.urls")),
    path("staff/<slug:slug>/settings/", include("registration.catalogue.urls_settings")),
    path("staff/<slug:slug>/settings/checkpoints/", include("registration.checkin.urls_checkpoints")),
    path("staff/<slug:slug>/settings/tablets/", include("registration.checkin.urls_tablets")),
    path("staff/<slug:slug>/checkin/", include("registration.checkin.urls")),
    path("staff/<slug:slug>/checkin/", include("registration.roster.urls_tablet")),
    path("staff/<slug:slug>/attendees/", include("registration.roster.urls")),
    path("staff/<slug:slug>/settings/", include("registration.notices.urls")),
    path("staff/<slug:slug>/mailings/", include("registration.notices.urls_mailings")),
    path("staff/<slug:slug>/badges/", include("registration.badge.urls")),
    path("staff/<slug:slug>/", include("registration.dashboard.urls")),
]
