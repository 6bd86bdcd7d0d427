"""Search by any part of what staff know of a person, the same in every script and on both databases.

What can be found stands in two columns of the seat, folded by `searchable`: `search_text` (the name first, so that it
also sorts) and `search_email` apart from it, because the door role neither finds nor sees e-mails. `update_search_text`
keeps them right and is called by whatever changes name, e-mail, order, company or code.
"""

from __future__ import annotations

import functools
import operator
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.db.models import Q

from registration.attendee import access_code as codes
from registration.attendee.company import companies_of

if TYPE_CHECKING:
    from registration.attendee.models import Attendee, AttendeeQuerySet

# A row of a PostgreSQL index holds 2,704 bytes; both columns stand in one.
_TEXT_BYTES, _EMAIL_BYTES = 1800, 600
# Codes are found by their beginning, and not by less than this: letters in the middle of a code would turn up among
# people's names.
_CODE_PREFIX = 4
_MAX_QUERY, _MAX_WORDS = 200, 8

# Letters whose base form Unicode does not derive by decomposition.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


def searchable(*parts: str) -> str:
    """`parts` joined by newlines: compatibility forms unified, case folded, accents and vowel signs dropped."""
    return "\n".join(filter(None, (_fold(part) for part in parts)))


def search_columns(seat: Attendee, *, references: Iterable[str] = (), company: str = "") -> tuple[str, str]:
    """What `search_text` and `search_email` of `seat` must be. No query."""
    rest = searchable(*references, company)
    # The first line is always the name, also an empty one, so that the column sorts by name.
    return _cut(f"{_fold(seat.name)}\n{rest}", _TEXT_BYTES), _cut(_fold(seat.email), _EMAIL_BYTES)


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
    typed = query[:_MAX_QUERY].replace("\x00", "")
    words = _fold(typed).split()[:_MAX_WORDS]
    if not words:
        # A lone accent folds to nothing, and nobody is called so.
        return seats.none() if typed.strip() else seats
    wanted = functools.reduce(operator.and_, (_contains(word, emails=emails) for word in words))
    return seats.filter(wanted | _code_begins(typed))


def _contains(word: str, *, emails: bool) -> Q:
    return _in("search_text", word) | _in("search_email", word) if emails else _in("search_text", word)


def _in(column: str, word: str) -> Q:
    return Q((f"{column}__contains", word))


def _code_begins(typed: str) -> Q:
    """An access code as people type it, in groups, with O for 0 and I for 1; an imported barcode as printed."""
    cleaned = codes.clean_code(typed)
    folded = codes.fold_code(cleaned)
    if len(folded) < _CODE_PREFIX:
        return Q()
    return Q(access_code__startswith=folded) | Q(imported_code__startswith=cleaned)


def _cut(text: str, limit: int) -> str:
    return text.encode()[:limit].decode(errors="ignore")


def _fold(text: str) -> str:
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
