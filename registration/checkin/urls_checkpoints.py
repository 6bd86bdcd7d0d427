from django.urls import path

from registration.checkin import views_checkpoints as views

urlpatterns = [
    path("", views.checkpoints, name="settings-checkpoints"),
    path("new/", views.checkpoint_new, name="settings-checkpoint-new"),
    path("test-codes/", views.practice_sheet, name="settings-test-codes"),
    path("<int:pk>/", views.checkpoint, name="settings-checkpoint"),
    path("<int:pk>/rehearsal/", views.checkpoint_rehearsal, name="settings-checkpoint-rehearsal"),
    path("<int:pk>/delete/", views.checkpoint_delete, name="settings-checkpoint-delete"),
]
