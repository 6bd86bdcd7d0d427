"""C9 of the hostile cases: whatever is typed or scanned is this person's ticket or nobody's, and never an error."""

from __future__ import annotations

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conferences.models import Role
from registration.attendee.access_code import clean_code, fold_code
from registration.checkin.models import Checkpoint, Scan
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

CODE = "AB0D1FGH"  # both symbols that people misread
IMPORTED = "Ev-2027/ß€ 00X"


@pytest.fixture(scope="module")
def hall(for_this_file):
    """The owner of CODE and IMPORTED, among others whose codes are near; and somebody at the door."""
    conference = factories.conference()
    for near in ("AB0D1FGJ", "AB0D1FG", "ABD1FGHX", "4B0D1FGH", "AB0D1FSS"):
        factories.attendee(conference=conference, access_code=near)
    factories.attendee(conference=conference, imported_code="ev-2027/ss€ 00x")
    seat = factories.attendee(conference=conference, access_code=CODE, imported_code=IMPORTED)
    door, user = Client(), factories.staff(conference=conference, role=Role.DOOR).user
    door.force_login(user)
    factories.signed_in(user, door.session.session_key)
    return conference, seat, door


@pytest.fixture
def conference(hall):
    return hall[0]


@pytest.fixture
def seat(hall):
    return hall[1]


@pytest.fixture
def scan(hall):
    conference, _seat, door = hall
    checkpoint = Checkpoint.objects.main(conference)

    def scan(code) -> tuple[int, str, object]:
        """Status, verdict, and whose ticket it was taken for."""
        fields = {"code": code, "scan_id": str(uuid.uuid4()), "checkpoint": checkpoint.pk}
        response = door.post(reverse("checkin-scan", args=[conference.slug]), fields, headers={"HX-Request": "true"})
        said = re.search(r'id="result" data-verdict="(\w+)"', response.content.decode())
        stored = Scan.objects.filter(pk=fields["scan_id"]).first()
        return response.status_code, said.group(1) if said else "", stored and stored.attendee

    return scan


MEANT = {
    "as printed": "AB0D1FGH",
    "lower case": "ab0d1fgh",
    "groups": " ab0d-1fgh ",
    "two groups with a space": "AB0D 1FGH",
    "spelled out": "A B 0 D 1 F G H",
    "O for 0": "ABOD1FGH",
    "small o for 0": "abod1fgh",
    "I for 1": "AB0DIFGH",
    "small l for 1": "ab0dlfgh",
    "full-width": "ＡＢ０Ｄ１ＦＧＨ",
    "full-width small": "ａｂ０ｄ１ｆｇｈ",
    "NBSP": "AB0D\u00a01FGH\u00a0",
    "narrow NBSP": "AB0D\u202f1FGH",
    "ideographic space": "AB0D\u30001FGH",
    "soft hyphen": "AB0D\u00ad1FGH",
    "zero-width space": "AB0D\u200b1FGH",
    "zero-width joiner": "AB0D\u200d1FGH",
    "byte order mark": "\ufeffAB0D1FGH",
    "direction marks": "\u202aAB0D1FGH\u202c",
    "non-breaking hyphen": "AB0D\u20111FGH",
    "en dash": "AB0D\u20131FGH",
    "minus sign": "AB0D\u22121FGH",
    "dots": "AB0D.1FGH",
    "underscore": "AB0D_1FGH",
    "line end of a gun": "AB0D1FGH\r\n",
    "tab of a gun": "\tAB0D1FGH\t",
    "NUL of a gun": "AB0D1FGH\x00",
    "control characters": "\x02AB0D1FGH\x03",
    "the address in the QR": "HTTPS://TICKETS.EXAMPLE.ORG/T/AB0D1FGH",
    "the address as a link": "https://tickets.example.org/t/AB0D1FGH/",
    "another host": "http://localhost:8000/t/ab0d1fgh",
    "address with a query": "https://tickets.example.org/t/AB0D1FGH/?utm_source=mail#top",
    "imported": IMPORTED,
    "imported, spaces around": f"  {IMPORTED}\n",
}


@pytest.mark.parametrize("read", MEANT.values(), ids=MEANT.keys())
def test_code_is_found_however_it_is_written(seat, scan, read):
    assert scan(read) == (200, "admitted", seat)


