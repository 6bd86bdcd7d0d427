from django.db import migrations


class Migration(migrations.Migration):
    """Which mail is next (`claim_next`): in post_office's table, whose own indexes have each column alone."""

    replaces = [("registration", "0046_next_mail")]

    dependencies = [
        ("post_office", "0014_alter_email_recipient_delivery_status_and_more"),
        ("registration", "0002_registration"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX mail_next ON post_office_email (status, priority DESC, id)", "DROP INDEX IF EXISTS mail_next"
        )
    ]
