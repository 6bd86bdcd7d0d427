"""A bank account to which people transfer money, and the lists that can be had of it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from registration.order.models import Order

_HEADINGS = ["Buchungstag", "Verwendungszweck", "Beguenstigter/Zahlungspflichtiger", "Betrag", "Waehrung"]


@dataclass
class Transfer:
    """`is_readable` unless its purpose names no order, as when somebody mistyped the reference."""

    order: int
    amount: Decimal
    day: dt.date
    payer: str
    purpose: str
    is_readable: bool
    is_read: bool = False


class Bank:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.transfers: list[Transfer] = []

    def transfer(self, *, order: Order, amount: Decimal, now: dt.datetime) -> None:
        """With the reference as people write it, one in ten wrong."""
        reference, is_readable = order.reference, self.random.random() > 0.1
        if not is_readable:
            reference = reference[:5]
        elif self.random.random() < 0.5:
            reference = f"{reference[:4]}-{reference[4:]}".lower()
        purpose = self.random.choice(["{}", "Tidewater, Rechnung {} danke", "Ref. {}"]).format(reference)
        self.transfers.append(Transfer(order.pk, amount, now.date(), order.user.name, purpose, is_readable))

    def list_since(self, day: dt.date) -> bytes:
        """As it is downloaded, with what went out of the account too."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerow(_HEADINGS)
        writer.writerow([f"{day:%d.%m.%Y}", "Miete", "Stadthalle", "-800,00", "EUR"])
        for each in self.transfers:
            if each.day >= day:
                amount = f"{each.amount:,}".translate(str.maketrans(",.", ".,"))
                writer.writerow([f"{each.day:%d.%m.%Y}", each.purpose, each.payer, amount, "EUR"])
        return text.getvalue().encode("cp1252")

    def unread(self) -> list[Transfer]:
        return [each for each in self.transfers if not each.is_read]