NOT_MEANT = {
    "Cyrillic look-alike": "АВ0D1FGН",
    "one Cyrillic letter": "AВ0D1FGH",
    "Greek look-alike": "ΑΒ0D1FGΗ",
    "sharp s for two letters": "AB0D1Fß",
    "dotless i": "AB0DıFGH",
    "Cherokee look-alike": "ᎪᏴ0D1FGH",
    "mathematical zero as letter": "AB𐒠D1FGH",
    "accented": "ÁB0D1FGH",
    "combining accent": "A\u0301B0D1FGH",
    "one less": "AB0D1FGK",
    "one short": "AB0D1F",
    "one long": "AB0D1FGHH",
    "reversed": "HGF1D0BA",
    "4 KB": "A" * 4096,
    "4 KB around the code": "AB0D1FGH" + "Z" * 4096,
    "long with ligatures": "ﷺ" * 4096,
    "only NUL": "\x00" * 40,
    "binary": "".join(map(chr, range(256))),
    "emoji": "🎟️🎟️🎟️",
    "unassigned and private": "\U000e0fff\ue000\uffff",
    "right-to-left text": "\u202eHGF1D0BA",
    "SQL": "' OR 1=1 --",
    "LIKE": "%",
    "LIKE of the length": "________",
    "percent format": "%s%(code)s%%",
    "markup": "<script>alert(1)</script>",
    "template": "{{ seat }}{% debug %}",
    "path": "../../etc/passwd",
    "another system's address": "https://pretix.eu/event/redeem?code=AB0D1FGH",
    "another path": "https://tickets.example.org/tickets/AB0D1FGH",
    "deeper path": "https://tickets.example.org/x/t/AB0D1FGH",
    "address without a code": "https://tickets.example.org/t/",
    "script address": "javascript:AB0D1FGH",
    "vCard": "BEGIN:VCARD\nFN:AB0D1FGH\nEND:VCARD",
    "Wi-Fi": "WIFI:S:AB0D1FGH;T:WPA;P:x;;",
    "boarding pass": "M1AB0D1FGH/MR            E123",
    "JSON": '{"code": "AB0D1FGH"}',
    "part of an imported code": "Ev-2027",
    "imported by its compatibility form": "Ev-2027/ss€ 00X ",
    "number": "18446744073709551616",
    "the id of a row": "1",
    "zero": "0",
}


@pytest.mark.parametrize("read", NOT_MEANT.values(), ids=NOT_MEANT.keys())
def test_other_writing_is_nobodys_ticket(seat, scan, read):
    status, said, whose = scan(read)
    if read == NOT_MEANT["imported by its compatibility form"]:
        assert (status, said, whose != seat) == (200, "admitted", True)  # exactly what another person's ticket says
    else:
        assert (status, said, whose) == (200, "unknown", None)


def test_ambiguous_case_of_imported_codes_is_nobodys_ticket(conference, scan):
    for code in ("abc-1", "ABC-1"):
        factories.attendee(conference=conference, imported_code=code)
    assert scan("Abc-1") == (200, "unknown", None)
    assert scan("abc-1")[1:] != scan("ABC-1")[1:]


def test_exact_imported_code_wins_over_what_it_could_be_read_as(conference, scan):
    """Read as an address it would be the other person's access code; without full width the other's barcode."""
    factories.attendee(conference=conference, access_code="ABCD2345")
    address = factories.attendee(conference=conference, imported_code="https://other.example/t/ABCD2345")
    factories.attendee(conference=conference, imported_code="77A")
    wide = factories.attendee(conference=conference, imported_code="７７Ａ")
    assert scan("https://other.example/t/ABCD2345") == (200, "admitted", address)
    assert scan("７７Ａ") == (200, "admitted", wide)


ANY_TEXT = st.one_of(st.text(max_size=80), st.text(alphabet="AB0D1FGHОIlo-  \u200b\u00adａ", max_size=16))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(read=ANY_TEXT)
def test_any_text_is_the_owners_ticket_or_nobodys(scan, read):
    _prove_whose_it_is(scan, read)


@pytest.mark.hostile
@settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(read=ANY_TEXT)
def test_any_of_many_texts_is_the_owners_ticket_or_nobodys(scan, read):
    _prove_whose_it_is(scan, read)


def _prove_whose_it_is(scan, read):
    status, said, whose = scan(read)
    if not read.strip():
        assert (status, said) == (422, "rejected")
        return
    assert (status, said) in {(200, "admitted"), (200, "already_admitted"), (200, "unknown")}
    if whose:
        means = {whose.access_code, (whose.imported_code or "").lower()}
        assert {fold_code(clean_code(read)), clean_code(read).lower()} & means


def test_bytes_that_are_no_text_are_nobodys_ticket(hall):
    conference, _seat, door = hall
    checkpoint = Checkpoint.objects.main(conference)
    for raw in ("%FF%FE%00%80", "%C3%28", "%ED%A0%80AB0D1FGH", "%F0%28%8C%28"):
        body = f"code={raw}&scan_id={uuid.uuid4()}&checkpoint={checkpoint.pk}"
        response = door.post(
            reverse("checkin-scan", args=[conference.slug]),
            body,
            content_type="application/x-www-form-urlencoded",
            headers={"HX-Request": "true"},
        )
        assert (response.status_code, b'data-verdict="unknown"' in response.content) == (200, True)
    assert set(Scan.objects.values_list("attendee", flat=True)) == {None}
