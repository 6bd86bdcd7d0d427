"""P5 of the hostile cases: nothing secret is in the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.server import ROOT

# What each is told apart by, as the scanners of secrets do it.
SECRETS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}",
    "Stripe": r"k_live_[0-9A-Za-z]{16,}",
    "Stripe's events": r"whsec_[0-9A-Za-z+/]{24,}",
    "Amazon": r"AKIA[0-9A-Z]{16}",
    "Google": r"AIza[0-9A-Za-z_-]{35}",
    "GitHub": r"gh[pousr]_[0-9A-Za-z]{36}",
    "Slack": r"xox[abprs]-[0-9A-Za-z-]{10,}",
    "a model's key": r"sk-(?:ant-|proj-)[0-9A-Za-z_-]{32,}",
    "a signed token": r"eyJ[0-9A-Za-z_-]{20,}\.eyJ[0-9A-Za-z_-]{20,}\.[0-9A-Za-z_-]{20,}",
    "password in an address": r"://[^\s:/@'\"{<]+:(?!password@|secret@|PASSWORD@)[^\s:/@'\"{<]+@[\w.-]+",
    "SECRET_KEY": r"(?m)^SECRET_KEY\s*=\s*[\"']?[\w!@#$%^&*+=-]{30,}",
    "Sentry": r"https://[0-9a-f]{32}@[\w.-]*sentry",
}
# Files that hold them by their name.
NAMES = re.compile(
    r"(^|/)(\.env(\.(?!example$)\w+)?|id_(rsa|ed25519|ecdsa)|.*\.(pem|key|p12|pfx|kdbx|sqlite3|dump)|\.netrc|\.pypirc)$"
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def found_in(text: str) -> list[str]:
    return [kind for kind, pattern in SECRETS.items() if re.search(pattern, text)]


def test_no_file_of_the_repository_holds_a_secret():
    files = tracked()
    assert len(files) > 500, "the files of the repository are not known"
    assert [path.name for path in files if NAMES.search(path.as_posix())] == []
    texts = {str(path): path.read_bytes().decode(errors="replace") for path in files}
    # Pictures and fonts are no text.
    assert {path: kinds for path, text in texts.items() if "\0" not in text and (kinds := found_in(text))} == {}


# Put together here, so that this file holds none.
EXAMPLES = {
    "private key": "-----BEGIN EC " + "PRIVATE KEY-----\n" + "A" * 64,
    "Stripe": "sk_" + "live_" + "a1B2" * 6,
    "Stripe's events": "whsec_" + "a1B2" * 8,
    "Amazon": "AKIA" + "Q" * 16,
    "Google": "AIza" + "x" * 35,
    "GitHub": "ghp_" + "a" * 36,
    "Slack": "xoxb-" + "1234567890",
    "a model's key": "sk-" + "ant-" + "a" * 40,
    "a signed token": ".".join(["eyJ" + "a" * 24] * 2 + ["b" * 24]),
    "password in an address": "postgres://lanyard:" + "hunter2@db.example.org/lanyard",
    "SECRET_KEY": "SECRET_KEY=" + "k3y!" * 12,
    "Sentry": "https://" + "0f" * 16 + "@o1.ingest.sentry.io/2",
}


@pytest.mark.parametrize("kind", list(SECRETS))
def test_control_each_kind_is_found(kind):
    assert found_in(f"first line\n{EXAMPLES[kind]}\n") == [kind]
