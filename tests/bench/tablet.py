"""A tablet measured in a real browser with a fake camera: from the picture of a ticket to its verdict, with the server
and without, and how soon it works again after it was loaded anew.
"""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from registration.attendee.models import Attendee, AttendeeState
from registration.checkin.admission import check_in
from registration.checkin.models import Checkpoint
from tests.bench.crowd import Crowd, make_crowd
from tests.bench.load import Result
from tests.bench.weight import weigh_tablet_page
from tests.browser import chromium, video
from tests.browser.camera import FAKE
from tests.server import Server, running_server

IN_A_ROW = 60
# Seconds for which each ticket is held up, and the empty picture after it.
HELD, GAP = 0.9, 0.5
RELOADS = 10
PATIENCE = 300_000  # milliseconds, of a machine that has much else to do

# What is not let in, so that verdicts of all colours are shown: the place in the row, and the verdict.
REFUSED = {7: "cancelled", 19: "blocked", 31: "unknown", 43: "refunded", 55: "already_admitted"}

# Notes when a new ticket is first in view, by the mark in the corner of the film, and when its verdict is on the screen.
WATCH = """() => {
    window.watched = { seen: [], said: [], read: [] };
    const video = document.querySelector("#camera video");
    const paper = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    let mark = "";
    const look = (now) => {
        paper.drawImage(video, 8, 8, 16, 16, 0, 0, 1, 1);
        const [level] = paper.getImageData(0, 0, 1, 1).data;
        const found = level < 30 ? "black" : level > 225 ? "white" : "";
        if (found && found !== mark) watched.seen.push(now);
        if (found) mark = found;
        video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    const none = new Set(["ready", "search", "choose"]);
    new MutationObserver(() => {
        const { verdict } = document.getElementById("result").dataset;
        if (!none.has(verdict)) requestAnimationFrame((now) => watched.said.push([now, verdict]));
    }).observe(document.querySelector(".live"), { childList: true });
    const read = reader.read;
    reader.read = async (...given) => {
        const begun = performance.now();
        const texts = await read(...given);
        if (texts) watched.read.push(performance.now() - begun);
        return texts;
    };
}"""
# A ticket is scanned as soon as the page's scripts are there; `usable` is when its verdict is on the screen.
SCAN_AT_ONCE = """(() => {
    const codes = CODES;
    document.addEventListener("DOMContentLoaded", () => {
        const number = Number(sessionStorage.reloads ?? -1) + 1;
        sessionStorage.reloads = number;
        new MutationObserver(() => {
            const { verdict } = document.getElementById("result").dataset;
            if (verdict === "admitted") requestAnimationFrame((now) => (window.usable ??= now));
        }).observe(document.querySelector(".live"), { childList: true });
        queue.scan(codes[number], "typed");
    });
})();"""


@dataclass(frozen=True)
class Line:
    what: str
    figure: str
    target: str


def measure(*, people: int) -> list[Line]:
    """Raises AssertionError when a verdict was wrong or did not come."""
    with running_server(database="sqlite", workers=2, threads=4) as server, tempfile.TemporaryDirectory() as folder:
        crowd = make_crowd(people)
        codes = crowd.codes[:IN_A_ROW]
        expected = _refuse_some(crowd, codes)
        film = _film(Path(folder) / "film.mjpeg", codes)
        with _tablet(server, crowd, film) as page:
            online, rate = _hold_up(page, expected)
            _go(page, crowd.bare, crowd)
            page.context.set_offline(True)
            reloads = _reload(page, crowd.codes[-RELOADS - 1 :])
            offline, _rate = _hold_up(page, expected | {55: "admitted"})
        weight = weigh_tablet_page(crowd.conference, user=crowd.staff)
    return [
        Line("picture to verdict, online, p50 and p95", _percentiles(online), "p95 under 400 ms"),
        Line(f"picture to verdict, offline, {people:,} people, p50 and p95", _percentiles(offline), "p95 under 150 ms"),
        Line(f"{IN_A_ROW} people one after the other, verdicts included", f"{rate:.0f} s", "120 s"),
        Line(
            f"usable again after a reload, offline, {people:,} people, median and longest of {RELOADS}",
            f"{reloads.percentile(50):.0f} and {reloads.percentile(100):.0f} ms",
            "1000 ms",
        ),
        Line("the page and all it loads, compressed", f"{weight.rest / 1000:.0f} kB", "120 kB"),
        Line("with what reads codes", f"{(weight.rest + weight.decoder) / 1000:.0f} kB", "500 kB"),
    ]


