from __future__ import annotations

import re
import uuid

import pypdfium2
import pytest
from django.urls import reverse

from conferences.models import Role
from registration.attendee.models import AttendeeState
from registration.badge.models import BadgePrint
from registration.typesetting import process
from tests import factories
from tests.registration.badge.pages import sizes, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(conference):
    return factories.ticket_type(conference=conference, name="Regular")


@pytest.fixture
def people(conference, kind):
    """Five of them, the first with a badge."""
    seats = [
        factories.attendee(conference=conference, user=factories.user(name=f"{name} Person"), ticket_type=kind)
        for name in ("Ada", "Bob", "Cleo", "Dan", "Eve")
    ]
    factories.badge_print(attendee=seats[0], format="a4", printed_by_name="Dora Desk")
    return seats


@pytest.fixture
def desk(client_as):
    return client_as(Role.DESK)


def address(name, conference, *args):
    return reverse(name, args=[conference.slug, *args])


def make(client, conference, **fields):
    fields = {"request_id": uuid.uuid4(), "format": "a4", "who": "new"} | fields
    return client.post(address("badges-sheets", conference), fields)


def pdf_of(response):
    return pypdfium2.PdfDocument(b"".join(response.streaming_content))


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_page_offers_who_has_no_badge_first(conference, people, desk):
    page = desk.get(address("badges", conference))
    assert "5 people expected, 4 without a badge" in words(page)
    assert "4 badges on 1 page" in words(page)
    assert address("badges-preview", conference, people[1].pk, "a4") in page.content.decode()
    assert "1 badge A4, four badges, Dora Desk" in words(page)


def test_htmx_gets_the_chosen_alone(conference, people, desk):
    part = desk.get(
        address("badges", conference), {"who": "all", "format": "62x100", "show": "5"}, headers={"HX-Request": "true"}
    )
    assert part.content.decode().strip().startswith('<div id="chosen"')
    assert "5 badges on 5 pages" in words(part)
    assert address("badges-preview", conference, people[4].pk, "62x100") in part.content.decode()


@pytest.mark.parametrize("asked", ["0", "-1", "10000000000", "abc", "²"])
def test_odd_numbers_show_the_first_or_last(conference, people, desk, asked):
    for name in ("show", "part"):
        assert desk.get(address("badges", conference), {name: asked}).status_code == 200


def test_page_asks_the_same_for_few_and_many(conference, people, desk, django_assert_num_queries):
    desk.get(address("badges", conference))
    for _number in range(2):
        with django_assert_num_queries(14):
            desk.get(address("badges", conference))
        factories.badge_print(attendee=people[1])


def test_sheet_holds_who_was_chosen_and_is_recorded(conference, people, desk, kind):
    other = factories.ticket_type(conference=conference)
    factories.attendee(conference=conference, user=factories.user(name="Somebody Else"), ticket_type=other)
    answer = make(desk, conference, ticket=kind.pk)
    assert (answer["Content-Type"], answer["Cache-Control"]) == (
        "application/pdf", "max-age=0, no-cache, no-store, must-revalidate, private",
    )  # fmt: skip
    assert re.fullmatch(rf'attachment; filename="{conference.slug}-badges-a4-.*\.pdf"', answer["Content-Disposition"])
    document = pdf_of(answer)
    assert (len(document), sizes(document)) == (1, {(210.0, 297.0)})
    text = text_of(document[0])
    assert [name for name in ("Ada", "Bob", "Cleo", "Dan", "Eve", "Somebody") if name in text] == [
        "Bob",
        "Cleo",
        "Dan",
        "Eve",
    ]
    rows = BadgePrint.objects.filter(printed_by=desk.user)
    assert sorted(rows.values_list("name", "format", "printed_by_name")) == [
        (seat.name, "a4", desk.user.name) for seat in people[1:]
    ]


def test_sheet_of_those_selected_prints_them_again(conference, people, desk):
    cancelled = factories.attendee(conference=conference, state=AttendeeState.CANCELLED)
    answer = make(desk, conference, pk=[people[0].pk, people[2].pk, cancelled.pk], format="62x100")
    assert [text_of(page).split()[2] for page in pdf_of(answer)] == ["Ada", "Cleo"]
    assert BadgePrint.objects.filter(attendee=people[0]).count() == 2


def test_badges_of_those_selected_and_of_one_person_are_a_button_away(conference, people, client_as):
    organiser, badges = client_as(Role.ORGANISER), address("badges", conference)
    assert f'formaction="{badges}"' in organiser.get(address("attendees", conference)).content.decode()
    one = f"{badges}?pk={people[0].pk}"
    assert f'href="{one}"' in organiser.get(address("attendee", conference, people[0].pk)).content.decode()
    assert "The one person you selected." in words(organiser.get(one))


def test_same_request_is_the_same_file_and_counted_once(conference, people, desk):
    request_id = uuid.uuid4()
    pages = [len(pdf_of(make(desk, conference, request_id=request_id, format="62x100"))) for _try in range(2)]
    assert (pages, BadgePrint.objects.filter(request_id=request_id).count()) == ([4, 4], 4)


def test_nobody_chosen_is_said(conference, people, desk):
    make(desk, conference)
    page = make(desk, conference)
    assert (page.status_code, "There is nobody to print a badge for." in words(page)) == (422, True)
    script = desk.post(
        address("badges-sheets", conference), {"request_id": uuid.uuid4()}, headers={"Accept": "application/json"}
    )
    assert (script.status_code, script.json()["error"]) == (422, "nobody")
    assert "Every badge is printed" in words(desk.get(address("badges", conference)))


def test_nothing_is_recorded_when_the_file_could_not_be_made(conference, people, desk, monkeypatch):
    monkeypatch.setattr(process, "_SECONDS", 0.001)
    assert make(desk, conference).status_code == 422
    assert BadgePrint.objects.count() == 1


def test_page_of_an_empty_conference_says_so(conference, desk):
    assert "Nobody has registered yet" in words(desk.get(address("badges", conference)))


def test_preview_is_one_badge_and_no_print(conference, people, desk):
    image = desk.get(address("badges-preview", conference, people[1].pk, "letter-fold"))
    assert (image["Content-Type"], image["Cache-Control"]) == (
        "image/svg+xml", "max-age=0, no-cache, no-store, must-revalidate, private",
    )  # fmt: skip
    assert b"".join(image.streaming_content).startswith(b'<svg viewBox="0 0 288 360"')
    assert BadgePrint.objects.count() == 1
    for pk, badge_format in ((people[1].pk, "a5"), (10**9, "a4")):
        assert desk.get(address("badges-preview", conference, pk, badge_format)).status_code == 404
    elsewhere = factories.attendee(conference=factories.conference())
    assert desk.get(address("badges-preview", conference, elsewhere.pk, "a4")).status_code == 404
