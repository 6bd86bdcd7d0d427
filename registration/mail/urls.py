from django.urls import path

from registration.mail import views

urlpatterns = [
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:mail_id>/", views.outbox_html, name="outbox-html"),
]
