"""Who is found by what staff type, and who is not."""

import random

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from conferences.models import Conference
from registration.account.models import User
from registration.attendee import search, search_index
from registration.attendee.claim import claim_seats
from registration.attendee.models import Attendee, AttendeeProfile
from registration.attendee.search import names_first, searchable, update_search_text
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def found(conference: Conference, query: str, *, emails: bool = True) -> list[str]:
    people = Attendee.objects.filter(conference=conference).matching(query, emails=emails).by_name()
    return [seat.name for seat in people]


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Þórdís Arnardóttir", "thordis"),
        ("Þórdís Arnardóttir", "ARNARDOTTIR thór"),
        ("Łukasz Żółkiewski", "zolkiew"),
        ("İyiyürek Yıldırım", "iyiyurek yildirim"),
        ("Klemens Süßebier", "SUSSE"),
        ("Nguyễn Thị Phương Thảo", "nguyen phuong"),
        ("ليلى الحدّاد", "الحداد"),
        ("김서연", "서연"),
        ("佐藤 美咲", "美咲"),
        ("佐藤 美咲", "美"),
        ("मनीश प्रधान", "प्रध"),
        ("Ｗｉｄｅ Ｎａｍｅ", "wide name"),
        ("Jo O'Brien-Smith", "o'brien-sm"),
        ("Jo O'Brien-Smith", "o’brien"),
        ("Jo O’Brien", "o'brien"),
        ("Jo O´Brien", "obrien"),
        ("ʿAbd al-Raḥmān", "'abd al-rah"),
        ("ʿAbd al-Raḥmān", "abd al‑rahman"),
        ("علی کریمی", "علي كريمي"),
        ("فاطمة", "فاطمه"),
        ("محمـــد", "محمد"),
        ("100% Real_Name", "100% real_"),
    ],
)
def test_name_is_found_by_any_part_of_it(conference, name, query):
    factories.attendee(conference=conference, user=User.objects.create_placeholder(name=name))
    factories.attendee(conference=conference, user=User.objects.create_placeholder(name="Somebody Else"))
    assert found(conference, query) == [name]


def test_every_word_must_occur(conference):
    for name in ("Anna Berg", "Anna Stein"):
        factories.attendee(conference=conference, user=User.objects.create_placeholder(name=name))
    assert found(conference, "anna") == ["Anna Berg", "Anna Stein"]
    assert found(conference, "berg anna") == ["Anna Berg"]
    assert found(conference, "anna stern") == []


@pytest.mark.parametrize("query", ["%", "_", "a%b", "\\", "'", '"', "*", "a OR b", "(", "x" * 5000, "\x00", "\u0301"])
def test_what_databases_take_for_syntax_is_text(conference, query):
    factories.attendee(conference=conference, user=User.objects.create_placeholder(name="Anna Berg"))
    assert found(conference, query) == (["Anna Berg"] if query == "\x00" else [])


def test_nothing_typed_finds_all_by_name(conference):
    for name in ("Zoë", "ängström", "Berg", ""):
        factories.attendee(conference=conference, user=User.objects.create_placeholder(name=name))
    assert found(conference, "  ") == ["", "ängström", "Berg", "Zoë"]


def test_order_reference_own_and_imported_and_codes_are_found(conference):
    made = factories.order(conference=conference, imported_reference="G3HPM", user=factories.user(name="Buyer"))
    seat = made.attendees.get()
    seat.imported_code = "wfapy349hv3ezn7y9ds65e4fq96vkrxv"
    seat.save(update_fields=["imported_code"])
    update_search_text(seat)
    dashed = f" {seat.access_code[:4]}-{seat.access_code[4:]} ".lower().replace("0", "o")
    for query in (made.reference, "g3hpm", "wfapy349", seat.access_code, seat.access_code[:5], dashed):
        assert found(conference, query) == ["Buyer"]


def test_company_is_found_once_the_profile_is_told(conference):
    seat = factories.attendee(conference=conference, user=factories.user(name="Anna"))
    AttendeeProfile.objects.create(user=seat.user, affiliation="Große Kapelle GmbH")
    update_search_text(seat)
    assert found(conference, "grosse kap anna") == ["Anna"]


def test_who_is_called_so_stands_before_whose_company_is(conference):
    for name, company in (("Anna Berg", "Müller & Sons"), ("Zoë Muller", ""), ("Abe Muller", "Lind")):
        seat = factories.attendee(conference=conference, user=factories.user(name=name))
        AttendeeProfile.objects.create(user=seat.user, affiliation=company)
        update_search_text(seat)
    seats = names_first(Attendee.objects.filter(conference=conference), "müll", emails=True)
    assert [seat.name for seat in seats] == ["Abe Muller", "Zoë Muller", "Anna Berg"]


def test_door_neither_finds_by_email_nor_learns_it(conference):
    factories.attendee(conference=conference, user=factories.user(name="Anna", email="hidden.address@example.org"))
    assert found(conference, "hidden.address") == ["Anna"]
    assert found(conference, "example.org anna") == ["Anna"]
    assert found(conference, "hidden.address", emails=False) == []
    assert found(conference, "anna example.org", emails=False) == []


def test_correction_is_found_under_the_new_name_only(conference):
    seat = factories.attendee(conference=conference, user=factories.user(name="Ana"))
    seat.name, seat.email = "Bea", "bea@example.org"
    seat.save(update_fields=["name", "email"])
    update_search_text(seat)
    assert (found(conference, "ana"), found(conference, "bea@")) == ([], ["Bea"])


def test_other_conference_is_not_searched(conference):
    factories.attendee(conference=factories.conference(), user=factories.user(name="Anna"))
    assert found(conference, "anna") == []


