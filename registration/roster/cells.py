"""What the cells of a list mean. Each function raises ValueError with a message for whoever exported the file."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from conferences.addresses import MAX_ADDRESS
from registration.tables.numbers import money_of

_YES = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "sí", "si"})
_NO = frozenset({"", "no", "n", "false", "0", "nein", "non"})
_DATES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y")
_EMAIL = EmailValidator()
# Scripts in which the family name comes first and no space parts the two.
_CJK = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff々\s]+")


def yes_or_no(cell: str) -> bool:
    word = cell.strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(_("“%(cell)s” is neither yes nor no.") % {"cell": cell.strip()[:40]})


def price(cell: str) -> Decimal:
    """Of 1234.5, 1,234.50, 1.234,50 and 12,50; currency signs are ignored; nothing is 0."""
    if not cell.strip():
        return Decimal("0.00")
    try:
        amount = money_of(cell)
    except ValueError as error:
        raise ValueError(_("“%(cell)s” is no price.") % {"cell": cell.strip()[:40]}) from error
    if not 0 <= amount < 10**7:
        raise ValueError(_("“%(cell)s” cannot be the price of a ticket.") % {"cell": cell.strip()[:40]})
    return amount


def moment(cell: str, zone: ZoneInfo) -> dt.datetime | None:
    """A date, or a date and time, in `zone` unless it says otherwise; None for an empty cell."""
    text = cell.strip()
    if not text:
        return None
    try:
        found: dt.datetime | None = dt.datetime.fromisoformat(text)
    except ValueError:
        found = next(filter(None, (_parsed(text, pattern) for pattern in _DATES)), None)
    if found is None or not 1990 < found.year < 2200:
        raise ValueError(_("“%(cell)s” is no date.") % {"cell": text[:40]})
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(dt.UTC)


def _parsed(text: str, pattern: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(text, pattern)  # noqa: DTZ007 -- the caller knows the zone
    except ValueError:
        return None


def email(cell: str) -> str:
    address = cell.strip()
    if len(address) > MAX_ADDRESS:
        raise ValueError(_("The e-mail address is longer than 254 characters."))
    if address:
        try:
            _EMAIL(address)
        except ValidationError as error:
            raise ValueError(_("“%(cell)s” is not an e-mail address.") % {"cell": address[:80]}) from error
    return address


def barcode(cell: str) -> str:
    return within(cell.strip(), 512, _("barcode"))


def within(cell: str, limit: int, what: str) -> str:
    if len(cell) > limit:
        raise ValueError(
            _("The %(what)s has %(length)s characters; %(limit)s fit.")
            % {"what": what, "length": len(cell), "limit": limit}
        )
    return cell


def one_line(cell: str) -> str:
    return " ".join(cell.split())


def full_name(first: str, last: str) -> str:
    """As its bearer writes it: the family name first and no space in Chinese, Japanese and Korean."""
    first, last = one_line(first), one_line(last)
    if first and last and _CJK.fullmatch(first + last):
        return last + first
    return f"{first} {last}".strip()
