from django.db import models

from registration.attendee import AttendeeProfileBase


class SpeakerProfile(AttendeeProfileBase):
    talk_title = models.CharField("title of the talk", max_length=200)
    editor = models.CharField(
        "favourite editor", max_length=10, blank=True, choices=[("vi", "vi, of course"), ("emacs", "Emacs, of course")]
    )
    needs_projector = models.BooleanField("I need a projector", default=False)
