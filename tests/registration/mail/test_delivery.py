import datetime as dt
import smtplib
import ssl

import pytest
from django.utils import timezone
from post_office.models import STATUS, Attachment, Email, Log

from registration.errors import RegistrationError
from registration.mail import delivery
from registration.mail.delivery import Postman, Result, claim_next, classify, forget_old_mails, record
from registration.mail.message import compose
from registration.mail.models import MailAttachment
from registration.mail.outbox import FileToMake, MailFile, queue_mail
from tests import factories

pytestmark = pytest.mark.django_db


def _mail(*, files=(), **changes) -> Email:
    conference = factories.conference()
    context = {"attendee": factories.attendee(conference=conference), "conference": conference}
    mail = queue_mail(template="ticket", to="ada@example.org", context=context, attachments=files)
    Email.objects.filter(pk=mail.pk).update(**changes)
    return Email.objects.get(pk=mail.pk)


def test_claim_next_gives_a_mail_to_one_worker_only():
    mail, now = _mail(), timezone.now()
    assert [claimed.pk for claimed in claim_next(now=now)] == [mail.pk]
    assert list(claim_next(now=now)) == []


@pytest.mark.both_databases
def test_claim_next_gives_it_again_when_the_lease_has_run_out():
    mail, now = _mail(), timezone.now()
    list(claim_next(now=now))
    assert [claimed.pk for claimed in claim_next(now=now + delivery.LEASE + dt.timedelta(seconds=5))] == [mail.pk]


def test_claim_next_takes_no_mail_that_was_claimed_since_it_was_read():
    mail = _mail()
    assert delivery._claim(Email.objects.get(pk=mail.pk))
    assert not delivery._claim(mail)


@pytest.mark.both_databases
def test_claim_next_takes_urgent_mails_first_and_leaves_what_is_done():
    ordinary, urgent = _mail(), _mail(priority=2)
    _mail(status=STATUS.sent), _mail(status=STATUS.failed), _mail(scheduled_time=timezone.now() + dt.timedelta(hours=1))
    assert [mail.pk for mail in claim_next(now=timezone.now())] == [urgent.pk, ordinary.pk]


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"no")}), Result.REFUSED),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (450, b"later")}), Result.PUT_OFF),
        (smtplib.SMTPRecipientsRefused({"a@b.c": (421, b"bye")}), Result.AWAY),
        (smtplib.SMTPDataError(554, b"no"), Result.REFUSED),
        (smtplib.SMTPDataError(451, b"later"), Result.PUT_OFF),
        (smtplib.SMTPDataError(421, b"bye"), Result.AWAY),
        (smtplib.SMTPSenderRefused(550, b"no", "a@b.c"), Result.REFUSED),
        (smtplib.SMTPSenderRefused(530, b"sign in first", "a@b.c"), Result.AWAY),
        (smtplib.SMTPSenderRefused(553, b"not your address", "a@b.c"), Result.AWAY),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), Result.AWAY),
        (smtplib.SMTPConnectError(554, b"no"), Result.AWAY),
        (smtplib.SMTPHeloError(501, b"no"), Result.AWAY),
        (smtplib.SMTPServerDisconnected(), Result.AWAY),
        (smtplib.SMTPNotSupportedError(), Result.AWAY),
        (ConnectionRefusedError(), Result.AWAY),
        (TimeoutError(), Result.AWAY),
        (ssl.SSLError(), Result.AWAY),
        (smtplib.SMTPException(), Result.PUT_OFF),
        (RuntimeError("a provider's own error"), Result.PUT_OFF),
    ],
)
def test_classify_tells_this_mail_from_the_server_and_for_good_from_for_now(error, result):
    assert classify(error) == result


def test_record_waits_longer_each_time_and_keeps_the_last_reason():
    mail, now = _mail(), timezone.now()
    waits = []
    for code in (451, 452, 450):
        record(mail, Result.PUT_OFF, smtplib.SMTPDataError(code, b"later"), now=now)
        mail.refresh_from_db()
        waits.append((mail.scheduled_time - now).total_seconds())
    assert (waits, mail.status, mail.number_of_retries) == ([5, 10, 20], STATUS.requeued, 3)
    assert [(log.exception_type, log.message[:4]) for log in Log.objects.all()] == [("SMTPDataError", "(450")]


