"""The lists of many banks, as they write them: with what stands above, their encodings, and what is no payment yet."""

import datetime as dt
from decimal import Decimal

import pytest

from registration.money.bank_file import read_bank_file
from registration.tables.files import TableFileError

SPARKASSE = (
    '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Beguenstigter/Zahlungspflichtiger";'
    '"Betrag";"Waehrung"\r\n'
    '"DE02";"05.03.27";"05.03.27";"GUTSCHRIFT";"{purpose}";"Müller, Jörg";"1.100,50";"EUR"\r\n'
    '"DE02";"05.03.27";"05.03.27";"LASTSCHRIFT";"Miete";"Haus";"-800,00";"EUR"\r\n'
)
DKB = (
    '"Girokonto";"DE02 1203"\n"Kontostand vom 05.03.2027:";"2.000,00 €"\n""\n'
    '"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";"Betrag (€)"\n'
    '"05.03.27";"05.03.27";"Gebucht";"Müller, Jörg";"Verein";"{purpose}";"1.100,50"\n'
)
ENGLISH = 'Date,Description,Paid out,Paid in,Balance\n05/03/2027,{purpose},,"1,100.50",9\n06/03/2027,Rent,800.00,,9\n'
WISE = "TransferWise ID,Date,Amount,Currency,Description,Payment Reference,Payer Name\nT1,05-03-2027,1100.50,EUR,Received,{purpose},Müller\n"
VOLKSBANK = (
    "Bezeichnung Auftragskonto;IBAN;Buchungstag;Valutadatum;Name Zahlungsbeteiligter;Verwendungszweck;Betrag;Waehrung\n"
    "Giro;DE02;05.03.2027;05.03.2027;Müller;{purpose};1100,5;EUR\n"
)
SIGNED = "Buchungstag;Verwendungszweck;Umsatz;Soll/Haben\n05.03.2027;{purpose};1.100,50;H\n05.03.2027;Miete;800,00;S\n"
MT940_LIKE = "Date\tPurpose\tAmount\n2027-03-05\t{purpose}\t1100.50\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "text", [SPARKASSE, DKB, ENGLISH, WISE, VOLKSBANK, SIGNED, MT940_LIKE],
    ids=["sparkasse", "dkb", "english", "wise", "volksbank", "signed", "tabs"],
)  # fmt: skip
def test_lists_of_many_banks_are_read(text, encoding):
    (line,) = read_bank_file(text.format(purpose="Für ABCD EFGH").encode(encoding)).lines
    assert (line.booked_on, line.amount, "Für ABCD EFGH" in line.purpose) == (
        dt.date(2027, 3, 5),
        Decimal("1100.50"),
        True,
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a;b\n1;2\n", "Line 1: No line has the headings of a bank's list"),
        ("Date,Purpose,Amount\nyesterday,x,5\n", "Line 2: “yesterday” is no date."),
        ("Date,Purpose,Amount\n2027-03-05,x,999999999\n", "Line 2: “999999999” is no amount."),
        ("Date,Purpose,Amount\n2027-03-05,x,much\n", "Line 2: “much” is no amount."),
        ("", "Line 1: The file is empty."),
    ],
)
def test_what_cannot_be_read_is_named(text, says):
    with pytest.raises(TableFileError) as refused:
        read_bank_file(text.encode())
    assert str(refused.value.faults[0]).startswith(says)


