"""A pairing link opened by many devices at once makes one of them the tablet, and the PIN of a kiosk is guessed a few times
by however many; each with a control that must fail.
"""

from __future__ import annotations

from collections import Counter

import pytest
from django.urls import reverse
from django.utils import timezone

from registration.checkin.kiosk import TRIES, start_kiosk
from registration.checkin.models import RetiredSecret, Tablet
from registration.checkin.pairing import open_pairing
from registration.checkin.tablets import digest
from tests import factories
from tests.server import Client, Server, together

pytestmark = [pytest.mark.both_databases]

FULL = pytest.mark.hostile


def race(server: Server, devices: int) -> tuple[Tablet, list[Client], Counter[int]]:
    """Every device has looked at the page; then all press the button. Theirs are the cookies of those that were paired."""
    tablet = factories.tablet(conference=factories.conference())
    link = reverse("checkin-pair", args=[tablet.conference.slug, open_pairing(tablet=tablet, now=timezone.now())])
    clients = [server.client() for _ in range(devices)]
    assert {client.get(link).status for client in clients} == {200}
    answers = together([lambda client=client: client.post(link) for client in clients])
    return tablet, [client for client in clients if "tablet" in client.cookies], Counter(one.status for one in answers)


@pytest.mark.parametrize(
    ("links", "devices", "workers"), [(2, 8, 2), pytest.param(50, 32, 4, marks=FULL)], ids=["reduced", "full"]
)
def test_one_of_many_devices_is_paired(start_server, links, devices, workers):
    server = start_server(workers=workers)
    for _number in range(links):
        tablet, paired, statuses = race(server, devices)

        assert statuses == {302: 1, 410: devices - 1}
        assert [digest(client.cookies["tablet"]) for client in paired] == [
            Tablet.objects.get(pk=tablet.pk).secret_digest
        ]
        assert RetiredSecret.objects.count() == 0
        assert paired[0].get(reverse("checkin", args=[tablet.conference.slug])).status == 200


def test_pairing_control_that_looks_before_it_takes_pairs_several(start_server):
    server = start_server(workers=2, hook="tests.hooks:pair_without_condition")
    _tablet, paired, statuses = race(server, 8)

    assert statuses[302] >= 2
    assert len(paired) >= 2


def guess(server: Server, clients: int) -> Counter[str]:
    """What wrong PINs are told, tried at the same moment."""
    conference = factories.conference()
    tablet, secret = factories.paired_tablet(conference=conference)
    start_kiosk(tablet=tablet, pin="2468")
    path = reverse("checkin-kiosk", args=[conference.slug])
    guessers = [server.client() for _ in range(clients)]
    for client in guessers:
        client.cookies["tablet"] = secret
    answers = together([lambda client=client: client.post(path, {"pin": "0000"}) for client in guessers])
    return Counter("wrong" if "That is not the PIN." in answer.text else "refused" for answer in answers)


@pytest.mark.parametrize("clients", [16, pytest.param(60, marks=FULL)], ids=["reduced", "full"])
def test_pin_is_looked_at_five_times_however_many_guess(start_server, clients):
    server = start_server(workers=2, hook="tests.hooks:quick_passwords")
    assert guess(server, clients) == {"wrong": TRIES, "refused": clients - TRIES}


def test_guessing_control_that_counts_afterwards_looks_at_more(start_server):
    assert guess(start_server(workers=2, hook="tests.hooks:count_pins_afterwards"), 16)["wrong"] > TRIES
