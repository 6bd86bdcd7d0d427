from django.db import migrations, models

_AT_ONCE = 200


def name_rates(apps, _editor):
    """Beside each line that stands on an invoice, its rate as a number: that of the line, which never changed until now."""
    invoices, lines = (apps.get_model("registration", name).objects for name in ("Invoice", "OrderLine"))
    last = 0
    while some := list(invoices.filter(pk__gt=last).order_by("pk").only("pk", "content")[:_AT_ONCE]):
        last = some[-1].pk
        entries = [entry for invoice in some for entry in invoice.content.get("lines", [])]
        rates = dict(lines.filter(pk__in={entry["line"] for entry in entries}).values_list("pk", "tax_rate"))
        for entry in entries:
            entry.setdefault("rate", str(rates.get(entry["line"], "0.00")))
        invoices.bulk_update(some, ["content"])


class Migration(migrations.Migration):
    dependencies = [("registration", "0040_credit_that_comes_back")]

    # Backwards there is nothing to do: a version before this one does not look at the rates.
    operations = [
        migrations.AddField(
            model_name="orderline",
            name="taxed_as",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="taxed as"),
            preserve_default=False,
        ),
        migrations.RunPython(name_rates, migrations.RunPython.noop),
    ]
