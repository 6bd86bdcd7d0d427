"""Search by any part of what staff know of a person, the same in every script and on both databases.

What can be found stands in two columns of the seat, folded by `searchable`: `search_text` (the name first, so that it
also sorts) and `search_email` apart from it, because the door role neither finds nor sees e-mails. `update_search_text`
keeps them right and is called by whatever changes name, e-mail, order, company or code.
"""

from __future__ import annotations

import functools
import operator
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Left, StrIndex

from registration.attendee import access_code as codes
from registration.attendee.company import companies_of
from registration.attendee.search_index import candidates

if TYPE_CHECKING:
    from registration.attendee.models import Attendee, AttendeeQuerySet

# A row of a PostgreSQL index holds 2,704 bytes; both columns stand in one.
_TEXT_BYTES, _EMAIL_BYTES = 1800, 600
# Codes are found by their beginning, and not by less than this.
_CODE_PREFIX = 4
_BARCODE_PREFIX = 16
# Codes stand in the column in characters that nobody types (Unicode's private ones), so that letters in the middle of a
# code do not turn up among people's names.
_HIDE = {ordinal: 0xE000 + ordinal for ordinal in range(33, 127)}
# Chinese, Japanese and Korean words are often of one or two characters, too short for the index (`search_index.py`). So
# such characters and pairs of them stand in the column once more, between marks that make them long enough.
_SHORT_SCRIPTS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_MARK, _END = "\ue0fe", "\ue0ff"
_MAX_QUERY, _MAX_WORDS = 200, 8

# Letters whose base form Unicode does not derive by decomposition; in Arabic, those that keyboards of one country have and of
# another have not.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
    | {"\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u0629": "\u0647", "\u0671": "\u0627", "\u0640": ""}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
)
# Apostrophes, and what stands for them: a tablet types another than the list has, and most people none.
_APOSTROPHES = str.maketrans("", "", "'`\u00b4\u02b9\u02bb\u02bc\u02be\u02bf\u02c8\u2018\u2019\u201b\u2032\u05f3\uff07")


def searchable(*parts: str) -> str:
    """`parts` joined by newlines: compatibility forms unified, case folded, accents, apostrophes and vowel
    signs dropped."""
    return "\n".join(filter(None, (_fold(part) for part in parts)))


def search_columns(seat: Attendee, *, references: Iterable[str] = (), company: str = "") -> tuple[str, str]:
    """What `search_text` and `search_email` of `seat` must be. No query."""
    hidden = [_hidden(seat.access_code), _hidden((seat.imported_code or "")[:_BARCODE_PREFIX])]
    rest = "\n".join(filter(None, [searchable(*references, company), *hidden]))
    # The first line is always the name, also an empty one, so that the column sorts by name.
    text = f"{_fold(seat.name)}\n{rest}"
    return _cut(text + _short_words(text), _TEXT_BYTES), _cut(_fold(seat.email), _EMAIL_BYTES)


def count_letters(typed: str) -> int:
    """How much of a name was typed, spaces and accents aside. A Chinese, Japanese or Korean character counts as two letters:
    whole names have two.
    """
    bare = searchable(typed).replace(" ", "")
    return len(bare) + sum(map(len, _SHORT_SCRIPTS.findall(bare)))


def _short_words(text: str) -> str:
    runs = _SHORT_SCRIPTS.findall(text)
    pairs = {_indexed(run[start : start + size]) for run in runs for size in (1, 2) for start in range(len(run))}
    return "\n" + "".join(sorted(pairs)) if pairs else ""


def _indexed(word: str) -> str:
    """What the index is asked for in place of `word`."""
    if len(word) > 2 or not _SHORT_SCRIPTS.fullmatch(word):
        return word
    return f"{_MARK}{word}" if len(word) == 2 else f"{_MARK}{word}{_END}"


