"""What the tablet decides without the server, against what the server would have said: codes, verdicts, search, changes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from registration.attendee.access_code import clean_code, fold_code
from registration.attendee.models import RetiredCode
from registration.checkin.lookup import lock_seat
from registration.checkin.models import Checkpoint
from tests import factories
from tests.hostile.test_checkin_codes import CODE, IMPORTED, MEANT, NOT_MEANT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]

SCRIPTS = Path(__file__).parents[2] / "static" / "js" / "checkin"
COLUMNS = ["code", "name", "ticket", "status", "used_at", "left", "imported_code", "attention"]


@pytest.fixture
def rules(page: Page) -> Page:
    """A page with the scripts that need none."""
    for name in ("codes", "decide", "list"):
        page.add_script_tag(path=SCRIPTS / f"{name}.js")
    return page


def row(code: str, name: str = "Bo Li", **fields: Any) -> list[Any]:
    return [(fields | {"code": code, "name": name}).get(column, DEFAULTS.get(column)) for column in COLUMNS]


DEFAULTS = {"ticket": "Regular", "status": "ok", "used_at": None, "left": 1, "imported_code": "", "attention": False}


def whole(people: list[list[Any]], **checkpoint: Any) -> dict[str, Any]:
    rules = {
        "id": 1,
        "entry": "once",
        "opens_at": None,
        "closes_at": None,
        "rehearsal": False,
        "timezone": "Europe/Berlin",
    }
    return {
        "cursor": "1",
        "columns": COLUMNS,
        "people": people,
        "checkpoint": rules | checkpoint,
        "from": "2027-06-09T08:00:00Z",
    }


# --- Codes ------------------------------------------------------------------------------------------------------------
def test_codes_are_read_as_on_the_server(rules):
    read = [*MEANT.values(), *NOT_MEANT.values(), "\x1c AB \x85", "\ufeff AB", "ſ\u212a", "İI", "ﬀ" * 700]
    said = rules.evaluate("(read) => read.map((one) => [codes.clean(one), codes.fold(codes.clean(one))])", read)
    assert said == [[clean_code(one), fold_code(clean_code(one))] for one in read]


def test_same_person_is_found_as_on_the_server(rules, conference):
    """In the order of the design, for the codes of the hostile cases and those that clash on purpose."""
    seats = [("AB0D1FGJ", None), ("AB0D1FSS", "ev-2027/ss€ 00x"), (CODE, IMPORTED), ("ABCD2345", None)]
    seats += [("CCCCCCC1", "https://other.example/t/ABCD2345"), ("CCCCCCC2", "77A"), ("CCCCCCC3", "７７Ａ")]
    seats += [("CCCCCCC4", "abc-1"), ("CCCCCCC5", "ABC-1"), ("CCCCCCC6", "Straße-9"), ("CCCCCCC7", "01D00000")]
    made = [factories.attendee(conference=conference, access_code=code, imported_code=own) for code, own in seats]
    RetiredCode.objects.create(code="01DC0DE0", attendee=made[0], reason="reissue")
    checkpoint = Checkpoint.objects.main(conference)
    people = [row(seat.access_code, imported_code=seat.imported_code or "") for seat in made]
    people.append(row("01DC0DE0", "", status="replaced"))
    read = [*MEANT.values(), *NOT_MEANT.values(), "Abc-1", "abc-1", "ABC-1", "STRASSE-9", "straße-9", "oldc-ode0"]
    read += ["https://other.example/t/ABCD2345", "７７Ａ", "77a", "o1doo000", "HTTPS://X.ORG/T/CCCCCCC4"]

    def on_the_server(code: str) -> list[str] | None:
        seat = lock_seat(checkpoint=checkpoint, code=code, entry_key="")
        if seat is None:
            return None
        return ["01DC0DE0", "replaced"] if seat.is_retired else [seat.attendee.access_code, "ok"]

    found = rules.evaluate(
        """([whole, read]) => {
            const all = list.make(whole);
            return read.map((one) => all.find(one)).map((row) => row && [row.code, row.status]);
        }""",
        [whole(people), read],
    )
    assert dict(zip(read, found, strict=True)) == {one: on_the_server(one) for one in read}


# Of what Python's Unicode does not know yet, a newer browser may know that it is an A.
KNOWN = st.characters(exclude_categories=["Cn", "Cs"])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(read=st.lists(st.text(KNOWN, max_size=40), min_size=20, max_size=20))
def test_any_text_is_read_as_on_the_server(rules, read):
    said = rules.evaluate("(read) => read.map((one) => [codes.clean(one), codes.fold(codes.clean(one))])", read)
    assert said == [[clean_code(one), fold_code(clean_code(one))] for one in read]


# --- Search -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("arnard", ["Þórdís Arnardóttir"]),
        ("thordis ARNARDÓTTIR", ["Þórdís Arnardóttir"]),
        ("dottir thor", ["Þórdís Arnardóttir"]),
        ("o’brien", ["Jo O'Brien"]),
        ("obrien", ["Jo O'Brien"]),
        ("علي", ["علی"]),
        ("zolk", ["Łukasz Żółkiewski"]),
        ("strasse", ["Ute Straße"]),
        ("美咲", ["佐藤 美咲"]),
        ("김서", ["김서연"]),
        ("li", ["Anna Li", "Bo Li"]),
        ("0000 000", ["Bo Li"]),
        ("oooo-ooo", ["Bo Li"]),
        ("nobody", []),
        ("\u0301", []),
        ("Old Name", []),
    ],
)
def test_search_finds_any_part_of_a_name_and_the_beginning_of_a_code(rules, query, found):
    names = [
        "Þórdís Arnardóttir",
        "Łukasz Żółkiewski",
        "Ute Straße",
        "佐藤 美咲",
        "김서연",
        "Anna Li",
        "Jo O'Brien",
        "علی",
    ]
    people = [row(f"CCCCCCC{number}", name) for number, name in enumerate(names)]
    people += [row("0000000A", "Bo Li"), row("DDDDDDDD", "Old Name", status="replaced")]
    hits = rules.evaluate("([whole, query]) => list.make(whole).search(query).hits", [whole(people), query])
    assert [hit["name"] for hit in hits] == found


def test_search_shows_twenty_by_the_alphabet_and_says_that_there_are_more(rules):
    people = [row(f"CODE{number:04}", f"Anna {chr(122 - number)}") for number in range(25)]
    said = rules.evaluate("(whole) => list.make(whole).search('anna')", whole(people))
    assert [hit["name"] for hit in said["hits"]] == [f"Anna {chr(98 + number)}" for number in range(20)]
    assert said["hasMore"] is True


# --- Changes ----------------------------------------------------------------------------------------------------------
def test_changes_are_put_in_place(rules):
    before = whole(
        [
            row("AAAAAAA1", "Anna", imported_code="X-1"),
            row("AAAAAAA2", "Bo"),
            row("AAAAAAA3", "Cyd", imported_code="x-9"),
        ]
    )
    rules_after = before["checkpoint"] | {"rehearsal": True}
    delta = {
        "cursor": "2", "complete": False, "server_now": "2027-06-09T09:00:00Z", "checkpoint": rules_after, "columns": COLUMNS,
        "people": [
            row("AAAAAAA1", "Anna", imported_code="X-2", used_at="2027-06-09T08:30:00Z", left=0),
            row("AAAAAAA2", "", status="replaced"),
            row("AAAAAAA4", "Bo B.", imported_code="X-1"),
        ],
        "removed": ["AAAAAAA3", "NOSUCH00"],
    }  # fmt: skip
    said = rules.evaluate(
        """([before, delta, read]) => {
            const all = list.make(before);
            all.search("anna"); // the joined names are made anew
            const hasChanged = all.apply(delta);
            const again = list.make({...all, people: JSON.parse(JSON.stringify(all.people()))});
            const found = [all, again].map((one) => read.map((code) => { const row = one.find(code); return row && [row.code, row.status, row.left]; }));
            return {hasChanged, found, from: all.from, cursor: all.cursor, rehearsal: all.checkpoint.rehearsal,
                names: ["anna", "bo", "cyd"].map((query) => all.search(query).hits.map((hit) => hit.name))};
        }""",
        [before, delta, ["AAAAAAA1", "X-2", "X-1", "AAAAAAA2", "AAAAAAA3", "X-9", "AAAAAAA4"]],
    )
    found = [
        ["AAAAAAA1", "ok", 0], ["AAAAAAA1", "ok", 0], ["AAAAAAA4", "ok", 1], ["AAAAAAA2", "replaced", 1], None, None,
        ["AAAAAAA4", "ok", 1],
    ]  # fmt: skip
    assert said["found"] == [found, found]
    assert said["names"] == [["Anna"], ["Bo B."], []]
    assert (said["hasChanged"], said["cursor"], said["from"], said["rehearsal"]) == (
        True,
        "2",
        "2027-06-09T09:00:00Z",
        True,
    )


@pytest.mark.parametrize("change", [{"used_at": "2027-06-09T08:30:00Z", "left": 0}, {"imported_code": "X-1"}])
def test_person_is_found_again_after_a_change_that_leaves_the_name(rules, change):
    """Somebody came in at another door, after a first search and before the next."""
    delta = {
        "cursor": "2", "complete": False, "server_now": "2027-06-09T09:00:00Z", "checkpoint": {}, "columns": COLUMNS,
        "people": [row("AAAAAAA1", "Anna Li", **change)], "removed": [],
    }  # fmt: skip
    found = rules.evaluate(
        """([before, delta]) => {
            const all = list.make(before);
            all.search("anna");
            all.apply(delta);
            return all.search("li").hits.map((hit) => [hit.name, hit.left, hit.imported_code]);
        }""",
        [whole([row("AAAAAAA1", "Anna Li"), row("AAAAAAA2", "Bo Li")]), delta],
    )
    assert found == [["Anna Li", change.get("left", 1), change.get("imported_code", "")], ["Bo Li", 1, ""]]


# --- Verdicts ---------------------------------------------------------------------------------------------------------
def at(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("fields", "checkpoint", "own", "now", "said"),
    [
        ({}, {}, [], "2027-06-09T10:00+02:00", ("admitted", None)),
        ({}, {}, ["2027-06-09T09:00+02:00"], "2027-06-09T10:00+02:00", ("already_admitted", "2027-06-09T09:00+02:00")),
        ({"left": 2}, {}, ["2027-06-09T09:00+02:00"], "2027-06-09T10:00+02:00", ("admitted", None)),
        ({"left": None}, {"entry": "unlimited"}, ["2027-06-09T09:00+02:00"], "2027-06-09T10:00+02:00", ("admitted", None)),
        ({"left": 0, "used_at": "2027-06-09T06:00:00Z"}, {"rehearsal": True}, [], "2027-06-09T10:00+02:00", ("admitted", None)),
        # The list is of yesterday; the new day begins at the conference's midnight, not at the server's.
        ({"left": 0, "used_at": "2027-06-09T21:00:00Z"}, {"entry": "daily"}, [], "2027-06-09T23:59:59+02:00", ("already_admitted", "2027-06-09T23:00+02:00")),
        ({"left": 0, "used_at": "2027-06-09T21:00:00Z"}, {"entry": "daily"}, [], "2027-06-10T00:00:01+02:00", ("admitted", None)),
        (
            {"left": 0, "used_at": "2027-06-09T21:00:00Z"}, {"entry": "daily"}, ["2027-06-10T00:00:01+02:00"],
            "2027-06-10T01:00+02:00", ("already_admitted", "2027-06-10T00:00:01+02:00"),
        ),
        ({}, {"entry": "daily"}, ["2027-06-09T23:00+02:00"], "2027-06-10T01:00+02:00", ("admitted", None)),
        (
            {"left": 0, "used_at": "2027-10-31T00:30:00Z"}, {"entry": "daily", "timezone": "Europe/Berlin"}, [],
            "2027-10-31T23:59:59+01:00", ("already_admitted", "2027-10-31T02:30+02:00"),
        ),
        # Of pieces that were handed out the last is told of, of entries the first.
        (
            {"left": 1, "used_at": "2027-06-09T06:00:00Z"}, {"hands_out": True}, ["2027-06-09T09:00+02:00"],
            "2027-06-09T10:00+02:00", ("already_admitted", "2027-06-09T09:00+02:00"),
        ),
        ({}, {"opens_at": "2027-06-09T08:00:00Z"}, [], "2027-06-09T09:59:59+02:00", ("not_open", None)),
        ({}, {"opens_at": "2027-06-09T08:00:00Z"}, [], "2027-06-09T10:00:00+02:00", ("admitted", None)),
        ({}, {"closes_at": "2027-06-09T08:00:00Z"}, [], "2027-06-09T10:00:00+02:00", ("not_open", None)),
        ({"status": "unpaid"}, {"closes_at": "2027-06-09T08:00:00Z"}, [], "2027-06-09T10:00:00+02:00", ("unpaid", None)),
    ],
)  # fmt: skip
def test_list_own_scans_hours_and_days_decide(rules, fields, checkpoint, own, now, said):
    person = DEFAULTS | {"code": CODE, "name": "Bo Li"} | fields
    place = whole([], **checkpoint)["checkpoint"]
    decided = rules.evaluate(
        "([row, place, own, now]) => decide(row, place, own, now)", [person, place, [at(one) for one in own], at(now)]
    )
    verdict, first = said
    assert (decided["verdict"], decided["first"]) == (verdict, at(first) if first else None)
