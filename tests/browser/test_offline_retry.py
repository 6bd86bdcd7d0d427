"""When a tablet asks for its server again, by a clock of our own and with everything else left out."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser]

SYNC = Path(__file__).parents[2] / "static" / "js" / "checkin" / "sync.js"
# `asked` are the seconds at which the server was asked, `answers` what it says: "none", "ok", or a promise of either.
AROUND = """
    const asked = [];
    let answer = "none";
    let isOffline = false;
    const place = { here: { slug: "one", answerWithin: 2000 } };
    const net = {
        isOffline: () => isOffline, isRefusal: () => false,
        lost: () => { isOffline = true; }, found: () => { isOffline = false; },
        renew: async () => { asked.push(performance.now() / 1000); return answer; },
    };
    const queue = { refresh: async () => {}, isWaiting: () => false, hasDecided: () => false, unsent: () => [], sent: () => [] };
    const roster = { current: () => null };
"""
ONLINE = "() => window.dispatchEvent(new Event('online'))"
SEEN = "() => document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def away(page: Page) -> Page:
    """The server does not answer."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.add_script_tag(content=AROUND)
    page.add_script_tag(path=SYNC)
    return page


def asked(page: Page) -> list[float]:
    return page.evaluate("asked")


def pauses(page: Page) -> list[float]:
    times = asked(page)
    return [later - earlier for earlier, later in pairwise(times)]


def go_on(page: Page, seconds: float) -> None:
    """In steps, since what comes after an answer is done between the timers."""
    for _ in range(int(seconds * 4)):
        page.clock.run_for(250)


def test_pauses_grow_to_half_a_minute_and_are_never_quite_the_same(away):
    away.evaluate("() => sync.start()")
    go_on(away, 150)
    waited = pauses(away)
    for expected, pause in zip([2, 4, 8, 16], waited, strict=False):
        assert 0.75 * expected <= pause <= 1.25 * expected + 0.5
    assert len(waited) >= 6
    assert all(22 <= pause <= 30.5 for pause in waited[4:])
    assert all(pause % 1 for pause in waited[:3])  # two tablets do not keep step


@pytest.mark.parametrize("event", [ONLINE, SEEN], ids=["online", "seen"])
def test_it_asks_at_once_when_the_network_is_back_or_somebody_looks(away, event):
    away.evaluate("() => sync.start()")
    go_on(away, 60)
    before = asked(away)
    away.evaluate(event)
    assert len(asked(away)) == len(before) + 1


def test_what_happens_while_it_asks_is_followed_by_another_look(away):
    """The request that is under way may have gone out on a network that is no more."""
    away.evaluate("""() => {
        answer = new Promise((resolve) => { window.give = resolve; });
        sync.start();
    }""")
    away.evaluate(ONLINE)
    assert len(asked(away)) == 1
    away.evaluate("() => window.give('none')")
    away.clock.run_for(10)
    assert len(asked(away)) == 2
