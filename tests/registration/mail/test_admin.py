import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from post_office.models import STATUS, Email, Log

from registration.mail.kinds import KINDS
from registration.mail.models import MailText
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


def test_list_of_texts_shows_all_mails_and_whose_words_are_in_use(admin, conference):
    path = reverse("admin:registration_mailtext_changelist")
    own = MailText.objects.create(conference=conference, kind="ticket", subject="Ahoy {name}", text="Ahoy")

    def rows(path):
        table = admin.get(path).content.decode().partition('id="kinds"')[2]
        return [" ".join(row.split()) for row in table.split("<tr>")[2:]]

    found = rows(path)
    assert len(found) == len(KINDS)
    change, add = (
        reverse("admin:registration_mailtext_change", args=[own.pk]),
        reverse("admin:registration_mailtext_add"),
    )
    assert f'<td>Ahoy {{name}}</td><td><a href="{change}">Own words</a></td>' in found[0]
    assert f'<td>Default · <a href="{add}?kind=ticket_changed&amp;conference={conference.pk}"' in found[1]
    assert (
        admin.get(f"{add}?kind=ticket_changed&conference={conference.pk}").context["adminform"].form["kind"].value()
        == "ticket_changed"
    )
    # With two conferences it is not said whose words count until one is chosen.
    other = factories.conference()
    assert (
        f'<td>Your ticket for {{conference}}</td><td><a href="{change}">{conference}</a> · <a href="{add}?kind=ticket"'
        in rows(path)[0]
    )
    assert "Ahoy" not in rows(f"{path}?conference__id__exact={other.pk}")[0]
    assert "Ahoy" in rows(f"{path}?conference__id__exact={conference.pk}")[0]
