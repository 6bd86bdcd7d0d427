from django.urls import path

from registration.mail import views

urlpatterns = [path("outbox/", views.outbox, name="outbox")]
