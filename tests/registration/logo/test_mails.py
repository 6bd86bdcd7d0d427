"""The logo at the head of mails, inside them: nothing is fetched, and nothing is stored with each of them."""

import base64

import pytest
from django.core.mail.message import SafeMIMEMultipart
from django.utils import timezone
from post_office.models import Email

from conferences.models import Role
from registration.logo.logos import remove_logo
from registration.mail.message import compose
from registration.mail.models import MailAttachment
from registration.mail.outbox import queue_copies, queue_mail
from registration.mail.stencil import Stencil
from registration.mail.wording import Words
from tests import factories
from tests.registration.logo.pictures import picture

pytestmark = pytest.mark.django_db

PICTURE = picture(size=(400, 100))


@pytest.fixture
def conference(conference):
    conference.name = "Pier & Sea"
    conference.save(update_fields=["name"])
    factories.logo(conference=conference, image=PICTURE, width=400, height=100)
    return conference


def told(conference):
    seat = factories.attendee(conference=conference)
    context = {
        "conference": conference,
        "name": "Ada",
        "offer": "Regular",
        "until": timezone.now(),
        "link": "http://x/",
    }
    return queue_mail(template="place_offered", to="ada@example.org", context=context | {"attendee": seat})


def copies(conference, count):
    seats = [factories.attendee(conference=conference) for _number in range(count)]
    stencil = Stencil("mailing", conference=conference, words=Words("Ahoy", "Ahoy {name}"))
    return queue_copies([(f"a{seat.pk}@example.org", stencil.cut(seat)) for seat in seats], conference=conference)


def images_of(message):
    return [part for part in message.message().walk() if part.get_content_maintype() == "image"]


def test_mail_shows_the_logo_that_goes_along_with_the_name_for_whoever_sees_no_pictures(conference):
    for mail in (told(conference), *copies(conference, 2)):
        tag = mail.html_message[mail.html_message.index("<img") :].split(">")[0]
        assert 'src="cid:logo.png"' in tag and 'alt="Pier &amp; Sea"' in tag
        assert 'width="160"' in tag and 'height="40"' in tag
        assert "http" not in tag
        (image,) = images_of(compose(mail))
        assert image.get_payload(decode=True) == PICTURE
        assert (image["Content-ID"], image["Content-Disposition"]) == ("<logo.png>", 'inline; filename="logo.png"')


def test_logo_is_stored_with_no_mail(conference):
    told(conference)
    copies(conference, 3)
    assert MailAttachment.objects.count() == 0
    for mail in Email.objects.all():
        assert mail.context == {
            "files": [
                {
                    "name": "logo.png",
                    "maker": "conference_logo",
                    "made_from": {"conference": conference.pk},
                    "mimetype": "image/png",
                }
            ]
        }


def test_mail_without_a_logo_is_as_it_was_and_one_whose_logo_was_removed_still_goes(conference):
    queued = told(conference)
    remove_logo(conference=conference)
    assert images_of(compose(queued)) == []
    without = told(conference)
    assert (without.context, "<img" in without.html_message) == (None, False)
    assert isinstance(compose(without).message(), SafeMIMEMultipart)


def test_previews_show_it_though_a_browser_knows_no_cid(client_as, client, conference):
    factories.attendee(conference=conference)
    shown = f'src="data:image/png;base64,{base64.b64encode(PICTURE).decode()}"'
    organiser = client_as(Role.ORGANISER)
    mailing = organiser.post(f"/staff/{conference.slug}/attendees/mail/preview/", {"subject": "Ahoy", "text": "Ahoy"})
    client.force_login(factories.superuser())
    given = {"conference": conference.pk, "kind": "ticket", "subject": "", "text": ""}
    for frame in (mailing, client.post("/admin/registration/mailtext/preview/", given)):
        html = frame.content.decode()
        assert shown in html and "cid:logo" not in html
        assert "img-src data:" in frame["Content-Security-Policy"]