def update_search_text(*seats: Attendee) -> None:
    """Write both columns anew where they changed, from name, e-mail and codes as they are on `seats`, and the orders and
    companies as they are in the database. Two queries and an update, however many seats.
    """
    if not seats:
        return
    model = type(seats[0])
    pks = [seat.pk for seat in seats]
    references = {
        pk: [own, imported or ""]
        for pk, own, imported in model.objects.filter(pk__in=pks, order__isnull=False).values_list(
            "pk", "order__reference", "order__imported_reference"
        )
    }
    companies: Mapping[int, str] = companies_of([seat.user_id for seat in seats])
    changed = []
    for seat in seats:
        columns = search_columns(seat, references=references.get(seat.pk, []), company=companies.get(seat.user_id, ""))
        if columns != (seat.search_text, seat.search_email):
            seat.search_text, seat.search_email = columns
            changed.append(seat)
    model.objects.bulk_update(changed, ["search_text", "search_email"], batch_size=500)


def matching(seats: AttendeeQuerySet, query: str, *, emails: bool) -> AttendeeQuerySet:
    """See `AttendeeQuerySet.matching`."""
    return _matching(seats, query, emails=emails)[0]


def names_first(seats: AttendeeQuerySet, query: str, *, emails: bool) -> AttendeeQuerySet:
    """Those of `AttendeeQuerySet.matching`, for who shows the first few: who is called so stands before whose company,
    order or e-mail alone says so. Where the index does not narrow them, all stand `by_name`.
    """
    found, is_narrowed = _matching(seats, query, emails=emails)
    words = _fold(query[:_MAX_QUERY].replace("\x00", "")).split()[:_MAX_WORDS]
    if not words or not is_narrowed:
        return found.by_name()
    in_name = functools.reduce(operator.and_, (Q(name_line__contains=word) for word in words))
    named = Case(When(in_name, then=0), default=1)
    name_line = Left("search_text", StrIndex("search_text", Value("\n")))
    return found.alias(name_line=name_line).order_by(named, "search_text", "pk")


def _matching(seats: AttendeeQuerySet, query: str, *, emails: bool) -> tuple[AttendeeQuerySet, bool]:
    """Who matches, and whether the index has said that they are few."""
    typed = query[:_MAX_QUERY].replace("\x00", "")
    words = _fold(typed).split()[:_MAX_WORDS]
    if not words:
        # A lone accent folds to nothing, and nobody is called so.
        return (seats.none() if typed.strip() else seats), False
    ways = [words, *([code] for code in _as_codes(typed))]
    wanted = functools.reduce(operator.or_, (_contain(way, emails=emails) for way in ways))
    few = candidates([[_indexed(word) for word in way] for way in ways], emails=emails, using=seats.db)
    return (seats.filter(wanted), False) if few is None else (seats.filter(wanted, pk__in=few), True)


def _contain(words: list[str], *, emails: bool) -> Q:
    return functools.reduce(operator.and_, (_in_either(word, emails=emails) for word in words))


def _in_either(word: str, *, emails: bool) -> Q:
    return Q(search_text__contains=word) | Q(search_email__contains=word) if emails else Q(search_text__contains=word)


def _as_codes(typed: str) -> set[str]:
    """An access code as people type it, in groups, with O for 0 and I for 1; an imported barcode as printed, case
    ignored. Each as it stands in the column, at the beginning of its line.
    """
    cleaned = codes.clean_code(typed)
    folded = codes.fold_code(cleaned)[: codes.LENGTH + 1]
    read = {folded, cleaned[:_BARCODE_PREFIX]}
    return {f"\n{_hidden(code)}" for code in read if len(code) >= _CODE_PREFIX and code.isascii() and " " not in code}


def _hidden(code: str) -> str:
    return code.casefold().translate(_HIDE)


def _cut(text: str, limit: int) -> str:
    return text.encode()[:limit].decode(errors="ignore")


def _fold(text: str) -> str:
    text = text.translate(_APOSTROPHES)  # before one of them is taken for a space with an accent
    if text.isascii() and text.isprintable():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(
        c
        for c in unicodedata.normalize("NFKD", decomposed)
        if (not unicodedata.combining(c) and unicodedata.category(c) not in {"Cf", "Cc"}) or c in "\t\n\r"
    )
    # Hangul must be composed again, else a typed syllable would match in the middle of another.
    return " ".join(unicodedata.normalize("NFC", bare).translate(_LETTERS).split())
