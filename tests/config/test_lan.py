"""Certificates for the venue's own network: who believes them, for what, and how long."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import stat
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from config import lan
from config.lan import ensure_certificates, is_private

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


def shake_hands(made, host: str, *, trusted=None) -> str:
    """What a client that trusts the authority says of a server with this certificate: "ok", or why not."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.certificate, made.key)
    client = ssl.create_default_context(cafile=trusted or made.authority)
    here, there = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        client.wrap_socket(here, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    return "ok"


@pytest.mark.parametrize("host", ["192.168.1.5", "10.0.0.7", "fe80::1", "laptop.local"])
def test_who_trusts_the_authority_trusts_the_site(tmp_path, host):
    made = ensure_certificates(tmp_path / "lan", host=host, now=NOW)
    assert shake_hands(made, host) == "ok"
    assert shake_hands(made, "192.168.1.6") != "ok"
    stranger = ensure_certificates(tmp_path / "other", host=host, now=NOW)
    assert shake_hands(made, host, trusted=stranger.authority) != "ok"


@pytest.mark.parametrize("host", ["example.org", "www.google.com", "8.8.8.8"])
def test_authority_vouches_for_nothing_on_the_internet(tmp_path, host):
    """Though somebody had its key."""
    made = ensure_certificates(tmp_path, host="192.168.1.5", now=NOW)
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    key = serialization.load_pem_private_key((tmp_path / "authority.key").read_bytes(), password=None)
    forged, forged_key = lan._make_site(host, authority, key, now=NOW)
    lan._write(made.certificate, made.key, forged, forged_key)
    assert shake_hands(made, host) == "permitted subtree violation"


def test_keys_are_for_this_account_alone(tmp_path):
    folder = tmp_path / "lan"
    ensure_certificates(folder, host="192.168.1.5", now=NOW)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.key")}
    assert modes == {"authority.key": 0o600, "site.key": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_certificates_are_as_browsers_want_them(tmp_path):
    made = ensure_certificates(tmp_path, host="192.168.1.5", now=NOW)
    authority, site = (x509.load_pem_x509_certificate(path.read_bytes()) for path in (made.authority, made.certificate))
    names = site.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.168.1.5")]
    assert site.not_valid_after_utc - site.not_valid_before_utc <= 825 * DAY
    assert site.not_valid_after_utc < authority.not_valid_after_utc
    assert made.fingerprint == authority.fingerprint(hashes.SHA256()).hex(":").upper()


def test_authority_stays_while_addresses_change(tmp_path):
    def serials(host, now=NOW):
        made = ensure_certificates(tmp_path, host=host, now=now)
        assert shake_hands(made, host) == "ok" or now != NOW
        return [
            x509.load_pem_x509_certificate(path.read_bytes()).serial_number
            for path in (made.authority, made.certificate)
        ]

    first = serials("192.168.1.5")
    assert serials("192.168.1.5") == first
    moved = serials("10.0.0.5")
    assert (moved[0], moved[1] == first[1]) == (first[0], False)
    later = serials("10.0.0.5", NOW + 80 * DAY)
    assert (later[0], later[1] == moved[1]) == (first[0], False)
    old = serials("10.0.0.5", NOW + 300 * DAY)
    assert (old[0] == first[0], old[1] == later[1]) == (False, False)


def test_torn_files_are_made_anew(tmp_path):
    made = ensure_certificates(tmp_path, host="192.168.1.5", now=NOW)
    for name, content in (("site.key", b""), ("site.crt", b"torn"), ("authority.key", b"")):
        (tmp_path / name).write_bytes(content)
        made = ensure_certificates(tmp_path, host="192.168.1.5", now=NOW)
        assert shake_hands(made, "192.168.1.5") == "ok"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.168.1.5", True), ("10.1.2.3", True), ("172.31.0.1", True), ("172.32.0.1", False), ("169.254.3.4", True),
        ("fd12::1", True), ("[fe80::1]", True), ("8.8.8.8", False), ("2001:db8::1", False), ("Laptop.local", True),
        ("desk.home.arpa", True), ("local", False), ("example.org", False), ("local.example.org", False), ("laptop", False),
    ],
)  # fmt: skip
def test_private_hosts_are_those_of_one_network(host, expected):
    assert is_private(host) is expected
