import conferences.models
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # Of the time before the first release; a database that has all of them has this one.
    replaces = [
        ('conferences', '0001_initial'),
        ('conferences', '0002_initial'),
        ('conferences', '0003_payment_terms'),
        ('conferences', '0004_changes'),
        ('conferences', '0005_desk_fields'),
        ('conferences', '0006_former_staff'),
        ('conferences', '0007_takes_cards'),
        ('conferences', '0008_mail_texts'),
        ('conferences', '0009_invoices'),
        ('conferences', '0010_waiting_list'),
        ('conferences', '0011_conference_language'),
        ('conferences', '0012_unpaid_orders_end'),
        ('conferences', '0013_help_on_payment'),
        ('conferences', '0014_offers_credit'),
    ]

    initial = True

    dependencies = [
        ('registration', '0001_user'),
    ]

    operations = [
        migrations.CreateModel(
            name='Conference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('slug', models.SlugField(help_text='The part of the address that names this conference.', unique=True, verbose_name='short name')),
                ('start_date', models.DateField(verbose_name='first day')),
                ('end_date', models.DateField(verbose_name='last day')),
                ('timezone', models.CharField(default='UTC', max_length=64, validators=[conferences.models.validate_timezone], verbose_name='time zone')),
                ('venue', models.CharField(blank=True, max_length=200, verbose_name='venue')),
                ('address', models.CharField(blank=True, max_length=300, verbose_name='address')),
                ('directions', models.TextField(blank=True, help_text='Station, entrance, parking. Mailed with the ticket the day before.', max_length=2000, verbose_name='the way there')),
                ('website_url', models.URLField(blank=True, verbose_name='website')),
                ('tagline', models.CharField(blank=True, max_length=200, verbose_name='in one line')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('contact_email', models.EmailField(blank=True, max_length=254, verbose_name='contact e-mail')),
                ('currency', models.CharField(default='EUR', max_length=3, validators=[django.core.validators.RegexValidator('^[A-Z]{3}$', 'Three capitals, like EUR.')], verbose_name='currency')),
                ('accent', models.CharField(default='#37389a', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$', 'Write it like #37389a.')], verbose_name='accent colour')),
                ('total_capacity', models.PositiveIntegerField(default=0, help_text='0 for no limit.', verbose_name='places in all')),
                ('places_taken', models.PositiveIntegerField(default=0, editable=False, verbose_name='places taken')),
                ('registration_opens_at', models.DateTimeField(blank=True, null=True, verbose_name='registration opens')),
                ('registration_closes_at', models.DateTimeField(blank=True, null=True, verbose_name='registration closes')),
                ('changes_close_at', models.DateTimeField(blank=True, null=True, verbose_name='own details can be changed until')),
                ('allows_transfers', models.BooleanField(default=True, verbose_name='tickets can be given to somebody else')),
                ('transfers_close_at', models.DateTimeField(blank=True, null=True, verbose_name='given to somebody else until')),
                ('payment_instructions', models.TextField(blank=True, help_text='Account, bank, and until when. Shown and mailed with every unpaid order; the amount and the reference are added.', verbose_name='how to pay by bank transfer')),
                ('language', models.CharField(choices=[('en', 'English'), ('de', 'Deutsch')], default='en', help_text='Of invoices, receipts, tickets and mails.', max_length=10, verbose_name='language')),
                ('invoice_sender', models.TextField(blank=True, help_text='Name and address, one part a line. Empty: no invoices are issued.', max_length=600, verbose_name='who issues the invoices')),
                ('invoice_tax_id', models.CharField(blank=True, max_length=60, verbose_name='your tax number')),
                ('invoice_prefix', models.CharField(blank=True, help_text='Such as PY27-, which makes PY27-0001. Empty: the short name.', max_length=20, verbose_name='before the number')),
                ('invoice_note', models.TextField(blank=True, help_text='Why there is no tax, your bank, thanks.', max_length=600, verbose_name='below the sums')),
                ('takes_cards', models.BooleanField(default=True, help_text='By Stripe, where the site has a key for it.', verbose_name='cards')),
                ('offers_credit', models.BooleanField(default=False, help_text='Whoever cancels a ticket by themselves may choose it. You can always give it.', verbose_name='credit instead of money')),
                ('days_to_pay', models.PositiveSmallIntegerField(default=14, help_text='From the order to its due date. 0 for no due date; then no unpaid order ends by itself.', verbose_name='days to pay')),
                ('remind_before_days', models.PositiveSmallIntegerField(default=3, help_text='So many days before, once. 0 for no mail.', verbose_name='remind before it is due')),
                ('remind_after_days', models.PositiveSmallIntegerField(default=3, help_text='So many days after, once. 0 for no mail.', verbose_name='remind after it was due')),
                ('expire_after_days', models.PositiveSmallIntegerField(blank=True, default=7, help_text='So many days after the due date, if nothing was paid. Empty: never, until somebody cancels it.', null=True, verbose_name='free the places of who has not paid')),
                ('offer_hours', models.PositiveSmallIntegerField(default=24, validators=[django.core.validators.MinValueValidator(1)], verbose_name='waiting list: an offered place is kept for (hours)')),
                ('profile_fields', models.JSONField(blank=True, default=None, help_text='Names of profile fields; null means all of them.', null=True, verbose_name='what is asked')),
                ('desk_fields', models.JSONField(blank=True, default=list, help_text='Names of profile fields. The door sees none of them.', verbose_name='what the desk sees at a scan')),
                ('is_active', models.BooleanField(default=True, verbose_name='shown to the public')),
            ],
            options={
                'verbose_name': 'conference',
                'verbose_name_plural': 'conferences',
                'ordering': ['start_date', 'name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('end_date__gte', models.F('start_date'))), name='conference_ends_after_start', violation_error_message='The last day is before the first.')],
            },
        ),
        migrations.CreateModel(
            name='StaffRole',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='staff_roles', to=settings.AUTH_USER_MODEL)),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='staff_roles', to='conferences.conference')),
                ('role', models.CharField(choices=[('organiser', 'Organiser'), ('desk', 'Desk'), ('door', 'Door')], max_length=10, verbose_name='role')),
                ('email', models.EmailField(blank=True, help_text='The address an organiser typed.', max_length=254, verbose_name='added as')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'verbose_name': 'staff role',
                'verbose_name_plural': 'staff roles',
                'ordering': ['conference', 'role', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('user', 'conference'), name='one_role_per_user_and_conference'), models.CheckConstraint(condition=models.Q(('role__in', ['organiser', 'desk', 'door'])), name='staff_role_is_known')],
            },
        ),
        migrations.CreateModel(
            name='FormerStaff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_roles', to=settings.AUTH_USER_MODEL)),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_staff', to='conferences.conference')),
                ('ended_at', models.DateTimeField(verbose_name='ended')),
            ],
            options={
                'verbose_name': 'former staff',
                'verbose_name_plural': 'former staff',
                'ordering': ['-ended_at'],
                'constraints': [models.UniqueConstraint(fields=('user', 'conference'), name='one_former_role_per_user_and_conference')],
            },
        ),
    ]
