from django.urls import path

from registration.roster import views

urlpatterns = [path("", views.attendees, name="attendees")]
