from django.urls import path

from registration.ticket import views

urlpatterns = [path("me/", views.me, name="me")]
