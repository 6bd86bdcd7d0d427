from django.urls import path

from conferences import views

urlpatterns = [
    path("conferences/<slug:slug>/accent.css", views.accent, name="conference-accent"),
    path("staff/", views.staff_home, name="staff"),
    path("staff/new/", views.set_up, name="staff-new"),
    path("staff/<slug:slug>/settings/", views.settings, name="settings"),
    path("staff/<slug:slug>/settings/staff/", views.settings_staff, name="settings-staff"),
    path("staff/<slug:slug>/settings/staff/<int:pk>/role/", views.settings_staff_role, name="settings-staff-role"),
    path(
        "staff/<slug:slug>/settings/staff/<int:pk>/remove/", views.settings_staff_remove, name="settings-staff-remove"
    ),
]
