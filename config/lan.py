"""A site on the venue's own network without the internet: which hosts that is, and the certificates that let browsers there
use the camera and keep the page (both need HTTPS).

An authority of this site alone signs the certificate of the site. Devices are told once to trust the authority; it stays,
while certificates come and go with addresses. It may vouch for private addresses and names only (name constraints), so
whoever stole its key could pretend to be no site on the internet.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# What browsers and iOS accept of an authority that was installed by hand is 825 days for a site's certificate.
AUTHORITY_DAYS = 397
SITE_DAYS = 90
# Made anew when fewer are left.
SPARE_DAYS = 14
# Clocks of tablets are wrong by hours.
_EARLIER = dt.timedelta(days=1)

NAMES = ("local", "lan", "home.arpa", "internal")
_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10")

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Certificates:
    """`authority` is what devices trust; `fingerprint` is its SHA-256, as their settings show it."""

    authority: Path
    certificate: Path
    key: Path
    fingerprint: str


def is_private(host: str) -> bool:
    """An address or a name that means something on its own network alone."""
    address = _address(host)
    if address:
        return any(address.version == net.version and address in net for net in map(ipaddress.ip_network, _NETWORKS))
    return any(host.lower().endswith(f".{name}") for name in NAMES)


def ensure_certificates(folder: Path, *, host: str, now: dt.datetime) -> Certificates:
    """The authority that is in `folder`, or a new one, and a certificate of it for `host`, which must be private. Keys are
    readable for this account alone.
    """
    assert is_private(host), host
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {name: folder / name for name in ("authority.crt", "authority.key", "site.crt", "site.key")}
    authority, key = _read(files["authority.crt"], files["authority.key"])
    if authority is None or key is None or not _lasts(authority, SITE_DAYS + SPARE_DAYS, now=now):
        authority, key = _make_authority(now=now)
        _write(files["authority.crt"], files["authority.key"], authority, key)
    site, _site_key = _read(files["site.crt"], files["site.key"])
    if site is None or not _is_for(site, host, authority) or not _lasts(site, SPARE_DAYS, now=now):
        site, site_key = _make_site(host, authority, key, now=now)
        _write(files["site.crt"], files["site.key"], site, site_key)
    fingerprint = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificates(files["authority.crt"], files["site.crt"], files["site.key"], fingerprint)


def _make_authority(*, now: dt.datetime) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    # The day tells a new one from an old one in a device's list.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Lanyard at this venue, {now:%Y-%m-%d}")])
    permitted: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_network(network)) for network in _NETWORKS]
    permitted += [x509.DNSName(name) for name in NAMES]
    builder = (
        _begin(name, name, key.public_key(), key.public_key(), days=AUTHORITY_DAYS, now=now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
    )
    return builder.sign(key, hashes.SHA256()), key


def _make_site(
    host: str, authority: x509.Certificate, signer: Key, *, now: dt.datetime
) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    address = _address(host)
    names: list[x509.GeneralName] = [x509.IPAddress(address) if address else x509.DNSName(host)]
    # Two words, since OpenSSL takes a name that could be a host for one, and an address would not be a permitted name.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lanyard check-in")])
    builder = (
        _begin(name, authority.subject, key.public_key(), signer.public_key(), days=SITE_DAYS, now=now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    return builder.sign(signer, hashes.SHA256()), key


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    own: ec.EllipticCurvePublicKey,
    signing: ec.EllipticCurvePublicKey,
    *,
    days: int,
    now: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(own)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing), critical=False)
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _read(certificate: Path, key: Path) -> tuple[x509.Certificate | None, Key | None]:
    """None for what is missing or unreadable, as after a start that was cut off."""
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        secret = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError):
        return None, None
    if not isinstance(secret, ec.EllipticCurvePrivateKey) or secret.public_key() != found.public_key():
        return None, None
    return found, secret


def _write(certificate: Path, key: Path, made: x509.Certificate, secret: Key) -> None:
    pem = secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key.unlink(missing_ok=True)
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _is_for(site: x509.Certificate, host: str, authority: x509.Certificate) -> bool:
    names = site.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    told = [*map(str, names.get_values_for_type(x509.IPAddress)), *names.get_values_for_type(x509.DNSName)]
    issuer = site.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    return told == [str(_address(host) or host)] and issuer == own


def _lasts(certificate: x509.Certificate, days: int, *, now: dt.datetime) -> bool:
    return certificate.not_valid_before_utc <= now and now + dt.timedelta(days=days) < certificate.not_valid_after_utc


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
