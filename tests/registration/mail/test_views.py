import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from post_office.models import Email

from registration.mail.outbox import MailFile, QueueBackend, queue_mail
from tests import factories
from tests.settings import settings_in

pytestmark = pytest.mark.django_db

KEY = {"SECRET_KEY": "only-for-tests-" * 4}


@pytest.fixture
def mail(conference):
    context = {"attendee": factories.attendee(conference=conference), "conference": conference}
    return queue_mail(
        template="ticket",
        to="ada@example.org",
        context=context,
        attachments=[MailFile("qr.png", b"\x89PNG", "image/png")],
    )


def test_outbox_shows_the_newest_first_with_code_and_links_to_click(client, mail):
    body = "Hello\n\nK7QD-4XTB\n\nhttps://example.org/next?a=1&b=2 <script>alert(1)</script>"
    QueueBackend().send_messages([EmailMessage("Your <b>code</b>", body, to=["new@example.org"])])
    page = client.get("/outbox/").content.decode()
    assert page.index("new@example.org") < page.index("ada@example.org")
    assert '<span class="code">K7QD-4XTB</span>' in page
    assert 'href="https://example.org/next?a=1&amp;b=2"' in page
    assert "<script>alert" not in page and "<b>code" not in page


def test_outbox_answers_htmx_only_when_something_is_new(client, mail):
    ask = {"HTTP_HX_REQUEST": "true"}
    assert client.get(f"/outbox/?after={mail.pk}", **ask).status_code == 204
    fresh = client.get("/outbox/?after=0", **ask).content.decode()
    assert fresh.startswith('<div id="mails"') and f"after={mail.pk}" in fresh


def test_outbox_shows_the_html_with_its_image_in_place(client, mail):
    html = client.get(f"/outbox/{mail.pk}/").content.decode()
    assert 'src="data:image/png;base64,iVBORw=="' in html and "cid:" not in html


def test_outbox_needs_the_same_queries_for_one_and_three_mails(client, mail, django_assert_num_queries):
    for count in (1, 3):
        while Email.objects.count() < count:
            QueueBackend().send_messages([EmailMessage("s", "b", to=["a@example.org"])])
        with django_assert_num_queries(1):
            client.get("/outbox/")


@pytest.mark.parametrize("path", ["/outbox/", "/outbox/{pk}/"])
def test_outbox_is_not_there_when_the_site_sends_its_mails(client, mail, settings, path):
    settings.KEEPS_MAILS = False
    assert client.get(path.format(pk=mail.pk)).status_code == 404


def setting(name, environ, *, refusal):
    """Or "refused", where the site does not start for that reason."""
    try:
        return settings_in(KEY | environ)[name]
    except ImproperlyConfigured as error:
        assert refusal in str(error)
        return "refused"


@pytest.mark.parametrize(
    ("site_url", "email_url", "kept"),
    [
        ("http://127.0.0.1:8000", "", True),
        ("http://localhost:8000", "", True),
        ("http://localhost:8000", "smtp://localhost:25", False),
        ("https://tickets.example.org", "smtp://localhost:25", False),
        ("http://192.168.1.7:8000", "smtp://localhost:25", False),
        ("https://tickets.example.org", "", "refused"),
        ("http://192.168.1.7:8000", "", "refused"),
        ("http://localhost.example.org", "", "refused"),
    ],
)
def test_mails_are_kept_and_shown_on_a_loopback_address_only(site_url, email_url, kept):
    given = {"SITE_URL": site_url, "EMAIL_URL": email_url, "DEFAULT_FROM_EMAIL": "Tide <t@example.org>"}
    assert setting("KEEPS_MAILS", given, refusal="EMAIL_URL is not set") == kept


@pytest.mark.parametrize(
    ("environment", "sender"),
    [
        ({"SITE_URL": "http://127.0.0.1:8000"}, "Lanyard <no-reply@localhost>"),
        ({"SITE_URL": "https://tickets.example.org"}, "Lanyard <no-reply@tickets.example.org>"),
        ({"SITE_URL": "http://192.168.1.7:8000", "DEFAULT_FROM_EMAIL": "Tide <t@example.org>"}, "Tide <t@example.org>"),
        ({"SITE_URL": "https://tickets.example.org", "DEFAULT_FROM_EMAIL": "nonsense"}, "refused"),
        ({"SITE_URL": "http://192.168.1.7:8000"}, "refused"),
    ],
)
def test_site_starts_with_a_sender_that_mails_can_have_and_with_no_other(environment, sender):
    given = {"EMAIL_URL": "smtp://localhost:25"} | environment
    assert setting("DEFAULT_FROM_EMAIL", given, refusal="DEFAULT_FROM_EMAIL must be") == sender
