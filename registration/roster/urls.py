from django.urls import path

from registration.roster import views, views_exchange, views_import, views_mailing, views_person

urlpatterns = [
    path("", views.attendees, name="attendees"),
    path("export.csv", views.export, name="attendees-export"),
    path("import/", views_import.attendees_import, name="attendees-import"),
    path("mail/", views_mailing.write, name="mailing-write"),
    path("mail/preview/", views_mailing.preview, name="mailing-preview"),
    path("<int:pk>/", views_person.attendee, name="attendee"),
    path("<int:pk>/correct/", views_person.correct, name="attendee-correct"),
    path("<int:pk>/note/", views_person.note, name="attendee-note"),
    path("<int:pk>/block/", views_person.block, name="attendee-block"),
    path("<int:pk>/unblock/", views_person.unblock, name="attendee-unblock"),
    path("<int:pk>/cancel/", views_person.cancel, name="attendee-cancel"),
    path("<int:pk>/reissue/", views_person.reissue, name="attendee-reissue"),
    path("<int:pk>/send/", views_person.send, name="attendee-send"),
    path("<int:pk>/transfer/", views_person.transfer, name="attendee-transfer"),
    path("<int:pk>/exchange/", views_exchange.exchange, name="attendee-exchange"),
    path("<int:pk>/undo/<uuid:scan_id>/", views_person.undo, name="attendee-undo"),
]
