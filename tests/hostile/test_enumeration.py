"""L1 of the hostile cases: neither what is answered nor how long it takes tells whether somebody has an account. The time is
what the real server's thread works on an answer, in turns for known and unknown addresses, because a machine is never
equally busy for long; what it waits for (a hash, the disk, a lock) is the same in both by the number of commits.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from post_office.models import Email

from registration.account.models import User
from tests import factories
from tests.server import Answer, Client, Server

pytestmark = [pytest.mark.both_databases]

PASSWORD = "correct horse battery"
# One person may add ten addresses a minute.
ADDED_BY_ONE = 8
TELL = "tests.hooks_requests:tell_cpu_time"
TRIES = 300


@pytest.fixture(autouse=True)
def _hasher_of_the_server(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]


def post(path: str, **fields: str) -> Callable[[Server, str], tuple[Client, str, dict[str, str]]]:
    def prepare(server: Server, email: str) -> tuple[Client, str, dict[str, str]]:
        return server.client(), path, fields | {"email": email, "login": email}

    return prepare


class Adders:
    """People who add addresses to their accounts, each a few; they have just proven that it is them."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._left = 0

    def __call__(self, server: Server, email: str) -> tuple[Client, str, dict[str, str]]:
        if not self._left:
            self._client, self._left = server.client(factories.user(name="Adder")), ADDED_BY_ONE
            assert self._client.post("/accounts/reauthenticate/", {"password": "correct horse"}).status == 302
        self._left -= 1
        assert self._client
        return self._client, "/accounts/email/", {"email": email, "action_add": ""}


WAYS = {
    "login": post("/accounts/login/", password="wrong password"),
    "login by code": post("/accounts/login/code/"),
    "sign-up": post("/accounts/signup/", name="Ada", password1=""),
    "sign-up with a password": post("/accounts/signup/", name="Ada", password1=PASSWORD),
    "reset": post("/accounts/password/reset/"),
    "add an address": None,
}


def known(count: int) -> list[str]:
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(username=f"known{n}", email=f"known{n}@example.org", name=f"Known {n}", password=password)
        for n in range(count)
    )
    for user in users:
        user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return [user.email for user in users]


def seen(answer: Answer, client: Client) -> tuple[int, str, str]:
    """Status, where it leads, and what is read there, without addresses and what is new on every page."""
    place = answer.headers.get("Location", "")
    page = client.get(place) if place else answer
    secret = client.cookies.get("csrftoken", "")
    text = re.sub(r"[\w.]+@example\.org", "", page.text).replace("&quot;", '"').replace(secret, "")
    lines = [line for line in text.splitlines() if "csrf" not in line.lower()]
    return answer.status, place, "\n".join(lines)


def measure(server: Server, way: str, tries: int) -> tuple[dict[str, list[float]], dict[str, set[Any]], Counter[str]]:
    """Per kind of address the seconds of work on each try and what was seen; and the mails that each kind got."""
    addresses = {"known": known(tries), "unknown": [f"nobody{n}@example.org" for n in range(tries)]}
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    looks: dict[str, set[Any]] = {"known": set(), "unknown": set()}
    prepare = WAYS[way] or Adders()
    for number in range(-2, tries):
        # First the one, then the other; and who is first gets neither the better nor the worse of it.
        for kind in ("known", "unknown") if number % 2 else ("unknown", "known"):
            warming = number < 0
            email = f"warm{number}{kind}@example.org" if warming else addresses[kind][number]
            client, path, fields = prepare(server, email)
            # Connected before it is measured, and each from an address of its own.
            source = {"X-Forwarded-For": f"198.51.{number % 250}.{len(times[kind]) % 250}"}
            client.get("/healthz/")
            answer = client.post(path, fields, headers=source)
            if not warming:
                times[kind].append(float(answer.headers["X-CPU"]))
                looks[kind].add(seen(answer, client))
            client.close()
    mails = Counter(re.match(r"[a-z]+", address)[0] for mail in Email.objects.all() for address in mail.to)
    return times, looks, mails


def by_chance(times: list[float]) -> float:
    """How far the medians of two halves of the same tries lie apart, as a share: what this machine does by itself."""
    apart = [abs(statistics.median(times[start::2]) / statistics.median(times[1 - start :: 2]) - 1) for start in (0, 1)]
    return max(apart)


@pytest.mark.hostile  # what is said, without the time, is compared in tests/registration/account/test_signing_in.py too
@pytest.mark.parametrize("way", list(WAYS))
def test_known_and_unknown_addresses_look_the_same_and_take_as_long(start_server, way):
    server = start_server(workers=1, threads=2, env={"ALLAUTH_TRUSTED_PROXY_COUNT": "1"}, hook=TELL)
    times, looks, mails = measure(server, way, TRIES)

    assert (len(looks["known"]), looks["known"]) == (1, looks["unknown"])
    assert mails["known"] == mails["nobody"] == (0 if way == "login" else TRIES)
    medians = {kind: statistics.median(taken) * 1000 for kind, taken in times.items()}
    apart = abs(medians["known"] / medians["unknown"] - 1)
    chance = max(map(by_chance, times.values()))
    figures = f"{way}: known {medians['known']:.1f} ms, unknown {medians['unknown']:.1f} ms; by chance {chance:.1%}"
    assert apart < max(0.05, chance), figures
