from django.urls import path

from registration.roster import views_tablet

urlpatterns = [
    path("correct/", views_tablet.correct, name="checkin-correct"),
]