@pytest.mark.both_databases
def test_record_gives_up_what_is_put_off_for_days_but_never_for_an_absent_server():
    now = timezone.now()
    long_ago = now - delivery.PUT_OFF_FOR - dt.timedelta(minutes=1)
    put_off, waiting = _mail(created=long_ago), _mail(created=long_ago)
    record(put_off, Result.PUT_OFF, smtplib.SMTPDataError(451, b"later"), now=now)
    record(waiting, Result.AWAY, ConnectionRefusedError(), now=now)
    put_off.refresh_from_db(), waiting.refresh_from_db()
    assert (put_off.status, waiting.status) == (STATUS.failed, STATUS.requeued)


@pytest.mark.both_databases
def test_mail_that_cannot_be_composed_fails_and_the_next_is_sent(settings, mailoutbox):
    settings.POST_OFFICE = {"BACKENDS": {"default": "django.core.mail.backends.locmem.EmailBackend"}}
    broken, good = _mail(headers={"X-Broken": "a\nb"}), _mail()
    assert Postman().send_due() == 1
    broken.refresh_from_db(), good.refresh_from_db()
    assert (broken.status, good.status, len(mailoutbox)) == (STATUS.failed, STATUS.sent, 1)
    assert broken.logs.get().exception_type == "BadHeaderError"


@pytest.mark.both_databases
def test_compose_shows_the_image_in_the_text_and_attaches_the_rest():
    mail = _mail(
        files=[MailFile("qr.png", b"\x89PNG", "image/png"), MailFile("ticket.ics", b"BEGIN:VCALENDAR", "text/calendar")]
    )
    message = compose(mail).message()
    assert [(part.get_content_type(), part["Content-ID"], part.get_filename()) for part in message.walk()] == [
        ("multipart/mixed", None, None),
        ("multipart/related", None, None),
        ("multipart/alternative", None, None),
        ("text/plain", None, None),
        ("text/html", None, None),
        ("image/png", "<qr.png>", "qr.png"),
        ("text/calendar", None, "ticket.ics"),
    ]
    assert (message["Message-ID"], message["Auto-Submitted"]) == (mail.message_id, "auto-generated")


def _attached(message) -> list[tuple[str, bytes]]:
    return [
        (part.get_filename(), part.get_payload(decode=True)) for part in message.message().walk() if part.get_filename()
    ]


def test_file_is_made_when_its_mail_is_sent_of_what_it_was_queued_with():
    mail = _mail(files=[FileToMake("ticket.pdf", "printer", {"seat": 7}, "application/pdf")])
    message = compose(mail, {"printer": lambda made_from: b"%PDF of " + str(made_from["seat"]).encode()})
    assert _attached(message) == [("ticket.pdf", b"%PDF of 7")]


def _not_made(_made_from):
    raise RegistrationError("not_made", "Ada's name is too long")


@pytest.mark.parametrize("makers", [{}, {"printer": _not_made}, {"printer": lambda _made_from: None}])
def test_mail_goes_without_a_file_that_nothing_makes(makers, caplog):
    mail = _mail(files=[FileToMake("ticket.pdf", "printer", {}, "application/pdf")])
    assert _attached(compose(mail, makers)) == []
    assert "Ada" not in caplog.text


@pytest.mark.both_databases
def test_forget_old_mails_leaves_nothing_of_them_and_keeps_what_waits():
    now = timezone.now()
    old = {"created": now - delivery.KEPT_FOR - dt.timedelta(minutes=1)}
    file = [MailFile("qr.png", b"secret", "image/png")]
    for status in (STATUS.sent, STATUS.failed):
        Log.objects.create(
            email=_mail(files=file, status=status, **old), status=STATUS.failed, message="ada@example.org"
        )
    kept = [_mail(files=file, status=STATUS.queued, **old), _mail(files=file, status=STATUS.sent)]
    assert forget_old_mails(now=now, batch=1) == 2
    assert list(Email.objects.order_by("pk")) == kept
    assert (Attachment.objects.count(), MailAttachment.objects.count(), Log.objects.count()) == (2, 2, 0)
    assert forget_old_mails(now=now) == 0
