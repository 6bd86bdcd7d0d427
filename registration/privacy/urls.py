from django.urls import path

from registration.privacy import views

urlpatterns = [path("accounts/delete/", views.account_delete, name="account-delete")]
