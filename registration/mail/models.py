from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MailAttachment(models.Model):
    """The bytes of an attachment, kept with the mail: written in the same transaction, readable by a worker on another
    host, gone with a rollback, and in every backup. Read and written by `storage.DatabaseStorage` alone.
    """

    name = models.CharField(_("name"), max_length=200, unique=True)
    content = models.BinaryField(_("content"))
    # Of a file that is made when the mail is sent: a name of `message.Makers`, and what that is called with. No content.
    maker = models.CharField(max_length=30, blank=True, default="")
    made_from = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("mail attachment")
        verbose_name_plural = _("mail attachments")

    def __str__(self) -> str:
        return self.name
