from django.urls import path

from registration.order import views

urlpatterns = [
    path("conferences/<slug:slug>/register/", views.register, name="register"),
    path("orders/<str:reference>/", views.order, name="order"),
]