def _refuse_some(crowd: Crowd, codes: list[str]) -> dict[int, str]:
    """Changes `codes` and whose they are; the verdict for each place in the row that is not let in."""
    for place, verdict in REFUSED.items():
        seat = Attendee.objects.filter(access_code=codes[place])
        if verdict in AttendeeState.values:
            seat.update(state=verdict)
        elif verdict == "blocked":
            seat.update(blocked_reason="Bench")
        elif verdict == "already_admitted":
            check_in(checkpoint=crowd.main, code=codes[place], scan_id=uuid.uuid4(), by=None, now=timezone.now())
        else:
            codes[place] = "00000000"
    return dict(REFUSED)


def _film(path: Path, codes: list[str]) -> Path:
    """After some empty seconds, in which the camera and its reader start, one ticket after the other."""
    scenes = []
    for number, code in enumerate(codes):
        picture = video.scene(video.code(f"HTTPS://TICKETS.EXAMPLE.ORG/T/{code}"))
        picture.paste(255 * (number % 2), (0, 0, 32, 32))
        scenes.append((picture, HELD))
    return video.write(path, [(video.room(), 8), *scenes], gap=GAP)


@contextmanager
def _tablet(server: Server, crowd: Crowd, film: Path) -> Iterator[Page]:
    args = [*chromium.ARGS, *FAKE, f"--use-file-for-fake-video-capture={film}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.installed(), args=args)
        context = browser.new_context(base_url=server.url, viewport={"width": 1180, "height": 820})
        cookies = server.sign_in(crowd.staff)
        context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        _go(page, crowd.main, crowd)
        yield page
        browser.close()


def _go(page: Page, place: Checkpoint, crowd: Crowd) -> None:
    """To the page of a checkpoint, until its list is on the disk, and the shell in the service worker."""
    page.goto(f"{reverse('checkin', args=[crowd.conference.slug])}?checkpoint={place.pk}")
    page.wait_for_function("() => typeof roster !== 'undefined' && roster.current() !== null")
    page.evaluate("() => roster.write()")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")


def _hold_up(page: Page, refused: dict[int, str]) -> tuple[Result, float]:
    """How long after each ticket came into view its verdict was shown, and how long the whole row took, in seconds."""
    page.evaluate(WATCH)
    page.locator('[data-camera="start"]').click()
    page.wait_for_function(f"() => watched.said.length >= {IN_A_ROW}", polling=200)
    watched = page.evaluate("() => watched")
    seen, said = watched["seen"][:IN_A_ROW], watched["said"][:IN_A_ROW]
    verdicts = {place: verdict for place, (_at, verdict) in enumerate(said) if verdict != "admitted"}
    assert verdicts == {place: verdict for place, verdict in refused.items() if verdict != "admitted"}, verdicts
    assert all(one <= at for one, (at, _verdict) in zip(seen, said, strict=True))
    assert all(at <= later for (at, _verdict), later in zip(said, seen[1:], strict=False)), "a ticket was missed"
    print(f"a picture read, p50 and p95: {_percentiles(Result(latencies=[one / 1000 for one in watched['read']]))}")
    result = Result(latencies=[(at - one) / 1000 for one, (at, _verdict) in zip(seen, said, strict=True)])
    return result, (said[-1][0] - seen[0]) / 1000


def _reload(page: Page, codes: list[str]) -> Result:
    """From the reload to the verdict of a ticket that was scanned at once."""
    page.add_init_script(SCAN_AT_ONCE.replace("CODES", json.dumps(codes)))
    result = Result()
    for _number in range(RELOADS):
        page.reload()
        page.wait_for_function("() => window.usable !== undefined")
        result.latencies.append(page.evaluate("() => usable") / 1000)
    return result


def _percentiles(result: Result) -> str:
    return f"{result.percentile(50):.0f} and {result.percentile(95):.0f} ms"
