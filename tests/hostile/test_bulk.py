"""B5 of the hostile cases: what a page costs does not grow with the people and scans there are, numbers in an address that no
page has are answered at once, and an export flows while others work.
"""

from __future__ import annotations

import datetime as dt
import http.client
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Visitor
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conferences.models import Role
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.checkin.models import Scan, Verdict
from tests import factories
from tests.bench.crowd import Crowd, make_crowd
from tests.hostile.test_bodies import Watch
from tests.hostile.test_checkin_races import FULL
from tests.server import Client, Server

pytestmark = [pytest.mark.both_databases(hostile=True)]

SCANS_EACH = 5


def make_scans(crowd: Crowd) -> None:
    """Of everybody so many: the first lets them in at the main entrance, the others find them in already."""
    now, keys = timezone.now(), Attendee.objects.filter(conference=crowd.conference).order_by("pk")
    rows: list[Scan] = []
    for number, (pk, code) in enumerate(keys.values_list("pk", "access_code").iterator()):
        at = now - dt.timedelta(seconds=number % 20_000)
        for turn in range(SCANS_EACH):
            verdict = Verdict.ALREADY_ADMITTED if turn else Verdict.ADMITTED
            rows.append(
                Scan(
                    id=uuid.uuid4(), checkpoint=crowd.main, attendee_id=pk, code=code, verdict=verdict, scanned_at=at,
                    effective_at=at, received_at=at, scanned_by=crowd.staff, scanned_by_name="Desk", method="typed",
                )
            )  # fmt: skip
        if len(rows) >= 5000:
            Scan.objects.bulk_create(rows)
            rows.clear()
    Scan.objects.bulk_create(rows)
    Attendee.objects.filter(conference=crowd.conference).update(checked_in_at=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite":
            # A site that grows day by day never has gigabytes in its log.
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def pages_of(crowd: Crowd) -> dict[str, str]:
    staff, name = f"/staff/{crowd.conference.slug}", crowd.names[0].split()[0]
    return {
        "dashboard": f"{staff}/",
        "list": f"{staff}/attendees/",
        "last page": f"{staff}/attendees/?page=1000000000",
        "list, searched": f"{staff}/attendees/?q={name}",
        "person": f"{staff}/attendees/{Attendee.objects.get(access_code=crowd.codes[0]).pk}/",
        "check-in": f"{staff}/checkin/",
        "search at the door": f"{staff}/checkin/search/?q={name}",
    }


def queries_of(user: User, path: str) -> int:
    visitor = Visitor()
    visitor.force_login(user)
    visitor.get(path)  # what is remembered between requests is so now
    with CaptureQueriesContext(connection) as queries:
        assert visitor.get(path).status_code == 200, path
    return len(queries)


def organiser(crowd: Crowd) -> User:
    return factories.staff(conference=crowd.conference, role=Role.ORGANISER).user


def seconds(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def percentile_95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def look(client: Client, path: str, times: int) -> list[float]:
    return [seconds(lambda: client.get(path)) for _time in range(times)]


@pytest.fixture(params=[2_000, pytest.param(200_000, marks=FULL)], ids=["reduced", "full"])
def site(request: Any, start_server: Any) -> Iterator[tuple[Server, Crowd, Crowd]]:
    """A server, a small conference and a large one, both with scans."""
    server = start_server(workers=2)
    few, many = make_crowd(60), make_crowd(request.param)
    for crowd in (few, many):
        make_scans(crowd)
    yield server, few, many


def test_pages_do_not_mind_how_many_there_are(site):
    server, few, many = site
    at_few, at_many = (
        {name: queries_of(user, path) for name, path in pages_of(crowd).items()}
        for crowd, user in ((few, organiser(few)), (many, organiser(many)))
    )
    # What a large conference counts is kept: it is asked whether that still holds, and for the scans of five minutes ago.
    at_few["dashboard"] += 2
    assert {name: count for name, count in at_many.items() if count > at_few[name]} == {}

    client = server.client(organiser(many))
    client.get(pages_of(many)["list"])
    numbers_nobody_has(client, many)
    the_export_flows(server, many)


def numbers_nobody_has(client: Client, crowd: Crowd) -> None:
    """An address is answered by a page that is there, or by 400 or 404, about as soon as the first page is."""
    staff = f"/staff/{crowd.conference.slug}"
    usual = statistics.median(look(client, f"{staff}/attendees/", 5))
    for asked in ("page=1000000000", "page=-1", "page=abc", "page=1e9", "page=%00", "page=", "size=1000000", "page=%EF%BC%91",
                  "page=99999999999999999999", "ticket=99999999999999999999", "pk=1000000000000000000000", "sort=size"):  # fmt: skip
        begun = time.perf_counter()
        answer = client.get(f"{staff}/attendees/?{asked}")
        took = time.perf_counter() - begun
        assert answer.status in {200, 400, 404}, asked
        assert answer.text.count("/attendees/") < 200, f"{asked}: everybody at once"
        assert took < 5 * usual + 0.5, asked
    last = client.get(f"{staff}/attendees/?page=1000000000").text
    assert f"{len(crowd.codes):,}" in last or str(len(crowd.codes)) in last
    for path in (f"{staff}/attendees/1000000000000000000000000/", f"{staff}/attendees/-1/", f"{staff}/attendees/abc/"):
        assert client.get(path).status == 404, path


def the_export_flows(server: Server, crowd: Crowd) -> None:
    """Its first lines come long before its last; no process keeps it all; and whoever scans meanwhile is served."""
    is_full = len(crowd.codes) > 10_000
    exporter, other = server.client(organiser(crowd)), server.client(crowd.staff)
    codes = iter(crowd.codes)

    def scan() -> None:
        form = {"code": next(codes), "scan_id": str(uuid.uuid4()), "checkpoint": crowd.main.pk}
        assert other.post(f"/staff/{crowd.conference.slug}/checkin/scan/", form, htmx=True).status == 200

    usual = percentile_95([seconds(scan) for _time in range(200)]) if is_full else 0.0
    meanwhile: list[float] = []
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.05):
            meanwhile.append(seconds(scan))

    worker = threading.Thread(target=work)
    with Watch(server) as watch:
        before = watch.now()
        worker.start()
        try:
            lines, first, whole = export(server, exporter, f"/staff/{crowd.conference.slug}/attendees/export.csv")
        finally:
            ended.set()
            worker.join()
    assert lines == len(crowd.codes) + 1
    assert watch.most < 300, f"{watch.most:.0f} MB"
    print(f"export: first line after {first:.2f} of {whole:.1f} s, {watch.most - before:.0f} MB more")  # noqa: T201
    if is_full:
        print(f"others: {usual * 1000:.0f} ms, meanwhile {percentile_95(meanwhile) * 1000:.0f} ms")  # noqa: T201
        assert first < whole / 4
        assert percentile_95(meanwhile) < 2 * usual
        dashboard = percentile_95(look(other, f"/staff/{crowd.conference.slug}/", 40))
        print(f"dashboard: {dashboard * 1000:.0f} ms")  # noqa: T201
        assert dashboard < 0.5


def export(server: Server, client: Client, path: str) -> tuple[int, float, float]:
    """Lines, and the seconds until the first part and until the end."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    begun = time.perf_counter()
    reader = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    reader.request("GET", path, headers={"Host": server.host, "Cookie": cookies})
    response = reader.getresponse()
    assert response.status == 200
    lines = response.read(1000).count(b"\n")
    first = time.perf_counter() - begun
    while part := response.read(65_536):
        lines += part.count(b"\n")
    reader.close()
    return lines, first, time.perf_counter() - begun
