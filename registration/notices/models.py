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
        return days(self._as_told)

    @property
    def place(self) -> str:
        return self._as_told.place

    @property
    def _as_told(self) -> Conference:
        return Conference(**{field: getattr(self, field) for field in self.PLACE})

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


class Mailing(models.Model):
    """A mail that an organiser wrote to the people of a list, who are settled when it is sent: a `Notice` each, about it.
    The worker queues the mails. Nothing but that, and what became of them, changes afterwards.
    """

    # Made by the form, so that a form sent twice is one mailing.
    id = models.UUIDField(primary_key=True, editable=False)
    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="mailings")
    audience = models.TextField(_("to whom"))
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    people = models.PositiveIntegerField(_("people"), default=0)
    without_address = models.PositiveIntegerField(_("without an address"), default=0)
    mails = models.PositiveIntegerField(_("mails"), default=0)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )
    queued_at = models.DateTimeField(_("all mails are in the queue"), null=True, blank=True)
    # Written down before the mails themselves are forgotten, which is when they can no longer be counted.
    settled_at = models.DateTimeField(_("counted"), null=True, blank=True)
    sent = models.PositiveIntegerField(_("sent"), default=0)

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-made_at"]
        indexes = [
            # The organisers' list of them.
            models.Index(fields=["conference", "-made_at"], name="mailing_list"),
            # Worker (`queue_mailings`, `settle_mailings`): the few that are not finished.
            models.Index(fields=["made_at"], name="mailing_open", condition=models.Q(settled_at=None)),
        ]

    def __str__(self) -> str:
        return self.subject


class NoticeQuerySet(models.QuerySet["Notice"]):
    def about(self, kind: str, about: str) -> NoticeQuerySet:
        return self.filter(kind=kind, about=about)


class Notice(models.Model):
    """That the person of a seat is mailed something that everybody gets once. The constraint is what makes it once,
    however many workers there are.
    """

    attendee = models.ForeignKey("registration.Attendee", models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=30)
    # What exactly: the day it tells of, the announcement, or the mailing.
    about = models.CharField(max_length=40)
    # None while it is still to be done.
    sent_at = models.DateTimeField(null=True)
    # None where there is no address, and once the mail is forgotten.
    mail = models.ForeignKey("post_office.Email", models.SET_NULL, null=True, related_name="+")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attendee", "kind", "about"], name="one_notice_each")]
        indexes = [
            # Worker (`tell_listed`): whom to mail next. Pages: how many of a mailing are on their way (`count_mails`).
            models.Index(fields=["kind", "about", "attendee"], name="notice_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}: {self.attendee}"
