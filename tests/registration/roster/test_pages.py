"""The list, one person and the import as pages: what they show, to whom, and at what cost."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from conferences.models import Role
from registration.attendee.models import Attendee, AttendeeState, RetiredCode
from registration.checkin.admission import check_in
from registration.checkin.models import Checkpoint, Scan, Verdict
from registration.roster.people import PER_PAGE
from tests import factories
from tests.registration.checkin.test_admission import scan
from tests.registration.roster.lists import as_shown, load, person, pretix

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client_as):
    return client_as(Role.DESK)


@pytest.fixture
def organiser(client_as):
    return client_as(Role.ORGANISER)


def shown(client, conference, **query):
    response = client.get(f"/staff/{conference.slug}/attendees/", query)
    assert response.status_code == 200
    return [row.seat.name for row in response.context["rows"]]


@pytest.fixture
def people(conference):
    """One of each condition, by the name of it."""
    kind = factories.ticket_type(conference=conference, name="Special")
    made = {}
    for name, fields in {
        "valid": {}, "in": {"checked_in_at": timezone.now()}, "blocked": {"blocked_reason": "stolen"},
        "cancelled": {"state": AttendeeState.CANCELLED}, "refunded": {"state": AttendeeState.REFUNDED},
        "incomplete": {"completed_registration": False}, "special": {"ticket_type": kind},
        "flagged": {"needs_attention": True},
    }.items():  # fmt: skip
        made[name] = factories.attendee(conference=conference, user=factories.user(name=name), **fields)
    order = factories.order(conference=conference, total="79.00", status="pending", user=factories.user(name="unpaid"))
    made["unpaid"] = order.attendees.get()
    factories.attendee(conference=factories.conference(), user=factories.user(name="elsewhere"))
    made["special"].refresh_from_db()
    return made


def test_list_shows_everybody_here_by_name(desk, conference, people):
    assert shown(desk, conference) == sorted(people)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"state": "valid"}, ["flagged", "in", "special", "valid"]),
        ({"state": "unpaid"}, ["unpaid"]),
        ({"state": "incomplete"}, ["incomplete"]),
        ({"state": "blocked"}, ["blocked"]),
        ({"state": "cancelled"}, ["cancelled"]),
        ({"state": "refunded"}, ["refunded"]),
        ({"state": "attention"}, ["flagged"]),
        ({"door": "in"}, ["in"]),
        ({"door": "out"}, ["blocked", "flagged", "incomplete", "special", "unpaid", "valid"]),
        ({"q": "cial"}, ["special"]),
        ({"q": "unpaid", "state": "valid"}, []),
        ({"state": "nonsense", "ticket": "x", "door": "'", "sort": "%00"}, None),
    ],
)
def test_list_is_filtered(desk, conference, people, query, names):
    assert shown(desk, conference, **query) == (sorted(people) if names is None else names)


def test_list_is_filtered_by_ticket_and_sorted(desk, conference, people):
    assert shown(desk, conference, ticket=people["special"].ticket_type_id) == ["special"]
    assert shown(desk, conference, sort="-name") == sorted(people, reverse=True)
    assert shown(desk, conference, sort="-new")[0] == "unpaid"
    assert shown(desk, conference, sort="-in")[0] == "in"


@pytest.mark.parametrize("page", ["0", "-1", "abc", "1", "", "1e9", "²", "9" * 40])
def test_page_that_is_no_number_is_the_first(desk, conference, people, page):
    assert shown(desk, conference, page=page) == sorted(people)


def test_pages_follow_each_other_and_the_last_one_stands_for_all_beyond(desk, conference):
    load(conference, *(person(number) for number in range(PER_PAGE + 2)))
    first, second = (shown(desk, conference, page=page) for page in ("1", "2"))
    assert (len(first), len(second)) == (PER_PAGE, 2)
    assert len({*first, *second}) == PER_PAGE + 2
    assert shown(desk, conference, page="1000000000") == second


def test_list_costs_the_same_for_one_and_for_many(desk, conference, django_assert_num_queries):
    for rows in (1, 3):
        load(conference, *(person(10 * rows + number, Paid="No") for number in range(rows)))
        desk.get("/me/")
        with django_assert_num_queries(9):
            desk.get(f"/staff/{conference.slug}/attendees/")


def test_htmx_gets_the_list_alone(desk, conference, people):
    response = desk.get(f"/staff/{conference.slug}/attendees/", {"q": "special"}, headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="people"')
    assert "HX-Request" in response["Vary"]


def test_desk_is_offered_no_export_and_no_import(desk, organiser, conference, people):
    for client, offered in ((desk, False), (organiser, True)):
        text = client.get(f"/staff/{conference.slug}/attendees/").content.decode()
        assert ("export.csv" in text, "/import/" in text, 'name="pk"' in text) == (offered,) * 3


def test_only_selected_people_are_exported_and_none_of_elsewhere(organiser, conference, people):
    other = Attendee.objects.get(name="elsewhere")
    keys = [people["in"].pk, other.pk, "x"]
    response = organiser.get(f"/staff/{conference.slug}/attendees/export.csv", {"pk": keys})
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["in"]


def page_of(conference, seat, action=""):
    return f"/staff/{conference.slug}/attendees/{seat.pk}/{action}"


def test_person_shows_what_happened(desk, conference):
    load(conference, person(1, Comment="brings a dog"))
    seat = Attendee.objects.get()
    first, second = scan(conference, seat.access_code), scan(conference, seat.access_code)
    text = desk.get(page_of(conference, seat)).content.decode()
    for part in ("Person 1", "person1@example.org", "brings a dog", person(1)["Secret"], "ORD1", "Refused: already in"):
        assert part in text
    assert [event.undo for event in desk.get(page_of(conference, seat)).context["events"]] == [
        None, first.scan.pk, None
    ]  # fmt: skip
    assert second.verdict == Verdict.ALREADY_ADMITTED


def test_person_shows_which_tablet_scanned_and_who_was_at_it(desk, conference):
    seat = factories.attendee(conference=conference)
    tablet = factories.tablet(conference=conference, name="Tablet 2")
    scan(conference, seat.access_code, tablet=tablet, by_name="Jonas")
    assert "Main entrance, Tablet 2, Jonas, typed" in desk.get(page_of(conference, seat)).content.decode()


def test_person_costs_the_same_for_one_scan_and_for_many(desk, conference, django_assert_num_queries):
    load(conference, person(1))
    seat = Attendee.objects.get()
    for scans in (1, 3):
        for _scan in range(scans):
            scan(conference, seat.access_code, by=factories.user())
        with django_assert_num_queries(10):
            desk.get(page_of(conference, seat))


def test_person_of_another_conference_is_not_there(desk, conference):
    other = factories.attendee(conference=factories.conference())
    for action in ("", "correct/", "cancel/"):
        path = page_of(conference, other, action)
        assert (desk.post(path) if action else desk.get(path)).status_code == 404


def test_correction_is_saved_and_found(desk, conference):
    load(conference, person(1))
    seat = Attendee.objects.get()
    answer = desk.post(
        page_of(conference, seat, "correct/"),
        as_shown(seat)
        | {"correct-name": " Anna  Neu ", "correct-email": "neu@example.org", "correct-reason": "married"},
    )
    seat.refresh_from_db()
    assert (answer.status_code, seat.name, seat.email) == (302, "Anna Neu", "neu@example.org")
    assert shown(desk, conference, q="neu@ anna") == ["Anna Neu"]


def test_email_of_an_account_is_not_corrected(desk, conference):
    seat = factories.attendee(conference=conference, user=factories.user(email="own@example.org"))
    form = {"correct-name": "New", "correct-email": "evil@example.org", "correct-reason": "asked"}
    desk.post(page_of(conference, seat, "correct/"), as_shown(seat) | form)
    seat.refresh_from_db()
    assert (seat.name, seat.email) == ("New", "own@example.org")


def test_note_and_attention_are_saved(desk, conference):
    seat = factories.attendee(conference=conference)
    desk.post(
        page_of(conference, seat, "note/"), as_shown(seat) | {"note-note": "guide dog", "note-needs_attention": "on"}
    )
    seat.refresh_from_db()
    assert (seat.staff_note, seat.needs_attention) == ("guide dog", True)


def test_block_and_unblock_reach_the_door(desk, conference):
    seat = factories.attendee(conference=conference)
    assert desk.post(page_of(conference, seat, "block/"), as_shown(seat) | {"block-reason": " "}).status_code == 422
    desk.post(page_of(conference, seat, "block/"), as_shown(seat) | {"block-reason": "stolen"})
    assert scan(conference, seat.access_code).verdict == Verdict.BLOCKED
    desk.post(page_of(conference, seat, "unblock/"))
    assert scan(conference, seat.access_code).verdict == Verdict.ADMITTED


def test_cancel_reaches_the_door_and_is_refused_twice(desk, conference):
    load(conference, person(1))
    seat = Attendee.objects.get()
    path = page_of(conference, seat, "cancel/")
    assert [desk.post(path, as_shown(seat) | {"cancel-reason": "asked to"}).status_code for _ in range(2)] == [302, 422]
    assert scan(conference, seat.access_code).verdict == Verdict.CANCELLED


def test_reissue_retires_every_code_until_now(desk, conference):
    load(conference, person(1))
    seat = Attendee.objects.get()
    scan(conference, seat.access_code)
    form = {"reissue-reason": "lost phone", "reissue-code": seat.access_code}
    desk.post(page_of(conference, seat, "reissue/"), form)
    old = [seat.access_code, person(1)["Secret"]]
    seat.refresh_from_db()
    assert [scan(conference, code).verdict for code in old] == [Verdict.REPLACED] * 2
    assert scan(conference, seat.access_code).verdict == Verdict.ALREADY_ADMITTED
    assert sorted(RetiredCode.objects.values_list("code", "reason")) == sorted((code, "lost phone") for code in old)
    assert load(conference, person(1)).changes == 0


def test_history_says_who_did_what_to_a_ticket_and_why(desk, conference):
    order = factories.order(conference=conference)
    seat = order.attendees.get()
    for page, reason in (("block/", "chargeback"), ("unblock/", ""), ("reissue/", "lost phone")):
        form = as_shown(seat) | {f"{page[:-1]}-reason": reason}
        assert desk.post(page_of(conference, seat, page), form).status_code == 302
    assert desk.post(page_of(conference, seat, "correct/"), {"correct-name": "Ann"}).status_code == 422
    seat.refresh_from_db()
    desk.post(
        page_of(conference, seat, "correct/"), as_shown(seat) | {"correct-name": "Ann", "correct-reason": "asked"}
    )
    staff = int(desk.session["_auth_user_id"])
    assert list(order.events.values_list("kind", "reason", "by")) == [
        ("blocked", "chargeback", staff), ("unblocked", "", staff), ("new_code", "lost phone", staff),
        ("named", "asked", staff),
    ]  # fmt: skip


def test_undo_is_of_this_person_and_needs_a_reason(desk, conference):
    seat, other = (factories.attendee(conference=conference) for _ in range(2))
    mine, theirs = (scan(conference, each.access_code).scan for each in (seat, other))
    assert desk.post(page_of(conference, seat, f"undo/{theirs.pk}/"), {"undo-reason": "x"}).status_code == 422
    assert desk.post(page_of(conference, seat, f"undo/{mine.pk}/"), {"undo-reason": ""}).status_code == 422
    assert desk.post(page_of(conference, seat, f"undo/{mine.pk}/"), {"undo-reason": "wrong"}).status_code == 302
    assert set(Scan.objects.filter(undone_at=None).values_list("pk", flat=True)) == {theirs.pk}


def test_names_are_text_on_every_page(organiser, conference):
    evil = "<script>alert(1)</script>"
    seat = factories.attendee(conference=conference, user=factories.user(name=evil), staff_note=evil)
    check_in(
        checkpoint=Checkpoint.objects.main(conference), code=seat.access_code, scan_id=uuid.uuid4(), by=None,
        now=timezone.now(), by_name=evil,
    )  # fmt: skip
    for path in (page_of(conference, seat), f"/staff/{conference.slug}/attendees/"):
        assert evil not in organiser.get(path).content.decode()


def upload(client, conference, text, **data):
    file = SimpleUploadedFile("list.csv", text if isinstance(text, bytes) else text.encode())
    return client.post(f"/staff/{conference.slug}/attendees/import/", {"file": file} | data)


def test_upload_is_tried_first_and_then_imported(organiser, conference):
    text = pretix(person(1))
    trial = upload(organiser, conference, text)
    assert (trial.status_code, Attendee.objects.count()) == (200, 0)
    done = upload(organiser, conference, text, seen=trial.context["seen"])
    assert (done.status_code, done.context["report"].created, Attendee.objects.count()) == (200, 1, 1)


def test_another_file_than_the_tried_one_is_tried_again(organiser, conference):
    trial = upload(organiser, conference, pretix(person(1)))
    upload(organiser, conference, pretix(person(2)), seen=trial.context["seen"])
    assert Attendee.objects.count() == 0


def test_upload_with_faults_lists_them_as_422(organiser, conference):
    answer = upload(organiser, conference, pretix(person(1, Price="x"), person(2, Price="y")))
    assert answer.status_code == 422
    assert "Line 2: “x” is no price." in answer.content.decode()
    assert "Line 3: “y” is no price." in answer.content.decode()


def test_upload_that_is_too_large_or_missing_is_422(organiser, conference, monkeypatch):
    monkeypatch.setattr("registration.roster.forms.MAX_UPLOAD", 100)
    assert upload(organiser, conference, pretix(person(1))).status_code == 422
    assert organiser.post(f"/staff/{conference.slug}/attendees/import/").status_code == 422
