from django.urls import path

from registration.logo import views

urlpatterns = [
    path("conferences/<slug:slug>/logo/<slug:digest>.png", views.image, name="conference-logo"),
    path("conferences/<slug:slug>/logo/<slug:digest>/square.png", views.square, name="conference-logo-square"),
    path("staff/<slug:slug>/settings/logo/", views.settings_logo, name="settings-logo"),
    path("staff/<slug:slug>/settings/logo/remove/", views.settings_logo_remove, name="settings-logo-remove"),
]
