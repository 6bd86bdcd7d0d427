"""Wallet passes, signed with keys made here, read and verified by other means than they were made."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import environ
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from config import wallet
from registration.logo.drawing import draw
from registration.logo.logos import keep_logo
from tests import factories
from tests.registration.logo.pictures import opened as opened_picture
from tests.registration.logo.pictures import picture

pytestmark = pytest.mark.django_db


def pem(key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certified(name: str, key, issuer=None, issuer_key=None) -> x509.Certificate:
    names = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(names).issuer_name(issuer.subject if issuer else names)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(begin).not_valid_after(begin + dt.timedelta(days=9))
    builder = builder.add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    return builder.sign(issuer_key or key, hashes.SHA256())


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """The settings of both wallets, with keys that are not Apple's and not Google's."""
    folder = tmp_path_factory.mktemp("keys")
    root_key, key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _number in range(2))
    root = certified("Between", root_key)
    files = {
        "pass.pem": certified("Pass", key, root, root_key).public_bytes(Encoding.PEM),
        "key.pem": pem(key),
        "wwdr.pem": root.public_bytes(Encoding.PEM),
        "account.json": json.dumps({"client_email": "w@x.iam.example", "private_key": pem(key).decode()}).encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return {
        "APPLE_PASS_TYPE_ID": "pass.example.ticket",
        "APPLE_TEAM_ID": "TEAM123456",
        "APPLE_PASS_CERTIFICATE": str(folder / "pass.pem"),
        "APPLE_PASS_KEY": str(folder / "key.pem"),
        "APPLE_WWDR_CERTIFICATE": str(folder / "wwdr.pem"),
        "GOOGLE_WALLET_ISSUER_ID": "3388000000012345678",
        "GOOGLE_WALLET_ACCOUNT": str(folder / "account.json"),
    }


def read(values: dict[str, str]):
    env = environ.Env()
    env.ENVIRON = values
    return wallet.from_environment(env)


@pytest.fixture
def wallets(settings, environment):
    for name, value in read(environment).items():
        setattr(settings, name, value)
    settings.SITE_URL = "https://tickets.example.org"


@pytest.fixture
def seat():
    conference = factories.conference(
        name="Tidewater 京都", accent="#0f766e", venue="Old Hall", address="Quay 1", timezone="Europe/Berlin",
        start_date=dt.date(2027, 6, 9), end_date=dt.date(2027, 6, 11),
    )  # fmt: skip
    order = factories.order(conference=conference, total="79.00")
    return order.attendees.select_related("user", "conference", "order", "ticket_type").get()


def opened(client, seat, page="ticket-apple"):
    client.force_login(seat.user)
    return client.get(reverse(page, args=[seat.conference.slug]))


def test_apple_pass_is_whole_and_signed_by_the_site(client, seat, wallets, environment, tmp_path):
    response = opened(client, seat)
    assert response["Content-Type"] == "application/vnd.apple.pkpass"
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files["manifest.json"])
    assert manifest == {
        name: hashlib.sha1(content).hexdigest()
        for name, content in files.items()
        if name not in {"manifest.json", "signature"}
    }
    assert set(manifest) == {"pass.json", "icon.png", "icon@2x.png"}
    for name in ("manifest.json", "signature"):
        (tmp_path / name).write_bytes(files[name])
    command = [
        "openssl",
        "smime",
        "-verify",
        "-inform",
        "DER",
        "-in",
        "signature",
        "-content",
        "manifest.json",
        "-purpose",
        "any",
    ]
    command += ["-CAfile", environment["APPLE_WWDR_CERTIFICATE"]]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
    # The same check finds a manifest that somebody has changed.
    (tmp_path / "manifest.json").write_bytes(files["manifest.json"] + b" ")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode != 0


def test_apple_pass_says_what_the_ticket_says(client, seat, wallets):
    archive = zipfile.ZipFile(io.BytesIO(opened(client, seat).content))
    made = json.loads(archive.read("pass.json"))
    assert (made["passTypeIdentifier"], made["teamIdentifier"]) == ("pass.example.ticket", "TEAM123456")
    assert (made["serialNumber"], made["logoText"]) == (f"seat-{seat.pk}", "Tidewater 京都")
    (code,) = made["barcodes"]
    assert (code["format"], code["message"]) == (
        "PKBarcodeFormatQR",
        f"HTTPS://TICKETS.EXAMPLE.ORG/T/{seat.access_code}",
    )
    assert made["relevantDate"] == "2027-06-09T08:00:00+02:00"
    said = [field["value"] for group in made["eventTicket"].values() for field in group]
    assert said == [seat.name, seat.ticket_type.name, "9–11 June 2027", "Old Hall, Quay 1", seat.order.reference]


def test_apple_pass_has_the_logo_in_the_place_and_sharpness_of_the_format(client, seat, wallets):
    factories.logo(conference=seat.conference)
    keep_logo(conference=seat.conference, drawing=draw(picture(size=(900, 300))), now=dt.datetime.now(dt.UTC))
    archive = zipfile.ZipFile(io.BytesIO(opened(client, seat).content))
    sizes = {name: opened_picture(archive.read(name)).size for name in archive.namelist() if name.startswith("logo")}
    assert sizes == {"logo.png": (150, 50), "logo@2x.png": (300, 100), "logo@3x.png": (450, 150)}
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["logo@2x.png"] == hashlib.sha1(archive.read("logo@2x.png")).hexdigest()


def google_told(place, settings):
    start = "https://pay.google.com/gp/v/save/"
    assert place.startswith(start)
    key = settings.GOOGLE_WALLET["key"].public_key()
    return jwt.decode(place.removeprefix(start), key, algorithms=["RS256"], audience="google")


def test_google_ticket_names_the_address_of_a_square_logo(client, seat, wallets, settings):
    def event():
        told = google_told(opened(client, seat, "ticket-google")["Location"], settings)
        return told["payload"]["eventTicketClasses"][0]

    assert "logo" not in event()
    kept = factories.logo(conference=seat.conference)
    logo = event()["logo"]
    address = f"/conferences/{seat.conference.slug}/logo/{kept.digest}/square.png"
    assert logo["sourceUri"] == {"uri": f"https://tickets.example.org{address}"}
    assert logo["contentDescription"]["defaultValue"]["value"] == "Tidewater 京都"
    fetched = Client().get(address)
    assert (fetched["Content-Type"], fetched.content) == ("image/png", bytes(kept.square))
    # Google refuses a ticket whose pictures it cannot fetch.
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert "logo" not in event()


def test_google_link_holds_the_ticket_signed(client, seat, wallets, settings):
    told = google_told(opened(client, seat, "ticket-google")["Location"], settings)
    assert (told["iss"], told["typ"], told["origins"]) == (
        "w@x.iam.example",
        "savetowallet",
        ["https://tickets.example.org"],
    )
    (event,), (ticket,) = told["payload"]["eventTicketClasses"], told["payload"]["eventTicketObjects"]
    ids = (f"tickets-example-org-conference-{seat.conference_id}", f"tickets-example-org-seat-{seat.pk}")
    assert ticket["classId"] == event["id"]
    assert [each["id"].rpartition("-")[0] for each in (event, ticket)] == [
        f"3388000000012345678.{each}" for each in ids
    ]
    assert ticket["barcode"]["value"] == f"HTTPS://TICKETS.EXAMPLE.ORG/T/{seat.access_code}"
    assert (ticket["ticketHolderName"], event["eventName"]["defaultValue"]["value"]) == (seat.name, "Tidewater 京都")
    assert event["dateTime"] == {"start": "2027-06-09T08:00:00+02:00", "end": "2027-06-12T00:00:00+02:00"}


def test_google_ticket_that_says_something_else_is_another_pass(client, seat, wallets, settings):
    """Google would go on showing what it has: the days before, or to who was given the ticket the code that is refused."""

    def ids():
        payload = google_told(opened(client, seat, "ticket-google")["Location"], settings)["payload"]
        return payload["eventTicketClasses"][0]["id"], payload["eventTicketObjects"][0]["id"]

    before = ids()
    assert ids() == before
    seat.name = "Ada King"
    seat.save()
    named = ids()
    assert (named[0] == before[0], named[1] == before[1]) == (True, False)
    seat.conference.end_date += dt.timedelta(days=1)
    seat.conference.save()
    moved = ids()
    assert (moved[0] == named[0], moved[1] == named[1]) == (False, False)


def test_google_ticket_that_names_nobody_yet_says_so(client, seat, wallets, settings):
    seat.conference.language, seat.name = "de", ""
    seat.conference.save()
    seat.save()
    told = google_told(opened(client, seat, "ticket-google")["Location"], settings)
    assert told["payload"]["eventTicketObjects"][0]["ticketHolderName"] == "Noch ohne Namen"


@pytest.mark.parametrize("name", ["ticket-apple", "ticket-google"])
def test_button_is_there_with_keys_alone_and_never_for_a_dead_ticket(client, seat, name, environment, settings):
    address = reverse(name, args=[seat.conference.slug])
    assert opened(client, seat, name).status_code == 404
    assert address not in opened(client, seat, "ticket").content.decode()
    for key, value in read(environment).items():
        setattr(settings, key, value)
    assert f'href="{address}"' in opened(client, seat, "ticket").content.decode()
    factories.end(seat)
    assert opened(client, seat, name).status_code == 404
    assert address not in opened(client, seat, "ticket").content.decode()


def test_site_without_keys_has_no_wallets_and_half_a_set_stops_the_start(environment):
    assert read({}) == {"APPLE_WALLET": None, "GOOGLE_WALLET": None}
    with pytest.raises(ImproperlyConfigured, match="APPLE_TEAM_ID is not set"):
        read(environment | {"APPLE_TEAM_ID": ""})
    with pytest.raises(ImproperlyConfigured, match="GOOGLE_WALLET_ACCOUNT names no file"):
        read(environment | {"GOOGLE_WALLET_ACCOUNT": environment["APPLE_PASS_KEY"]})
    with pytest.raises(ImproperlyConfigured, match="not the key of"):
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        path = Path(environment["APPLE_PASS_KEY"]).with_name("other.pem")
        path.write_bytes(pem(other))
        read(environment | {"APPLE_PASS_KEY": str(path)})
