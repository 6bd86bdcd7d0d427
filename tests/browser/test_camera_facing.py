"""Which way the camera looks: staff hold the tablet before a ticket, people hold their ticket before a stand."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from registration.checkin.kiosk import start_kiosk
from registration.checkin.models import Checkpoint
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SOON = 30_000
# A camera that another app has at first, and that then shows nothing, facing the way that it was asked to.
CAMERA = """() => {
    window.asked = [];
    navigator.mediaDevices.getUserMedia = async ({ video }) => {
        asked.push(video.facingMode.ideal);
        if (asked.length <= %(refusals)d) throw new DOMException("", "%(refusal)s");
        const paper = document.createElement("canvas");
        const pen = paper.getContext("2d");
        setInterval(() => pen.fillRect(0, 0, paper.width, paper.height), 50);
        const stream = paper.captureStream(20);
        const [track] = stream.getVideoTracks();
        track.getSettings = () => ({ facingMode: video.facingMode.ideal });
        return stream;
    };
}"""


def with_camera(page: Page, *, refusals: int = 0, refusal: str = "NotReadableError") -> None:
    page.add_init_script(f"({CAMERA % {'refusals': refusals, 'refusal': refusal}})()")


@pytest.fixture
def stand(open_page, conference, live_server):
    def stand(**options) -> Page:
        Checkpoint.objects.main(conference)
        tablet, secret = factories.paired_tablet(conference=conference, name=f"Stand {options}")
        start_kiosk(tablet=tablet, pin="2468")
        page = open_page("/healthz/", size="tablet", permissions=["camera"])
        with_camera(page, **options)
        page.context.add_cookies([{"name": "tablet", "value": secret, "url": f"{live_server.url}/staff/"}])
        page.goto(reverse("checkin", args=[conference.slug]))
        return page

    return stand


def is_on(page: Page) -> None:
    expect(page.locator("#camera")).to_have_attribute("data-state", "on", timeout=SOON)


def is_mirrored(page: Page) -> bool:
    return page.locator("#camera video").evaluate("(video) => getComputedStyle(video).scale") == "-1 1"


def test_stand_looks_at_who_stands_before_it_as_in_a_mirror(stand):
    page = stand()
    is_on(page)
    assert page.evaluate("asked") == ["user"]
    assert is_mirrored(page)
    # Of two codes the one that is seen on the left is the left one.
    page.evaluate("reader.read = async () => ['LEFTONE1', 'RIGHTON1']")
    expect(page.locator("#result .code")).to_have_text(["RIGHTON1", "LEFTONE1"], timeout=SOON)


def test_tablet_of_the_staff_looks_away_from_them(tablet):
    page = tablet(prepare=with_camera)
    page.get_by_role("button", name="Start camera").click()
    is_on(page)
    assert page.evaluate("asked") == ["environment"]
    assert not is_mirrored(page)
    page.evaluate("reader.read = async () => ['LEFTONE1', 'RIGHTON1']")
    expect(page.locator("#result .code")).to_have_text(["LEFTONE1", "RIGHTON1"], timeout=SOON)


def test_stand_tries_again_by_itself_and_asks_nobody_over_and_over(stand):
    page = stand(refusals=2)
    expect(page.locator("#camera")).to_contain_text("Another app has the camera", timeout=SOON)
    is_on(page)
    assert page.evaluate("asked.length") == 3

    refused = stand(refusals=9, refusal="NotAllowedError")
    expect(refused.locator("#camera")).to_contain_text("The camera is not allowed here", timeout=SOON)
    refused.wait_for_timeout(7000)
    assert refused.evaluate("asked.length") == 1
