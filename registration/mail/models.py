from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registration.mail.filling import check_words
from registration.mail.kinds import KINDS


class MailAttachment(models.Model):
    """The bytes of an attachment, kept with the mail: written in the same transaction, readable by a worker on another
    host, gone with a rollback, and in every backup. Read and written by `storage.DatabaseStorage` alone.
    """

    name = models.CharField(_("name"), max_length=200, unique=True)
    content = models.BinaryField(_("content"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("mail attachment")
        verbose_name_plural = _("mail attachments")

    def __str__(self) -> str:
        return self.name


class MailText(models.Model):
    """A conference's own words for one kind of mail (`kinds.KINDS`); without a row it says the default."""

    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="mail_texts")
    # A key of `kinds.KINDS`. No choices here, so that a new kind needs no migration.
    kind = models.CharField(_("mail"), max_length=30)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=10_000)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("mail text")
        verbose_name_plural = _("mail texts")
        ordering = ["conference", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["conference", "kind"],
                name="one_mail_text_per_conference_and_kind",
                violation_error_message=_("This conference has its own words for this mail already. Change those."),
            )
        ]

    def __str__(self) -> str:
        return f"{KINDS[self.kind].label if self.kind in KINDS else self.kind} @ {self.conference}"

    def clean(self) -> None:
        """Raises ValidationError for a kind that is none, and for unknown names in braces."""
        if self.kind not in KINDS:
            raise ValidationError({"kind": _("There is no such mail.")})
        problems = {}
        for field in ("subject", "text"):
            try:
                check_words(getattr(self, field), self.kind)
            except ValidationError as error:
                problems[field] = error
        if problems:
            raise ValidationError(problems)
