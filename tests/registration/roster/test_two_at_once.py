"""A page of a person that was opened before somebody else changed the ticket: it says so, overwrites nothing, loses nothing."""

import pytest
from django.utils import timezone
from post_office.models import Email

from conferences.models import Role
from registration.attendee.models import AttendeeState
from registration.changes.naming import correct_seat
from registration.changes.transfer import transfer_ticket
from tests import factories
from tests.registration.roster.lists import as_shown
from tests.registration.roster.test_pages import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client_as):
    return client_as(Role.DESK)


@pytest.fixture
def seat(conference):
    return factories.order(conference=conference).attendees.get()


def given_away(seat):
    transfer_ticket(
        attendee=seat, code=seat.access_code, name="Bob", email="bob@example.org", by=factories.user(),
        now=timezone.now(), is_staff=True, reason="ill",
    )  # fmt: skip
    Email.objects.all().delete()


def test_correction_of_who_had_the_ticket_before_is_refused(desk, conference, seat):
    form = as_shown(seat) | {"correct-name": "Ada Byron", "correct-reason": "misspelt"}
    given_away(seat)
    seat.refresh_from_db()
    code = seat.access_code
    answer = desk.post(page_of(conference, seat, "correct/"), form)
    seat.refresh_from_db()
    assert (answer.status_code, seat.name, seat.email, seat.access_code) == (422, "Bob", "bob@example.org", code)
    assert "and now says: Bob, bob@example.org." in answer.content.decode()
    assert not Email.objects.exists()
    # What was written is still there; what was not is what is there now, so that sending it again moves no ticket.
    again = answer.context["forms"]["correct"]
    assert (again["name"].value(), again["email"].value(), again["reason"].value()) == (
        "Ada Byron", "bob@example.org", "misspelt",
    )  # fmt: skip
    form |= {f"correct-{name}": again[name].value() for name in ("email", "was_name", "was_email")}
    assert desk.post(page_of(conference, seat, "correct/"), form).status_code == 302
    seat.refresh_from_db()
    assert (seat.name, seat.email, seat.access_code) == ("Ada Byron", "bob@example.org", code)


def test_of_two_corrections_of_one_name_the_second_reads_the_first(desk, conference, seat):
    given_away(seat)
    seat.refresh_from_db()
    form = as_shown(seat) | {"correct-email": "new@example.org", "correct-reason": "moved"}
    correct_seat(attendee=seat, name="Ada Byron", email=seat.email, by=None, now=timezone.now())
    answer = desk.post(page_of(conference, seat, "correct/"), form)
    again = answer.context["forms"]["correct"]
    assert (answer.status_code, again["name"].value(), again["email"].value()) == (422, "Ada Byron", "new@example.org")


def test_correction_sent_twice_is_saved_once(desk, conference, seat):
    form = as_shown(seat) | {"correct-name": "Ada Byron", "correct-reason": "misspelt"}
    assert [desk.post(page_of(conference, seat, "correct/"), form).status_code for _click in range(2)] == [302, 302]
    assert seat.order.events.filter(kind="named").count() == 1


@pytest.mark.parametrize("name", ["note", "block", "cancel"])
def test_what_is_written_of_one_person_is_not_saved_of_the_next(desk, conference, seat, name):
    form = as_shown(seat) | {"note-note": "has a guide dog", f"{name}-reason": "stays at home"}
    given_away(seat)
    path = page_of(conference, seat, f"{name}/")
    answer = desk.post(path, form)
    seat.refresh_from_db()
    assert (answer.status_code, seat.staff_note, seat.blocked_reason, seat.state) == (422, "", "", AttendeeState.VALID)
    assert "and now says: Bob, bob@example.org." in answer.content.decode()
    again = answer.context["forms"][name]
    assert again["note" if name == "note" else "reason"].value() in {"has a guide dog", "stays at home"}
    assert desk.post(path, form | {f"{name}-code": again["code"].value()}).status_code == 302


def noted(answer):
    again = answer.context["forms"]["note"]
    return {
        f"note-{name}": again[name].value() for name in again.fields if again[name].value() not in {None, False, ""}
    }


def test_of_two_notes_of_one_person_the_second_reads_the_first(desk, client_as, conference, seat):
    path = page_of(conference, seat, "note/")
    page = {one: one.get(page_of(conference, seat)) for one in (desk, client_as(Role.ORGANISER))}
    forms = [noted(answer) for answer in page.values()]
    first = forms[0] | {"note-note": "has a guide dog\r\nwaits outside", "note-needs_attention": "on"}
    assert desk.post(path, first).status_code == 302
    assert desk.post(path, first).status_code == 302  # the button pressed twice
    second = forms[1] | {"note-note": "came with a child"}
    answer = desk.post(path, second)
    text = " ".join(answer.content.decode().split())
    seat.refresh_from_db()
    assert (answer.status_code, seat.staff_note) == (422, "has a guide dog\nwaits outside")
    assert "It now says: has a guide dog waits outside. Needs attention at the door: yes." in text
    again = noted(answer)
    assert again["note-note"] == "came with a child"
    assert desk.post(path, again).status_code == 302
    seat.refresh_from_db()
    assert (seat.staff_note, seat.needs_attention) == ("came with a child", False)


def test_note_of_the_next_person_is_told_before_it_is_written_over(desk, conference, seat):
    form = as_shown(seat) | {"note-note": "has a guide dog"}
    given_away(seat)
    type(seat).objects.update(staff_note="pays the dinner")
    path = page_of(conference, seat, "note/")
    told = desk.post(path, form)
    assert "and now says: Bob, bob@example.org." in told.content.decode()
    assert "It now says: pays the dinner." in desk.post(path, noted(told)).content.decode()
    seat.refresh_from_db()
    assert seat.staff_note == "pays the dinner"
