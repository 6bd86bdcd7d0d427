from django.urls import path

from registration.privacy import views

urlpatterns = [
    path("accounts/data/", views.account_data, name="account-data"),
    path("accounts/delete/", views.account_delete, name="account-delete"),
]
