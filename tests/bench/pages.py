"""What is measured besides scans: search, dashboard, registration, import, memory, start."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.demo.people import invent_people
from tests import factories
from tests.bench import load, visits
from tests.bench.crowd import Crowd
from tests.bench.visits import Visitor
from tests.server import ROOT, Server

_MB = 1024 * 1024


def queries_of_a_scan(crowd: Crowd, code: str) -> int:
    """Of everything the answer needs: session, user, role, checkpoint, seat, the writes. Without BEGIN and COMMIT."""
    client = Client(SERVER_NAME="localhost", headers={"HX-Request": "true"})
    client.force_login(crowd.staff)
    factories.signed_in(crowd.staff, client.session.session_key)
    form = {"code": code, "scan_id": "0" * 31 + "1", "checkpoint": crowd.main.pk}
    path = f"/staff/{crowd.conference.slug}/checkin/scan/"
    client.post(path, form | {"code": "nobody", "scan_id": "0" * 32})
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(path, form)
    assert 'data-verdict="admitted"' in answer.content.decode()
    return sum(1 for query in captured if query["sql"].split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"})


def measure_search(server: Server, crowd: Crowd, *, times: int) -> load.Result:
    """By one client: beginnings of names, whole names, parts of addresses, and names that nobody has."""
    chance = random.Random(5)
    queries = []
    for name in chance.choices(crowd.names, k=times):
        kind = len(queries) % 4
        queries.append([name, name.split()[-1][:3], f"guest{chance.randrange(10_000)}", f"{name[:2]}xq"][kind])
    visitor = Visitor(server, server.sign_in(crowd.staff))
    slug = crowd.conference.slug
    load.run(port=server.port, clients=1, visits=visits.searches(visitor, slug=slug, queries=queries[:10]))
    return load.run(port=server.port, clients=1, visits=visits.searches(visitor, slug=slug, queries=queries))


def measure_dashboard(server: Server, crowd: Crowd, *, times: int) -> load.Result:
    """By one client; somebody is let in before each look, so that nothing can be answered from memory."""
    slug, cookies = crowd.conference.slug, server.sign_in(crowd.staff)
    visitor, result = Visitor(server, cookies), load.Result()
    for code in crowd.codes[-times:]:
        scan = visits.scans(visitor, path=f"/staff/{slug}/checkin/scan/", checkpoint=crowd.main.pk, codes=[code])
        load.run(port=server.port, clients=1, visits=scan)
        looked = load.run(port=server.port, clients=1, visits=visits.dashboards(visitor, slug=slug, times=1))
        result.latencies += looked.latencies
    return result


def measure_list(server: Server, crowd: Crowd, *, times: int = 5) -> tuple[float, float, load.Result]:
    """Of the list a tablet keeps: seconds for all of it, its megabytes compressed, and how long the change takes that one
    scan makes.
    """
    client, slug = server.client(crowd.staff), crowd.conference.slug
    path = f"/staff/{slug}/checkin/roster/?checkpoint={crowd.bare.pk}"
    packed = {"Accept-Encoding": "gzip"}
    body = client.get(path, headers=packed).body
    whole = median_of(lambda: _seconds(lambda: client.get(path, headers=packed)), times)
    cursor, changes = json.loads(gzip.decompress(body))["cursor"], load.Result()
    for code in crowd.codes[-times * 10 :]:
        form = {"code": code, "scan_id": uuid.uuid4(), "checkpoint": crowd.bare.pk}
        client.post(f"/staff/{slug}/checkin/scan/", form, htmx=True)
        begun = time.perf_counter()
        answer = client.get(f"{path}&cursor={cursor}").json()
        changes.latencies.append(time.perf_counter() - begun)
        assert [row[0] for row in answer["people"]] == [code]
        cursor = answer["cursor"]
    return whole, len(body) / 1e6, changes


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def measure_registration(server: Server, *, people: int, clients: int) -> tuple[float, dict[str, int]]:
    """Free registrations per second through the pages, and what became of the last places when more came than there
    were: sold, refused, and by how many the seats differ from the places (0, or the promise is broken).
    """
    conference = factories.conference(name="Open doors", total_capacity=0)
    free = factories.ticket_type(conference=conference, name="Free", slug="free")
    result, outcomes = _register(server, conference, free, people=people, clients=clients)
    assert outcomes == [302] * people, f"not everybody got a ticket: {set(outcomes)}"
    rare = factories.ticket_type(conference=conference, name="Last places", slug="rare", total_quantity=people // 4)
    _result, outcomes = _register(server, conference, rare, people=people, clients=clients)
    seats = Attendee.objects.live().filter(ticket_type=rare).count()
    rare.refresh_from_db()
    assert seats == outcomes.count(302) == rare.taken, "an answer, a seat and the counter disagree"
    return result.per_second, {
        "places": rare.total_quantity,
        "sold": seats,
        "refused": people - seats,
        "lost": max(0, rare.total_quantity - seats),
        "oversold": max(0, seats - rare.total_quantity),
    }


def _register(
    server: Server, conference: Conference, ticket: TicketType, *, people: int, clients: int
) -> tuple[load.Result, list[int]]:
    outcomes: list[int] = []
    visitors = [Visitor(server, cookies) for cookies in sign_in_many(server, people)]
    each = visits.registrations(visitors, slug=conference.slug, ticket=ticket.slug, outcomes=outcomes)
    return load.run(port=server.port, clients=clients, visits=each), outcomes


def sign_in_many(server: Server, people: int) -> list[dict[str, str]]:
    """Cookies of new accounts."""
    number = User.objects.count()
    users = User.objects.bulk_create(
        User(username=f"new{n}", email=f"new{n}@example.org", name=f"Newcomer {n}", password="!")
        for n in range(number, number + people)
    )
    cookies = [server.sign_in(user) for user in users[:1]]
    # The others' sessions are like the first one's.
    from importlib import import_module

    from django.conf import settings

    store = import_module(settings.SESSION_ENGINE).SessionStore
    first = store(next(iter(cookies[0].values()))).load()
    sessions = []
    for user in users[1:]:
        data = first | {"_auth_user_id": str(user.pk), "_auth_user_hash": user.get_session_auth_hash()}
        key = store()._get_new_session_key()
        expires = timezone.now() + timedelta(days=1)
        sessions.append(Session(session_key=key, session_data=store().encode(data), expire_date=expires))
        cookies.append({server.cookie("sessionid"): key})
    Session.objects.bulk_create(sessions)
    UserSession.objects.bulk_create(
        UserSession(user=user, session_key=session.session_key, ip="127.0.0.1")
        for user, session in zip(users[1:], sessions, strict=True)
    )
    return cookies


def measure_import(server: Server, *, rows: int) -> tuple[float, float]:
    """Rows per second, and the most memory (MB) that `manage.py import_roster` took, for a list in pretix's layout."""
    conference = factories.conference(name="Imported")
    path = server.folder / "roster.csv"
    _write_roster(path, rows)
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_roster", conference.slug, str(path)],
        cwd=ROOT,
        env=server.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout
    said = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    assert status == 0, said.decode()
    assert conference.attendees.count() == rows, said.decode()
    return rows / (time.perf_counter() - begun), usage.ru_maxrss / 1024


