from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Now


def fill_amounts(apps, _editor):
    """Until now each was for the whole of its refund."""
    payouts, refunds = (apps.get_model("registration", name).objects for name in ("Payout", "Refund"))
    whole = refunds.filter(pk=OuterRef("refund")).values("amount")
    payouts.update(amount=Subquery(whole))


def ask_about_all(apps, _editor):
    """Once, of which refunds were sent; the worker goes on with those that are not long past."""
    card_payments, payments = (apps.get_model("registration", name).objects for name in ("CardPayment", "Payment"))
    sent = payments.filter(refunds__payouts__external_id__gt="").values("request_id")
    card_payments.filter(pk__in=sent).update(refunds_ask_at=Now())


class Migration(migrations.Migration):

    dependencies = [
        ('registration', '0035_one_waiting_line'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='payout', name='refund_paid_out_once'),
        migrations.AddField(
            model_name='payout',
            name='amount',
            field=models.DecimalField(decimal_places=2, max_digits=10, null=True, verbose_name='amount'),
        ),
        migrations.AddField(
            model_name='cardpayment',
            name='refunds_ask_at',
            field=models.DateTimeField(null=True, verbose_name='refunds asked about at'),
        ),
        migrations.RunPython(ask_about_all, migrations.RunPython.noop),
        migrations.RunPython(fill_amounts, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='payout',
            name='amount',
            field=models.DecimalField(decimal_places=2, max_digits=10, verbose_name='amount'),
        ),
        migrations.AlterField(
            model_name='issue',
            name='kind',
            field=models.CharField(choices=[('late', 'Paid after it had expired, and its places are gone'), ('closed', 'Paid for an order that is closed'), ('twice', 'Paid twice, or too much'), ('wrong_amount', 'Another amount than was asked for'), ('wrong_currency', 'Another currency than was asked for; not recorded'), ('unknown', "Nobody's: it names an order that is not here; not recorded"), ('refund_failed', 'A refund could not be sent'), ('refunded_there', 'Refunded at Stripe; its tickets are still valid'), ('counted_there', 'Refunded at Stripe before it was sent from here; counted, and not sent again'), ('given_twice', 'Refunded at Stripe, and given back here before; the buyer has it twice'), ('disputed', "The card's owner disputes it; answer at Stripe")], max_length=20, verbose_name='what'),
        ),
        migrations.AddIndex(
            model_name='cardpayment',
            index=models.Index(condition=models.Q(('refunds_ask_at__isnull', False)), fields=['refunds_ask_at'], name='card_payment_refunds'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payout_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(condition=models.Q(('succeeded', True), models.Q(('external_id', ''), _negated=True)), fields=('refund', 'external_id'), name='payout_of_theirs_noted_once'),
        ),
    ]
