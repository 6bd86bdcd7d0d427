"""The pages on which an organiser writes to the people of the list, and finds what was written."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from post_office.models import STATUS, Email

from conferences.models import Role
from registration.attendee.models import AttendeeState
from registration.mail.models import MailText
from registration.mail.wording import Words
from registration.notices.mailing import queue_mailings, send_mailing
from registration.notices.models import Mailing
from tests import factories

pytestmark = pytest.mark.django_db

MAIL = {"subject": "The hall is heated", "text": "Hello {name},\r\n\r\nleave your coat at home."}


@pytest.fixture
def organiser(client_as):
    return client_as(Role.ORGANISER)


@pytest.fixture
def write(conference, organiser):
    """`write("send", mails=2, query="ticket=3")`: what comes of the form, and its page."""

    def write(*buttons, query="", **fields):
        data = MAIL | {"mailing_id": uuid.uuid4()} | dict.fromkeys(buttons, "") | fields
        return organiser.post(f"{reverse('mailing-write', args=[conference.slug])}?{query}", data)

    return write


def page_of(response):
    return " ".join(response.content.decode().split())


def facts(page):
    return [re.sub(r"<[^>]+>", "", fact).strip() for fact in re.findall(r"<dd[^>]*>(.*?)</dd>", page)]


def test_list_leads_to_a_mail_to_those_who_are_on_it(conference, organiser):
    kind = factories.ticket_type(conference=conference, name="Speaker <b>")
    speaker = factories.attendee(conference=conference, ticket_type=kind)
    factories.attendee(conference=conference)
    address = reverse("mailing-write", args=[conference.slug])
    found = f"ticket={kind.pk}&state=&door=out&q={speaker.name.lower().replace(' ', '+')}"
    for headers in ({}, {"HX-Request": "true"}):  # also after the filters have changed without a new page
        page = organiser.get(
            f"{reverse('attendees', args=[conference.slug])}?{found}", headers=headers
        ).content.decode()
        (link,) = re.findall(rf'href="({address}[^"]*)"', page)
        page = page_of(organiser.get(link.replace("&amp;", "&")))
        in_words = f"Ticket: Speaker &lt;b&gt;, found by “{speaker.name.lower()}”, At the door: Not in yet"
        assert facts(page) == [in_words, "1 person", "1 mail to one address"]
    assert f'formaction="{address}"' in organiser.get(reverse("attendees", args=[conference.slug])).content.decode()
    page = page_of(organiser.get(f"{address}?pk={speaker.pk}"))
    assert facts(page)[:2] == ["1 chosen person", "1 person"]
    assert f'<option value="{speaker.pk}" selected>' in page or f'<option value="{speaker.pk}">' in page


def test_page_says_who_gets_none_and_who_is_gone(conference, organiser):
    order = factories.order(conference=conference, seats=2)
    factories.attendee(conference=conference, user=factories.User.objects.create_placeholder(name="Kim"))
    factories.attendee(conference=conference, state=AttendeeState.CANCELLED)
    address = reverse("mailing-write", args=[conference.slug])
    page = page_of(organiser.get(address))
    assert facts(page) == [
        "Everybody",
        "4 people; one has no address and gets nothing",
        "3 mails to 2 addresses: who shares an address gets one each, since they read differently",
    ]
    (without,) = re.findall(r'name="back" formaction="(\?[^"]*)" formnovalidate>Leave them out', page)
    assert facts(page_of(organiser.post(address + without.replace("&amp;", "&"), MAIL | {"back": ""})))[:2] == [
        "State: All but cancelled and refunded",
        "3 people; one has no address and gets nothing",
    ]
    assert order.attendees.count() == 2


def test_it_begins_with_the_words_of_the_conference_in_its_language(conference, organiser):
    factories.attendee(conference=conference)
    conference.language = "de"
    conference.save()
    address = reverse("mailing-write", args=[conference.slug])
    assert "Hallo {name}," in organiser.get(address).content.decode()
    MailText.objects.create(conference=conference, kind="mailing", subject="Moin", text="Moin {name}")
    assert "Moin {name}" in organiser.get(address).content.decode()


def test_form_tells_at_the_field_what_is_wrong(conference, write):
    factories.attendee(conference=conference)
    answer = write(subject="", text="Hello {nmae}")
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "subject": ["This field is required."],
        "text": ["{nmae} is not known here. This mail knows {conference}, {dates}, {venue}, {name}, {ticket}."],
    }
    assert write(text="Hello {name},").context["form"].errors == {"text": ["Write what they should read."]}
    assert (Mailing.objects.count(), Email.objects.count()) == (0, 0)


def test_test_goes_to_oneself_alone_as_one_of_them_would_read_it(conference, organiser, write):
    one, other = (factories.attendee(conference=conference, name=name) for name in ("Ada", "Zoë"))
    page = page_of(write("test", person=other.pk))
    (mail,) = Email.objects.all()
    assert (mail.to, mail.subject) == ([organiser.user.email], "The hall is heated")
    assert mail.message.startswith("Hello Zoë,\n\nleave your coat at home.")
    assert f"A test is on its way to {organiser.user.email}" in page and "leave your coat" in page
    assert (Mailing.objects.count(), one.notices.count()) == (0, 0)


def test_review_sends_once_what_it_shows(conference, organiser, write):
    seats = [factories.attendee(conference=conference) for _number in range(2)]
    review = write()
    page = page_of(review)
    assert "Send 2 mails" in page and "cannot be taken back" in page
    again = dict(
        re.findall(
            r'<input type="hidden" name="(mailing_id|mails|subject|text)" value="([^"]*)"', review.content.decode()
        )
    )
    back = write("back", **again)
    assert (back.status_code, back.context["form"]["text"].value()) == (200, again["text"])
    answers = [write("send", **again) for _press in range(2)]
    made = Mailing.objects.get()
    assert {answer.url for answer in answers} == {reverse("mailing", args=[conference.slug, made.pk])}
    assert (made.audience, made.text, made.mails, made.made_by) == (
        "Everybody", "Hello {name},\n\nleave your coat at home.", 2, organiser.user,
    )  # fmt: skip
    queue_mailings(now=made.made_at)
    assert sorted(mail.to[0] for mail in Email.objects.all()) == sorted(seat.email for seat in seats)


def test_number_that_has_changed_is_asked_about_again_and_a_used_page_sends_nothing(conference, write):
    factories.attendee(conference=conference)
    used = uuid.uuid4()
    answer = write("send", mails=2, mailing_id=used)
    assert (answer.status_code, answer.context["mailing_id"]) == (422, used)
    assert "Somebody has come or gone meanwhile." in page_of(answer) and "Send 1 mail" in page_of(answer)
    write("send", mails=1, mailing_id=used)
    answer = write("send", mails=1, mailing_id=used, subject="Another one")
    assert answer.status_code == 422 and answer.context["mailing_id"] != used
    assert "sent nothing now" in page_of(answer)
    assert Mailing.objects.count() == 1


def test_who_was_searched_for_is_not_kept(conference, write):
    seat = factories.attendee(conference=conference)
    write("send", mails=1, query=f"q={seat.email}")
    assert Mailing.objects.get().audience == "found by a search"


def test_nobody_to_mail(conference, organiser, write):
    factories.attendee(conference=conference, user=factories.User.objects.create_placeholder(name="Kim"))
    page = page_of(organiser.get(reverse("mailing-write", args=[conference.slug])))
    assert "Nobody of them has an address that can be mailed." in page and 'id="mailing"' not in page
    assert write("send", mails=0).status_code == 422
    shown = organiser.post(reverse("mailing-preview", args=[conference.slug]), MAIL)
    assert "Nobody of them" in shown.content.decode()


def test_preview_is_locked_into_its_frame_and_shows_whatever_is_written(conference, organiser):
    seat = factories.attendee(conference=conference, name="Ada <script>")
    address = reverse("mailing-preview", args=[conference.slug])
    shown = organiser.post(address, {"subject": "{name}", "text": "Hi {name} {nobody}", "person": seat.pk})
    html = shown.content.decode()
    assert "Hi <bdi>Ada &lt;script&gt;</bdi> {nobody}" in html and "<strong>Ada &lt;script&gt;</strong>" in html
    assert html.startswith("<!DOCTYPE html>") and "<script" not in html
    assert shown["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert (shown["X-Frame-Options"], "frame-ancestors 'self'" in shown["Content-Security-Policy"]) == (
        "SAMEORIGIN",
        True,
    )
    other = factories.attendee(conference=factories.conference(), name="Elsewhere")
    assert "Elsewhere" not in organiser.post(address, {"text": "{name}", "person": other.pk}).content.decode()
    page = organiser.get(reverse("mailing-write", args=[conference.slug]))
    assert "frame-src 'self'" in page["Content-Security-Policy"]


def test_log_tells_who_sent_what_to_whom_and_what_became_of_it(conference, organiser, write):
    for _number in range(3):
        factories.attendee(conference=conference)
    write("send", mails=3, subject="<i>Doors</i>")
    listed = page_of(organiser.get(reverse("mailings", args=[conference.slug])))
    made = Mailing.objects.get()
    for said in ("&lt;i&gt;Doors&lt;/i&gt;", "Everybody", organiser.user.name, "On its way"):
        assert said in listed
    queue_mailings(now=made.made_at)
    address = reverse("mailing", args=[conference.slug, made.pk])
    page = page_of(organiser.get(address))
    assert facts(page)[:4] == ["3", "3", "0", "0"]  # mails, in the queue, sent, not sent
    assert "every 2s" in page and "leave your coat" in page
    first, second, third = Email.objects.order_by("pk")
    Email.objects.filter(pk__in=[first.pk, second.pk]).update(status=STATUS.sent)
    Email.objects.filter(pk=third.pk).update(status=STATUS.failed)
    third.logs.create(status=STATUS.failed, message="550 <no> such mailbox")
    part = page_of(organiser.get(address, headers={"HX-Request": "true"}))
    assert part.startswith('<div id="delivery"') and "every 2s" not in part
    assert facts(part) == ["3", "0", "2", "1"]
    assert "One not sent" in part and f"{third.to[0]}</bdi>" in part and "550 &lt;no&gt; such mailbox" in part
    assert "One not sent" in page_of(organiser.get(reverse("mailings", args=[conference.slug])))


def test_empty_log_says_what_will_be_there(conference, organiser):
    assert "Nothing has been mailed to many yet." in page_of(organiser.get(reverse("mailings", args=[conference.slug])))


def test_pages_ask_the_same_for_few_and_for_many(conference, organiser, write):
    asked = []
    for more in (1, 3):
        for _number in range(more):
            order = factories.order(conference=conference, seats=2)
            made = send_mailing(
                mailing_id=uuid.uuid4(), conference=conference, seats=order.attendees.all(), audience="", mails=1,
                words=Words("Hi", "Hi"), by=factories.user(), now=order.created_at,
            )  # fmt: skip
        queue_mailings(now=order.created_at)
        Email.objects.update(status=STATUS.failed)
        counts = []
        for ask in (
            lambda: organiser.get(reverse("mailing-write", args=[conference.slug])),
            write,
            lambda: organiser.post(reverse("mailing-preview", args=[conference.slug]), MAIL),
            lambda: organiser.get(reverse("mailings", args=[conference.slug])),
            lambda made=made: organiser.get(reverse("mailing", args=[conference.slug, made.pk])),
        ):
            ask()
            with CaptureQueriesContext(connection) as queries:
                assert ask().status_code == 200
            counts.append(len(queries))
        asked.append(counts)
    assert asked[0] == asked[1]
