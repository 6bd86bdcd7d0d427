import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from post_office.models import STATUS, Email, Log

from registration.mail.outbox import QueueBackend
from tests import factories

pytestmark = pytest.mark.django_db

LIST = "/admin/post_office/email/"


@pytest.fixture
def admin(client):
    client.force_login(factories.superuser())
    return client


def _mail(status, **fields) -> Email:
    QueueBackend().send_messages([EmailMessage("Your code", "<b>K7QD</b>", to=["ada@example.org"])])
    mail = Email.objects.latest("pk")
    Email.objects.filter(pk=mail.pk).update(status=status, **fields)
    if status == STATUS.failed:
        Log.objects.create(email=mail, status=STATUS.failed, message="550 no such mailbox")
    return mail


def test_mail_admin_says_what_failed_and_why(admin):
    mail = _mail(STATUS.failed)
    listed = admin.get(f"{LIST}?status__exact={STATUS.failed}").content.decode()
    assert "550 no such mailbox" in listed and "ada@example.org" in listed
    shown = admin.get(reverse("admin:post_office_email_change", args=[mail.pk])).content.decode()
    assert "&lt;b&gt;K7QD&lt;/b&gt;" in shown and "550 no such mailbox" in shown
    assert 'name="_save"' not in shown


def test_mail_admin_tries_again_what_failed_and_nothing_else(admin):
    failed, sent, waiting = _mail(STATUS.failed, number_of_retries=9), _mail(STATUS.sent), _mail(STATUS.requeued)
    data = {"action": "try_again", "_selected_action": [failed.pk, sent.pk, waiting.pk]}
    admin.post(LIST, data)
    assert list(Email.objects.order_by("pk").values_list("status", "number_of_retries")) == [
        (STATUS.queued, 0),
        (STATUS.sent, 0),
        (STATUS.requeued, 0),
    ]


def test_mail_admin_changes_and_deletes_nothing(admin):
    mail = _mail(STATUS.sent)
    assert admin.get(f"{LIST}add/").status_code == 403
    for page in ("change", "delete"):
        assert (
            admin.post(reverse(f"admin:post_office_email_{page}", args=[mail.pk]), {"post": "yes"}).status_code == 403
        )
    assert Email.objects.filter(pk=mail.pk).exists()


def test_mail_admin_needs_the_same_queries_for_one_and_three_mails(admin):

    counts = []
    for wanted in (1, 3):
        while Email.objects.count() < wanted:
            _mail(STATUS.failed)
        with CaptureQueriesContext(connection) as queries:
            admin.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]
