from django.urls import path

from registration.notices import views_mailings as views

urlpatterns = [
    path("", views.mailings, name="mailings"),
    path("<uuid:pk>/", views.mailing, name="mailing"),
]
