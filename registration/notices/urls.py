from django.urls import path

from registration.notices import views

urlpatterns = [path("moved/", views.moved, name="notices-moved")]
