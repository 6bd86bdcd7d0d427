from django.urls import path

from registration.account import views

urlpatterns = [
    path("accounts/", views.account, name="account"),
    path("accounts/sessions/", views.SessionList.as_view(), name="usersessions_list"),
]
