from django.urls import path

from registration.checkin import views_tablets as views

urlpatterns = [
    path("", views.tablets, name="settings-tablets"),
    path("new/", views.tablet_new, name="settings-tablet-new"),
    path("<uuid:pk>/", views.tablet, name="settings-tablet"),
    path("<uuid:pk>/pair/", views.tablet_pair, name="settings-tablet-pair"),
    path("<uuid:pk>/revoke/", views.tablet_revoke, name="settings-tablet-revoke"),
    path("<uuid:pk>/kiosk/", views.tablet_kiosk, name="settings-tablet-kiosk"),
    path("<uuid:pk>/delete/", views.tablet_delete, name="settings-tablet-delete"),
]
