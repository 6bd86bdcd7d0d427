from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

RELATED = "conference", "ticket_type", "voucher", "order"
_signer = signing.Signer(salt="lanyard.invitation")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Neither accepted nor taken back; whether its time is over is for `Invitation.is_open`."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """A personal link by which somebody registers in one click. Whoever opens it has the mail it was sent in, so it proves
    the address; its token is signed and stands nowhere.

    `checkout_id` is that of the order it becomes, so that a link used twice is one registration. `voucher` makes it free or
    unlocks a hidden ticket.
    """

    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="invitations")
    ticket_type = models.ForeignKey(
        "registration.TicketType", models.PROTECT, related_name="invitations", verbose_name=_("ticket")
    )
    voucher = models.ForeignKey(
        "registration.Voucher", models.PROTECT, null=True, blank=True, related_name="invitations"
    )
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"))
    checkout_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("sent"), default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    order = models.OneToOneField(
        "registration.Order", models.SET_NULL, null=True, blank=True, related_name="invitation"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                "ticket_type",
                Lower("email"),
                name="one_open_invitation",
                condition=Q(accepted_at=None, revoked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.ticket_type}"

    def is_open(self, *, now: dt.datetime) -> bool:
        """See also `InvitationQuerySet.open`."""
        is_over = self.expires_at is not None and now >= self.expires_at
        return self.accepted_at is None and self.revoked_at is None and not is_over

    @property
    def link(self) -> str:
        """With the host."""
        return settings.SITE_URL + reverse("invitation", args=[_signer.sign_object(self.pk)])


def find_invitation(token: str) -> Invitation | None:
    """The one whose link has this token, whatever became of it."""
    try:
        pk = _signer.unsign_object(token)
    except signing.BadSignature:
        return None
    return Invitation.objects.select_related(*RELATED).filter(pk=pk).first()
