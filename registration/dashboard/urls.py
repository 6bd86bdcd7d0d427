from django.urls import path

from registration.dashboard import views

urlpatterns = [path("", views.dashboard, name="dashboard")]
