from django.db import migrations


def number_payouts(apps, _editor):
    """What was taken back of a credit for a refund at Stripe gets the number of that, so that it is credit again when the bank
    sends the refund back. Until 0040 the number was noted in the issue alone, which was raised with it, at the same moment;
    where several were, it is not known which it was, and nothing is filled in.
    """
    payouts, issues = (apps.get_model("registration", name).objects for name in ("CreditPayout", "Issue"))
    for payout in payouts.filter(external_id="", payment__isnull=False).select_related("payment"):
        about = f"{payout.payment.external_id}:"
        raised = issues.filter(kind="refunded_there", external_id__startswith=about, raised_at=payout.at)
        if len(numbers := raised.values_list("external_id", flat=True)[:2]) == 1:
            payout.external_id = numbers[0].removeprefix(about)
            payout.save(update_fields=["external_id"])


class Migration(migrations.Migration):
    dependencies = [("registration", "0041_taxed_anew")]

    operations = [migrations.RunPython(number_payouts, migrations.RunPython.noop)]
