"""The words of mails: defaults, a conference's own, and everything that somebody might put into braces."""

from __future__ import annotations

import datetime as dt
import re
import string
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.template.loader import select_template
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from registration.mail.filling import check_words
from registration.mail.kinds import KINDS
from registration.mail.models import MailText
from registration.mail.outbox import queue_mail
from registration.mail.preview import preview_mail, sample_context
from registration.mail.wording import Words, default_words, render_mail, words_as_html
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)


def own(conference, kind="ticket", subject="Hello {name}", text="Welcome, {name}\n\nto {conference}.") -> MailText:
    made = MailText(conference=conference, kind=kind, subject=subject, text=text)
    made.full_clean()
    made.save()
    return made


def ticket_mail(conference, name="Ada Lovelace"):
    seat = factories.attendee(conference=conference, name=name)
    return queue_mail(template="ticket", to="ada@example.org", context={"attendee": seat, "conference": conference})


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_has_words_that_pass_its_own_check_and_is_text_and_html(kind, conference):
    conference.contact_email, conference.venue = "hello@tidewater.example", "De Loods"
    words = default_words(kind, conference)
    check_words(words.subject, kind), check_words(words.text, kind)
    mail = preview_mail(kind=kind, conference=conference, words=words, now=NOW)
    heading = mail.text.splitlines()[0]
    assert "{" not in mail.subject + mail.text
    assert "<h1" in mail.html and mail.html.count("<h1") == 1
    assert heading and conference.contact_email in mail.text and conference.contact_email in mail.html
    assert select_template([f"mail/{kind}.html"]) and "cid:" not in mail.html
    # No long word, address or ticket makes it wider than a phone.
    assert re.search(r'<main style="[^"]*overflow-wrap: ?anywhere', mail.html)


def test_nobody_is_asked_for_an_answer_that_reaches_nobody(conference):
    asking = {}
    for address in ("", "hello@tidewater.example"):
        conference.contact_email = address
        mails = {kind: render_mail(kind, sample_context(conference, now=NOW)) for kind in KINDS}
        found = {kind for kind, mail in mails.items() if "answer this mail" in mail.text}
        assert found == {kind for kind, mail in mails.items() if "answer this mail" in mail.html}
        asking[address] = found
    told = {kind for kind, said in KINDS.items() if said.answer}
    assert asking == {"": set(), "hello@tidewater.example": told} and "refund" in told


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_can_say_each_name_it_knows(kind, conference):
    conference.venue = "De Loods"
    all_names = " | ".join(f"{{{name}}}" for name in KINDS[kind].placeholders)
    mail = preview_mail(kind=kind, conference=conference, words=Words(all_names, all_names), now=NOW)
    said = mail.subject.split(" | ")
    assert (len(said), all(said), "{" in mail.subject) == (len(KINDS[kind].placeholders), True, False)
    assert set(sample_context(conference, now=NOW)) >= set(KINDS[kind].needs)


@pytest.mark.parametrize("kind", KINDS)
def test_own_words_are_in_the_text_and_in_the_html(kind, conference):
    mail = preview_mail(kind=kind, conference=conference, words=Words("Ahoy", "Ahoy\n\nBring a coat."), now=NOW)
    assert ["Bring a coat." in part for part in (mail.text, mail.html)] == [True, True]


@pytest.mark.both_databases
def test_conference_says_it_in_its_own_words_and_the_others_in_the_default(conference):
    own(conference)
    mail = ticket_mail(conference)
    seat = conference.attendees.get()
    assert mail.subject == "Hello Ada Lovelace"
    assert mail.message.startswith(f"Welcome, Ada Lovelace\n\nto {conference}.\n")
    # What no wording can lose.
    assert seat.access_code[:4] in mail.message and "cid:qr.png" in mail.html_message
    assert f"<bdi>{conference}</bdi>" in mail.html_message
    other = factories.conference()
    assert ticket_mail(other).subject == f"Your ticket for {other}"


def test_names_never_become_code_links_or_other_names(conference):
    own(conference, text="Hi {name}\n\nsee https://tidewater.example/ now")
    mail = ticket_mail(conference, name='{conference} {{ 7|add:1 }} <b onclick="x"> http://evil.example')
    assert "Hi {conference} {{ 7|add:1 }} <b" in mail.message
    assert "{conference} {{ 7|add:1 }} &lt;b" in mail.html_message
    assert 'href="https://tidewater.example/"' in mail.html_message
    assert 'href="http://evil.example' not in mail.html_message


