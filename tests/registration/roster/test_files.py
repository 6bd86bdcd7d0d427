"""Whatever a program or a spreadsheet makes of a list: its rows exactly, or one clear error with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conferences.formulas import as_text, from_text
from registration.attendee.models import Attendee
from registration.tables.files import TableFileError, read_table
from tests.registration.roster.lists import PRETIX, load, person, pretix

NAMES = ["Zoë Süßebier", "Žofie Šimáčková", "O’Brien"]


def names_in(conference):
    return list(Attendee.objects.filter(conference=conference).order_by("pk").values_list("name", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators_are_read(conference, encoding, separator):
    names = [name for name in NAMES if encoding != "cp1252" or name.encode("cp1252", "ignore").decode("cp1252") == name]
    rows = [person(number, **{"Attendee name": name}) for number, name in enumerate(names)]
    load(conference, pretix(*rows, separator=separator).encode(encoding))
    assert names_in(conference) == names


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_quoted_newlines_are_read(conference, end):
    rows = [person(1, Comment='two\nlines, "quoted"'), person(2)]
    load(conference, pretix(*rows, end=end).encode())
    assert names_in(conference) == ["Person 1", "Person 2"]
    assert Attendee.objects.order_by("pk")[0].staff_note == 'two\nlines, "quoted"'


@pytest.mark.django_db
def test_line_of_an_error_counts_the_lines_of_quoted_cells(conference):
    text = "\r\n" + pretix(person(1, Comment="a\nb\nc"), person(2, Price="much")) + "\r\n"
    assert fault(conference, text) == "Line 6: “much” is no price."


def fault(conference, text):
    with pytest.raises(TableFileError) as refused:
        load(conference, text if isinstance(text, bytes) else text.encode())
    assert Attendee.objects.count() == 0
    return str(refused.value.faults[0]) if len(refused.value.faults) == 1 else refused.value.faults


UNKNOWN = (
    "Line 1: These are not the headings of a list from pretix (check-in list), Tito (attendees),"
    " Eventbrite (attendee list) or Lanyard."
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Line 1: The file is empty."),
        (" \r\n\t\n", "Line 1: The file is empty."),
        (";;\r\n", "Line 1: The file is empty."),
        (b"\xef\xbb\xbf", "Line 1: The file is empty."),
        ("a,b\r\n1,2\r\n", UNKNOWN),
        ("<html><body>Sign in</body></html>", UNKNOWN),
        (b"PK\x03\x04" + b"\x81\x8d" * 40, "Line 1: This is not readable text. Save the file as CSV in UTF-8 and try again."),
        (pretix(), "Line 2: There are headings, but nobody below them."),
        (pretix(person(1)).split("\r\n", 1)[1], UNKNOWN),
        (
            pretix(person(1), person(2), header=PRETIX).replace("\r\n", "\r\n" + pretix(), 1),
            "Line 2: The headings once more; this seems to be several lists in one file.",
        ),
        (pretix(person(1)).replace("Comment", "Secret", 1), "Line 1: The heading “Secret” is there twice."),
        (
            pretix(person(1)).replace("Secret", "Code", 1),
            "Line 1: This looks like a list from pretix, but these headings are missing: “Secret”.",
        ),
        (pretix(person(1), person(2)) + "one,two\r\n", "Line 4: There are 2 cells, and 21 headings."),
        (
            pretix(person(1), person(2, Comment="\x00")),
            "Line 3: There is a NUL character, which no list has. Export the file anew.",
        ),
        (
            pretix(person(1)) + 'x,"never closed\r\n',
            "Line 3: A quotation mark is not closed, or a cell is far too long (unexpected end of data).",
        ),
    ],
)  # fmt: skip
def test_what_is_no_list_is_one_clear_error(conference, text, told):
    assert fault(conference, text) == told


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_an_error_with_a_line(content):
    try:
        table = read_table(content)
    except TableFileError as refused:
        assert refused.faults[0].line >= 1
    else:
        assert table.header


@given(st.text())
def test_formula_guard_is_taken_off_again(text):
    assert from_text(as_text(text)) == text


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "＝1", "'=1", " '  ＋1"])
def test_what_a_spreadsheet_computes_leaves_as_text(cell):
    assert as_text(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "O'Brien", "'quoted'", "1-1", "a=b", "12.00"])
def test_what_is_harmless_leaves_as_it_is(cell):
    assert as_text(cell) == cell
