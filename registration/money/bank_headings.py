"""What the columns of a bank's list hold, by their headings, whichever bank."""

from __future__ import annotations

import re

# Beginnings of headings, as letters alone; the first that fits decides.
_ROLES = {
    # What would be taken for one of those below: the kind of a booking, its number, the account's own name.
    "none": (
        "umsatzart", "umsatztyp", "buchungsart", "buchungsschluessel", "buchungsreferenz", "amounttype", "creditor",
        "auftraggeberzahlungsempfaenger",
    ),
    "sign": ("sollhaben", "sh", "debitcredit", "creditdebit", "afbij"),
    "currency": ("waehrung", "wahrung", "currency", "devise"),
    "credit": ("haben", "gutschrift", "credit", "paidin", "moneyin", "eingang"),
    "amount": ("betrag", "umsatz", "amount", "totalamount", "importe", "montant", "bedrag"),
    "purpose": (
        "verwendungszweck", "vwz", "zweck", "vorgangverwendungszweck", "purpose", "paymentreference", "reference",
        "description", "details", "remittance", "narrative", "memo", "transactiondetails", "mededeling", "libelle",
        "concepto", "kundenreferenz",
    ),
    # The purpose where no column has just that.
    "text": ("buchungstext", "buchungsinfo", "buchungsdetails", "avisierungstext"),
    "payer": (
        "auftraggeber", "zahlungspflichtiger", "beguenstigter", "begunstigter", "namezahlungsbeteiligter", "payer",
        "counterparty", "sender", "partnername", "name", "von",
    ),
    # Who stands on the other side, where no column is the payer's.
    "other": ("empfaenger", "payee", "naam"),
    "date": (
        "buchungstag", "buchungsdatum", "buchung", "datum", "date", "bookingdate", "transactiondate", "completeddate",
        "postingdate", "settlementdate", "valuta", "wertstellung", "valuedate", "fecha",
    ),
}  # fmt: skip
_STATUS = {"status", "state", "info", "buchungsstatus", "umsatzstatus"}

Columns = dict[str, list[int]]


def columns_of(record: list[str]) -> Columns | None:
    """By role, the columns of these headings; None when they are not those of a bank's list."""
    columns: Columns = {}
    before = None
    for column, heading in enumerate(record):
        letters = re.sub(r"[^a-z]", "", heading.casefold().replace("ä", "ae").replace("ü", "ue").replace("ö", "oe"))
        role = next((role for role, names in _ROLES.items() if letters and letters.startswith(names)), None)
        if letters in _STATUS:
            role = "status"
        elif before == "amount" and not heading.strip():
            role = "sign"  # older lists of Volksbanken
        if role:
            columns.setdefault(role, []).append(column)
        before = role
    if "purpose" not in columns and "text" in columns:
        columns["purpose"] = columns["text"]
    is_complete = {"date", "purpose"} <= set(columns) and ("amount" in columns or "credit" in columns)
    return columns if is_complete else None