def test_longest_values_can_be_stored_and_found(conference):
    name, email = "ﷺ" * 200, f"{'x' * 64}@{'y' * 180}.org"
    seat = factories.attendee(conference=conference, user=User.objects.create_placeholder(name=name), email=email)
    assert [seat.name] == found(conference, "ﷺ") == found(conference, "yyy.org")


def test_update_costs_the_same_for_one_and_for_many(conference, django_assert_num_queries):
    seats = [factories.attendee(conference=conference) for _ in range(3)]
    for some in (seats[:1], seats):
        for seat in some:
            seat.name += " new"
        with django_assert_num_queries(3):
            update_search_text(*some)


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert searchable(searchable(text)) == searchable(text)


def test_index_narrows_to_the_few_and_leaves_the_many(conference, monkeypatch):
    for name in ("Anna Berg", "Anna Stein", "김서연", "佐藤 美咲"):
        factories.attendee(conference=conference, user=User.objects.create_placeholder(name=name))
    asked = {query: index_answer(query) for query in ("anna", "berg", "김", "美咲", "nobody")}
    assert {query: len(found) for query, found in asked.items()} == {
        "anna": 2, "berg": 1, "김": 1, "美咲": 1, "nobody": 0
    }  # fmt: skip
    monkeypatch.setattr("registration.attendee.search_index.FEW", 1)
    assert index_answer("anna") is None
    assert found(conference, "anna") == ["Anna Berg", "Anna Stein"]


def test_index_tells_whether_letters_stand_together(conference):
    """Names of many people have the pairs of any three letters somewhere."""
    factories.attendee(conference=conference, user=User.objects.create_placeholder(name="Jan Finn"))
    assert (len(index_answer("jan")), len(index_answer("ann"))) == (1, 0)


def test_search_finds_whom_a_plain_look_at_all_texts_finds(conference):
    """Of random names in several scripts, and of what databases take for syntax, any part and any two."""
    chance = random.Random(3)
    parts = [
        "ann",
        "an",
        "na",
        "mar",
        "ia",
        "o'b",
        "\\",
        "'",
        '"',
        "%",
        ":*",
        "&",
        "|",
        "-",
        "x",
        "ß",
        "김",
        "서",
        "佐",
        "藤",
    ]
    parts += ["ова", "ს", "ნა", "\ue0fd", "\ue0fe", "é", "1", "23"]

    def invent():
        return "".join(chance.choices(parts, k=chance.randint(1, 4)))

    for _ in range(40):
        email = f"{chance.choice(['ann', 'mar', 'x1'])}{chance.randrange(30)}@example.org"
        user = User.objects.create_placeholder(name=f"{invent()} {invent()}")
        factories.attendee(conference=conference, user=user, email=email)
    texts = {seat.pk: (seat.search_text, seat.search_email) for seat in Attendee.objects.all()}
    queries = [invent() for _ in range(30)] + [f"{invent()[:2]} {invent()[:3]}" for _ in range(30)]
    queries += [text[start : start + chance.randint(1, 5)] for text, _email in texts.values() for start in range(2)]
    queries += [email[3:7] for _text, email in texts.values()]
    for query in dict.fromkeys(queries):
        for emails in (True, False):
            people = Attendee.objects.filter(conference=conference).matching(query, emails=emails)
            assert {seat.pk for seat in people} == look_through(texts, query, emails=emails), (query, emails)


def look_through(texts, query, *, emails):
    words = searchable(query).split()
    if not words:
        return set() if query.strip() else set(texts)
    ways = [words, *([code] for code in search._as_codes(query))]
    return {
        pk
        for pk, (text, email) in texts.items()
        if any(all(word in text or (emails and word in email) for word in way) for way in ways)
    }


def index_answer(query):
    return search_index.candidates([[search._indexed(query)]], emails=True, using="default")


@pytest.mark.counters_falsified
def test_index_follows_what_becomes_of_a_seat(conference):
    seat = factories.attendee(conference=conference, user=User.objects.create_placeholder(name="Anna Berg"))
    seat.name = "Bea Stein"
    seat.save(update_fields=["name"])
    update_search_text(seat)
    assert [len(index_answer(query)) for query in ("berg", "stein")] == [0, 1]
    seat.delete()
    assert index_answer("stein") == []


def test_migrating_again_makes_lost_triggers_anew(conference):
    old = factories.attendee(conference=conference, user=User.objects.create_placeholder(name="Eva Moser"))
    with connection.cursor() as cursor:
        where = "" if connection.vendor == "sqlite" else " ON registration_attendee"
        names = ("find_new", "find_gone", "find_other") if connection.vendor == "sqlite" else ("letters", "letters_all")
        for name in names:
            cursor.execute(f"DROP TRIGGER registration_attendee_{name}{where}")
    seat = factories.attendee(conference=conference, user=User.objects.create_placeholder(name="Anna Berg"))
    old.name = "Eva Stein"
    old.save(update_fields=["name"])
    update_search_text(old)
    assert index_answer("berg") == index_answer("stein") == []
    search_index.ensure_search_index(using="default")
    assert (index_answer("berg"), index_answer("stein"), index_answer("moser")) == ([seat.pk], [old.pk], [])


def test_company_of_a_placeholder_is_found_with_the_account_that_takes_over(conference):
    seat = factories.attendee(
        conference=conference, user=User.objects.create_placeholder(name="Anna"), email="a@b.example"
    )
    AttendeeProfile.objects.create(user=seat.user, affiliation="Acme")
    claim_seats(user=factories.user(email="a@b.example"), email="a@b.example")
    assert found(conference, "acme", emails=False) == ["Anna"]
