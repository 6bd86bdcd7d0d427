from django.urls import path

from registration.checkin import views

urlpatterns = [
    path("", views.checkin, name="checkin"),
    path("scan/", views.scan, name="checkin-scan"),
    path("search/", views.search, name="checkin-search"),
    path("undo/", views.undo, name="checkin-undo"),
    path("count/", views.count, name="checkin-count"),
]