def _write_roster(path: Path, rows: int) -> None:
    columns = (
        "Order code,Attendee name,Product,Price,Checked in,Checked out,Automatically checked in,Paid,Secret,E-mail,"
    )
    columns += "T-shirt size,Company,Voucher code,Order date,Requires special attention,Comment,Seat ID,Seat name,"
    columns += "Seat zone,Seat row,Seat number"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns.split(","))
        for number, person in enumerate(invent_people(rows, seed=11)):
            secret = f"{number:08d}" + "wfapy349hv3ezn7y9ds65e4f"
            row = [f"C{number:05d}", person.name, "Regular", "120.00", "", "", "No", "Yes", secret, person.email, "M"]
            writer.writerow([*row, person.company, "", "2026-09-02", "No", "", "", "", "", "", ""])


def memory_of_a_worker(server: Server) -> float:
    """Resident memory (MB) of the largest, what it shares with its parent included."""
    return max(psutil.Process(pid).memory_info().rss for pid in server.worker_pids()) / _MB


def measure_start(server: Server, *, times: int = 5) -> float:
    """Seconds from the command to the first answer, the median of `times`."""

    def start() -> float:
        server.stop(kill=True)
        begun = time.perf_counter()
        server.start()
        return time.perf_counter() - begun

    return median_of(start, times)


def median_of(measure: Callable[[], float], times: int) -> float:
    return statistics.median(measure() for _ in range(times))
