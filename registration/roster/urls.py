from django.urls import path

from registration.roster import import_views, person_views, views

urlpatterns = [
    path("", views.attendees, name="attendees"),
    path("export.csv", views.export, name="attendees-export"),
    path("import/", import_views.attendees_import, name="attendees-import"),
    path("<int:pk>/", person_views.attendee, name="attendee"),
    path("<int:pk>/correct/", person_views.correct, name="attendee-correct"),
    path("<int:pk>/note/", person_views.note, name="attendee-note"),
    path("<int:pk>/block/", person_views.block, name="attendee-block"),
    path("<int:pk>/unblock/", person_views.unblock, name="attendee-unblock"),
    path("<int:pk>/cancel/", person_views.cancel, name="attendee-cancel"),
    path("<int:pk>/reissue/", person_views.reissue, name="attendee-reissue"),
    path("<int:pk>/undo/<uuid:scan_id>/", person_views.undo, name="attendee-undo"),
]