@pytest.mark.parametrize(
    "words",
    [
        "{nobody}",
        "{reference}",
        "{{ settings.SECRET_KEY }}",
        "{name.__class__}",
        "{0}",
        "{}",
        "{% load x %}",
        "{name!r}",
    ],
)
def test_unknown_names_are_refused_with_those_that_are_known(words, conference):
    with pytest.raises(ValidationError) as refused:
        own(conference, text=f"Hello {words}")
    assert refused.value.message_dict == {
        "text": [f"{{{words.strip('{}').strip()}}} is not known here. This mail knows {{conference}}, {{dates}}, {{venue}}, {{name}}, {{ticket}}."]
    }  # fmt: skip
    assert not MailText.objects.exists()


def test_brace_without_another_is_refused_at_its_place(conference):
    for words in ("{name", "name}", "{{name}}", "{{ name }}", "{name}}", "}{", "{ {name}"):
        for field in ("subject", "text"):
            with pytest.raises(ValidationError, match=r"A name stands in one pair, like \{conference\}") as refused:
                own(conference, **{field: f"Hello {words},"})
            assert list(refused.value.message_dict) == [field], words
    with pytest.raises(ValidationError, match=r"at “\{name, dear”"):
        check_words("Hello {name, dear", "ticket")


@given(text=st.text(alphabet=string.printable + "{}<>&\"'é", max_size=200))
def test_any_words_are_shown_as_they_were_typed(text):
    context = {"attendee": SimpleNamespace(name="Ada", ticket_type=None), "conference": None}
    safe = text.replace("{", "(").replace("}", ")")
    html = words_as_html(safe, "ticket", context)
    assert "<script" not in html.lower()
    assert html.count("<h1>") == (1 if safe.strip() else 0)


def test_one_row_for_each_kind_of_a_conference(conference):
    own(conference)
    with pytest.raises(ValidationError, match="own words for this mail already"):
        own(conference)


# --- Admin ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def admin(client):
    client.force_login(factories.superuser())
    return client


PREVIEW = "/admin/registration/mailtext/preview/"


def test_admin_saves_words_and_refuses_unknown_names(admin, conference):
    page = admin.get(reverse("admin:registration_mailtext_add"))
    assert 'id="mail-defaults"' in page.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    data = {"conference": conference.pk, "kind": "day_before", "subject": "Tomorrow!", "text": "Hello {nme}"}
    refused = admin.post(reverse("admin:registration_mailtext_add"), data)
    assert "{nme} is not known here." in refused.content.decode()
    admin.post(reverse("admin:registration_mailtext_add"), data | {"text": "Hello {name}"})
    kept = MailText.objects.get()
    assert (kept.kind, kept.text) == ("day_before", "Hello {name}")
    listed = admin.get(reverse("admin:registration_mailtext_changelist")).content.decode()
    assert "Ticket: the day before" in listed
    data = {"kind": "day_before", "subject": "Soon!", "text": "Hello {name}"}
    admin.post(reverse("admin:registration_mailtext_change", args=[kept.pk]), data)
    kept.refresh_from_db()
    assert (kept.subject, kept.conference) == ("Soon!", conference)


def test_preview_shows_what_is_being_written_locked_into_its_frame(admin, conference):
    data = {"conference": conference.pk, "kind": "ticket", "subject": "S {conference}", "text": "Half {na <b>"}
    shown = admin.post(PREVIEW, data)
    body = shown.content.decode()
    assert f"S {conference}" in body and "Half {na &lt;b&gt;" in body and "Ada Lovelace" in body
    assert shown["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert (shown["X-Frame-Options"], MailText.objects.count()) == ("SAMEORIGIN", 0)
    # Nothing written yet: the default.
    empty = admin.post(PREVIEW, data | {"subject": "", "text": ""}).content.decode()
    assert f"Your ticket for {conference}" in empty
    assert "Choose a conference" in admin.post(PREVIEW, {"kind": "ticket"}).content.decode()


def test_preview_is_for_those_who_may_see_the_words(client, conference):
    client.force_login(factories.user(is_staff=True))
    assert client.post(PREVIEW, {"conference": conference.pk, "kind": "ticket"}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_queries_for_any_number(admin, rows, django_assert_num_queries):
    for _row in range(rows):
        own(factories.conference())
    with django_assert_num_queries(7):  # five of the list, two of what is below it
        admin.get(reverse("admin:registration_mailtext_changelist"))


def test_mail_says_times_of_the_conference(conference):
    conference.timezone = "Asia/Tokyo"
    context = sample_context(conference, now=timezone.now()) | {"until": dt.datetime(2027, 3, 1, 20, 0, tzinfo=dt.UTC)}
    mail = queue_mail(template="place_offered", to="ada@example.org", context=context)
    assert "by Tuesday 2 March 2027, 05:00" in mail.message
