from django.urls import path

from registration.checkin import views_checkpoints as views

urlpatterns = [
    path("", views.checkpoints, name="settings-checkpoints"),
    path("new/", views.checkpoint_new, name="settings-checkpoint-new"),
    path("<int:pk>/", views.checkpoint, name="settings-checkpoint"),
    path("<int:pk>/delete/", views.checkpoint_delete, name="settings-checkpoint-delete"),
]
