from django.urls import path

from registration.catalogue import views_settings as views

urlpatterns = [
    path("", views.tickets, name="settings-tickets"),
    path("new/", views.ticket_new, name="settings-ticket-new"),
    path("<int:pk>/", views.ticket, name="settings-ticket"),
    path("<int:pk>/move/", views.ticket_move, name="settings-ticket-move"),
    path("<int:pk>/sale/", views.ticket_sale, name="settings-ticket-sale"),
    path("<int:pk>/delete/", views.ticket_delete, name="settings-ticket-delete"),
]
