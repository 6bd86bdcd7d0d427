from django.urls import path

from registration.checkin import views

urlpatterns = [path("", views.checkin, name="checkin")]
