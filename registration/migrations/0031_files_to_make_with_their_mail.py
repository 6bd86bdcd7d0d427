from django.db import migrations


def move(apps, schema_editor):
    """What waits to be sent keeps its files. Nothing else is made later yet than the PDF of a ticket."""
    kept = apps.get_model("registration", "MailAttachment").objects.exclude(maker="")
    attachments = apps.get_model("post_office", "Attachment").objects
    for row in kept:
        for attachment in attachments.filter(file=row.name):
            file = {
                "name": attachment.name, "maker": row.maker, "made_from": row.made_from,
                "mimetype": attachment.mimetype,
            }  # fmt: skip
            attachment.emails.update(context={"files": [file]})
            attachment.delete()
    kept.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("post_office", "0014_alter_email_recipient_delivery_status_and_more"),
        ("registration", "0030_group_discounts"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RemoveField(model_name="mailattachment", name="made_from"),
        migrations.RemoveField(model_name="mailattachment", name="maker"),
    ]