# One line each of money that came, that went out, and, where the bank writes it into its lists, that is not booked yet.
SPARKASSE_CAMT = """"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Kundenreferenz (End-to-End)";\
"Lastschrift Ursprungsbetrag";"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"Betrag";"Waehrung";"Info"
"DE02";"05.03.27";"05.03.27";"GUTSCHR. UEBERWEISUNG";"{purpose}";"NOTPROVIDED";"";"Jörg";"DE03";"1.100,50";"EUR";"Umsatz gebucht"
"DE02";"";"06.03.27";"GUTSCHR. UEBERWEISUNG";"{purpose}";"";"";"Jörg";"DE03";"60,00";"EUR";"Umsatz vorgemerkt"
"DE02";"05.03.27";"05.03.27";"LASTSCHRIFT";"Miete";"";"";"Haus";"DE04";"-800,00";"EUR";"Umsatz gebucht"
"""
DKB_NEW = """"Girokonto";"DE02 1203"
"Zeitraum:";"letzte 30 Tage"
""
"Buchungsdatum";"Wertstellung";"Status";"Zahlungspflichtige*r";"Zahlungsempfänger*in";"Verwendungszweck";"Umsatztyp";"IBAN";"Betrag (€)"
"05.03.27";"05.03.27";"Gebucht";"Jörg";"Verein";"{purpose}";"Eingang";"DE03";"1.100,50 €"
"06.03.27";"";"Vorgemerkt";"Jörg";"Verein";"{purpose}";"Eingang";"DE03";"60,00 €"
"05.03.27";"05.03.27";"Gebucht";"Verein";"Haus";"Miete";"Ausgang";"DE04";"-800,00 €"
"""
COMMERZBANK = """Buchungstag;Wertstellung;Umsatzart;Buchungstext;Betrag;Währung;IBAN Kontoinhaber;Kategorie
05.03.2027;05.03.2027;Gutschrift;Jörg {purpose} End-to-End-Ref.: NOTPROVIDED;1100,50;EUR;DE02;Einnahmen
05.03.2027;05.03.2027;Lastschrift;Miete;-800,00;EUR;DE02;Wohnen
"""
COMDIRECT = """;
"Umsätze Girokonto";"Zeitraum: 01.03.2027 - 31.03.2027";
"Neuer Kontostand";"1.134,11 EUR";

"Buchungstag";"Wertstellung (Valuta)";"Vorgang";"Buchungstext";"Umsatz in EUR";
"offen";"06.03.2027";"Übertrag / Überweisung";"Auftraggeber: Jörg Buchungstext: {purpose}";"60,00";
"05.03.2027";"05.03.2027";"Übertrag / Überweisung";"Auftraggeber: Jörg Buchungstext: {purpose} Ref. 1/2";"1.100,50";
"05.03.2027";"05.03.2027";"Lastschrift / Belastung";"Auftraggeber: Haus Buchungstext: Miete";"-800,00";
"Alter Kontostand";"834,11 EUR";
"""
DEUTSCHE_BANK = """Umsätze Girokonto;;;Kundennummer: 100 1234567
01.03.2027 - 31.03.2027
Letzter Kontostand;;;;834,11;EUR
Buchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;Kundenreferenz;Fremde Gebühren;Betrag;Soll;Haben;Währung
05.03.2027;05.03.2027;SEPA-Gutschrift von;Jörg;{purpose};NOTPROVIDED;;;;1.100,50;EUR
05.03.2027;05.03.2027;SEPA-Lastschrift von;Haus;Miete;;;;-800,00;;EUR
Kontostand;05.03.2027;;;1.134,11;EUR
"""
VOLKSBANK_OLD = """"Volksbank Musterstadt eG"

"Umsatzanzeige"

"BLZ:";"10090000";;"Datum:";"06.03.2027"

"Buchungstag";"Valuta";"Auftraggeber/Zahlungsempfänger";"Empfänger/Zahlungspflichtiger";"Vorgang/Verwendungszweck";"Währung";"Umsatz";" "
"05.03.2027";"05.03.2027";"Verein";"Jörg";"SEPA-Überweisungsgutschr.
{purpose}";"EUR";"1.100,50";"H"
"05.03.2027";"05.03.2027";"Verein";"Haus";"Miete";"EUR";"800,00";"S"

"06.03.2027";;;;"Endsaldo";"EUR";"1.134,11";"H"
"""
QONTO = """Status;Settlement date (UTC);Total amount (incl. VAT);Currency;Counterparty name;Payment method;Reference
Settled;05-03-2027 10:00:00;1100,50;EUR;Jörg;Transfer;{purpose}
Declined;06-03-2027 10:00:00;60,00;EUR;Jörg;Transfer;{purpose}
Settled;05-03-2027 10:00:00;-800,00;EUR;Haus;Transfer;Miete
"""
REVOLUT = """Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance
Topup,Current,2027-03-05 08:00:00,2027-03-05 08:01:00,Payment from Jörg {purpose},1100.50,0.00,EUR,COMPLETED,1134.11
Topup,Current,2027-03-06 08:00:00,2027-03-06 08:01:00,{purpose},60.00,0.00,EUR,PENDING,
Transfer,Current,2027-03-05 08:00:00,2027-03-05 08:01:00,Rent,-800.00,0.00,EUR,COMPLETED,34.11
"""
POSTFINANCE = """Buchungsart:;Alle Buchungen
Währung:;CHF
Buchungsdatum;Avisierungstext;Gutschrift in CHF;Lastschrift in CHF;Valuta;Saldo in CHF
05.03.2027;GUTSCHRIFT VON Jörg: {purpose};1'100.50;;05.03.2027;1134.11
05.03.2027;LASTSCHRIFT MIETE;;-800.00;05.03.2027;34.11
"""
ING_DUTCH = """"Datum";"Naam / Omschrijving";"Rekening";"Code";"Af Bij";"Bedrag (EUR)";"Mutatiesoort";"Mededelingen"
"20270305";"Jörg";"NL12";"OV";"Bij";"1100,50";"Overschrijving";"{purpose}"
"20270305";"Haus";"NL12";"IC";"Af";"800,00";"Incasso";"Huur"
"""


@pytest.mark.parametrize(
    ("text", "encoding", "not_booked"),
    [
        (SPARKASSE_CAMT, "cp1252", 1), (DKB_NEW, "utf-8-sig", 1), (COMMERZBANK, "utf-8-sig", 0), (COMDIRECT, "cp1252", 1),
        (DEUTSCHE_BANK, "cp1252", 0), (VOLKSBANK_OLD, "cp1252", 0), (QONTO, "utf-16", 1), (REVOLUT, "utf-8", 1),
        (POSTFINANCE, "utf-8", 0), (ING_DUTCH, "utf-8", 0),
    ],
    ids=["sparkasse", "dkb", "commerzbank", "comdirect", "deutsche bank", "volksbank", "qonto", "revolut", "postfinance", "ing"],
)  # fmt: skip
def test_only_what_came_is_a_payment(text, encoding, not_booked):
    """What is not booked yet comes once more, by another day and in other words, and would be counted twice."""
    found = read_bank_file(text.format(purpose="Ticket ABCD EFGH").encode(encoding))
    assert [(line.booked_on, line.amount) for line in found.lines] == [(dt.date(2027, 3, 5), Decimal("1100.50"))]
    assert (found.not_booked, found.went_out) == (not_booked, 1)
    (line,) = found.lines
    assert ("ABCD EFGH" in line.purpose, "Jörg" in line.payer + line.purpose) == (True, True)


def test_days_with_the_month_first_are_known_by_one_that_can_be_nothing_else():
    text = (
        "Details,Posting Date,Description,Amount,Type\nCREDIT,03/05/2027,x,5.00,ZELLE\nCREDIT,03/25/2027,y,6.00,ZELLE\n"
    )
    assert [line.booked_on.day for line in read_bank_file(text.encode()).lines] == [5, 25]
    assert read_bank_file(text.replace("03/25", "04/05").encode()).lines[0].booked_on == dt.date(2027, 5, 3)
