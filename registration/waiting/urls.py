from django.urls import path

from registration.waiting import views, views_staff

# fmt: off
urlpatterns = [
    path("conferences/<slug:slug>/waiting/<slug:ticket>/", views.waiting, name="waiting"),
    path("conferences/<slug:slug>/waiting/<slug:ticket>/join/", views.waiting_join, name="waiting-join"),
    path("conferences/<slug:slug>/waiting/<slug:ticket>/leave/", views.waiting_leave, name="waiting-leave"),
    path("staff/<slug:slug>/waiting/", views_staff.waiting_list, name="waiting-list"),
    path("staff/<slug:slug>/waiting/<int:pk>/move/", views_staff.waiting_move, name="waiting-move"),
    path("staff/<slug:slug>/waiting/<int:pk>/remove/", views_staff.waiting_remove, name="waiting-remove"),
]
