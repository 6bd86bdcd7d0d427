from django.urls import path

from registration.catalogue import views

urlpatterns = [
    path("", views.home, name="home"),
    path("conferences/<slug:slug>/", views.conference, name="conference"),
    path("conferences/<slug:slug>/places/", views.places, name="conference-places"),
]
