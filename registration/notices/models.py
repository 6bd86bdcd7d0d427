from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from conferences.templatetags.lanyard import days


class ToldPlace(models.Model):
    """When and where a conference is as its people were last told; the worker keeps it from the first seat on."""

    conference = models.OneToOneField("conferences.Conference", models.CASCADE, related_name="told_place")
    start_date = models.DateField()
    end_date = models.DateField()
    venue = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    PLACE = ("start_date", "end_date", "venue", "address")

    def __str__(self) -> str:
        return f"{self.days}, {self.place}"

    @property
    def days(self) -> str:
        return days(Conference(start_date=self.start_date, end_date=self.end_date))

    @property
    def place(self) -> str:
        return ", ".join(filter(None, [self.venue, self.address]))

    def differs_from(self, conference: Conference) -> bool:
        return any(getattr(self, field) != getattr(conference, field) for field in self.PLACE)

    def adopt(self, conference: Conference, *, now: dt.datetime) -> None:
        """Take over what the conference says now; the caller saves it."""
        for field in self.PLACE:
            setattr(self, field, getattr(conference, field))
        self.updated_at = now


class Announcement(models.Model):
    """That the conference has moved, told to everybody who had a ticket at that moment; the worker does the telling."""

    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="announcements")
    # For the mail: `days` and `place` as they were, empty where they stay.
    before = models.JSONField(_("before"), default=dict)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )
    finished_at = models.DateTimeField(_("everybody told"), null=True, blank=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-pk"]
        indexes = [
            # Worker (`tell_the_moved`): the few that are not finished.
            models.Index(fields=["finished_at"], name="announcement_open", condition=models.Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.conference}, {self.made_at:%Y-%m-%d %H:%M}"


class Notice(models.Model):
    """That the person of a seat was mailed something that everybody gets once. The constraint is what makes it once,
    however many workers there are.
    """

    attendee = models.ForeignKey("registration.Attendee", models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=30)
    # What exactly: the day it tells of, or the announcement.
    about = models.CharField(max_length=40)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attendee", "kind", "about"], name="one_notice_each")]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}: {self.attendee}"
