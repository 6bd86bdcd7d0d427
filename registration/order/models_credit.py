"""Credit: what buyers were given back and may pay with at the same conference."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registration.order.models_money import CENT, HALF_A_CENT, Payment, Refund, sum_by


class CreditQuerySet(models.QuerySet["Credit"]):
    def with_left(self) -> CreditQuerySet:
        """Needed for `Credit.left`. Exact for who has locked the row in a query before."""
        return self.annotate(
            given=sum_by("credit", Refund.objects.all()),
            used=sum_by("credit", Payment.objects.all()),
            paid_out=sum_by("credit", CreditPayout.objects.standing()),
        )

    def not_used_up(self) -> CreditQuerySet:
        """With `left`."""
        return self.with_left().filter(Q(given__gt=F("used") + F("paid_out") + HALF_A_CENT))

    def overdrawn(self) -> CreditQuerySet:
        """With `left`. There must be none."""
        return self.with_left().filter(Q(given__lt=F("used") + F("paid_out") - HALF_A_CENT))


class Credit(models.Model):
    """The account of one buyer at one conference: money of theirs that the conference keeps, to pay with there.

    It is a way to pay and no voucher. A ticket that is given back is credited on paper with its tax, as ever; what is
    bought by credit later is sold, taxed and invoiced at its whole price, and a `Payment` says how it was paid. A voucher
    would lower that price, and with it a tax that was corrected already, and what a smaller order leaves of it would have
    to become another one.

    How much is left is stored nowhere: it is what refunds gave to it, less what payments and payouts took. Whoever takes
    locks this row, before anything else, with `no_key`, so that nobody who gives ever waits for them.
    """

    conference = models.ForeignKey("conferences.Conference", models.PROTECT, related_name="credits")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="credits", verbose_name=_("whose it is")
    )

    # Of `with_left`.
    given: Decimal
    used: Decimal
    paid_out: Decimal

    objects = CreditQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["conference", "user"], name="one_credit_per_user_at_conference")]

    def __str__(self) -> str:
        return f"{self.user} @ {self.conference}"

    @property
    def left(self) -> Decimal:
        """What of it there is to pay with. Only of `with_left`."""
        return (self.given - self.used - self.paid_out).quantize(CENT)


class CreditPayoutQuerySet(models.QuerySet["CreditPayout"]):
    def standing(self) -> CreditPayoutQuerySet:
        return self.filter(returned_at=None)


class CreditPayout(models.Model):
    """Staff say that they sent the rest of a credit as money after all; or they sent it on the pages of whoever had taken
    `payment`, which the credit was given for (then `by` is None). It changes in one way: what was sent there may come back,
    and is credit again.
    """

    credit = models.ForeignKey(Credit, models.PROTECT, related_name="payouts")
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="credit_payouts", verbose_name=_("back to")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    external_id = models.CharField(_("their number"), max_length=255, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    returned_at = models.DateTimeField(_("came back"), null=True, blank=True)

    objects = CreditPayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout of a credit")
        verbose_name_plural = _("payouts of credits")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="credit_payout_amount_positive")]

    def __str__(self) -> str:
        return f"{self.amount} for {self.credit}"
