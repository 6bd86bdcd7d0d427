"""What the page says when the camera or the reader of codes is not to be had, and how it comes back."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Route, expect

from tests import factories
from tests.browser.camera import FAKE, camera_tablet, until  # noqa: F401 -- a fixture
from tests.browser.conftest import axe
from tests.browser.tablet import field, seat_of, shows

pytestmark = pytest.mark.browser


def says(page: Page, text: str) -> None:
    expect(page.locator("#camera")).to_have_attribute("data-state", "failed", timeout=30_000)
    expect(page.locator("#camera [data-says]")).to_contain_text(text)
    expect(page.locator("#camera [data-says]")).to_contain_text("Typing and guns work.")


def is_on(page: Page) -> None:
    expect(page.locator("#camera")).to_have_attribute("data-state", "on", timeout=30_000)


def test_each_trouble_is_named_and_a_retry_ends_it(start_server, camera_tablet):  # noqa: F811
    """Refused by the person, not loaded, and refused by the policy: for real, in one browser."""
    server = start_server(workers=1)
    conference = factories.conference()
    seat = factories.attendee(conference=conference, user=factories.user(name="Bo Li"))
    # A service worker that is quick enough has the reader already, and answers before `route` is asked.
    page = camera_tablet(server, conference, args=(FAKE[0],), complains=False, service_workers="block")
    page.context.grant_permissions(["camera"])
    page.route("**/*.wasm", lambda route: route.abort())
    page.get_by_role("button", name="Start camera").click()
    says(page, "did not load")
    page.unroute("**/*.wasm")

    def forbid(route: Route) -> None:
        answer = route.fetch()
        policy = answer.headers["content-security-policy"].replace("'wasm-unsafe-eval'", "")
        route.fulfill(response=answer, headers=answer.headers | {"content-security-policy": policy})

    page.route("**/decoder*.js", forbid)
    page.get_by_role("button", name="Try again").click()
    says(page, "does not let the page read codes")
    page.unroute("**/decoder*.js")
    page.get_by_role("button", name="Try again").click()
    is_on(page)

    page.get_by_role("button", name="Put the camera away").click()
    page.context.clear_permissions()
    page.get_by_role("button", name="Camera", exact=True).click()
    says(page, "not allowed here")
    assert axe(page) == []
    page.keyboard.type(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "admitted", "Bo Li")
    page.context.grant_permissions(["camera"])
    page.get_by_role("button", name="Try again").click()
    is_on(page)
    assert axe(page) == []


@pytest.mark.django_db(transaction=True)
def test_no_camera_is_named(tablet, conference):
    """This browser has none, for real."""
    page = tablet()
    page.get_by_role("button", name="Start camera").click()
    says(page, "There is no camera")


@pytest.mark.parametrize(
    ("stub", "text"),
    [
        (
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotReadableError') }",
            "Another app",
        ),
        ("Object.defineProperty(window, 'isSecureContext', { value: false })", "https"),
        ("navigator.mediaDevices.getUserMedia = async () => { throw new TypeError('what') }", "did not start"),
    ],
    ids=["taken", "insecure", "other"],
)
@pytest.mark.django_db(transaction=True)
def test_other_troubles_are_named_and_typing_works(tablet, conference, stub, text):
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    page.evaluate(f"() => {{ {stub} }}")
    page.get_by_role("button", name="Start camera").click()
    says(page, text)
    field(page).fill(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "admitted", "Bo Li")


def test_camera_starts_again_stops_when_hidden_and_is_remembered(start_server, camera_tablet):  # noqa: F811
    server = start_server(workers=1)
    conference = factories.conference()
    page = camera_tablet(server, conference, args=(f"{FAKE[0]}=device-count=2", *FAKE[1:]))
    track = "document.querySelector('video').srcObject?.getVideoTracks()[0]"
    page.get_by_role("button", name="Start camera").click()
    is_on(page)
    size = page.evaluate(f"(({{ width, height }}) => [width, height])({track}.getSettings())")
    assert size == [1280, 720]

    # Unplugged, or taken by a call.
    page.evaluate(f"window.first = {track}; first.stop(); first.dispatchEvent(new Event('ended'))")
    until(page, lambda: page.evaluate(f"{track} && {track} !== first && {track}.readyState === 'live'"))
    is_on(page)

    # Behind another app nothing is filmed.
    page.evaluate(f"""() => {{
        window.second = {track};
        Object.defineProperty(document, "hidden", {{ value: true, configurable: true }});
        document.dispatchEvent(new Event("visibilitychange"));
    }}""")
    assert page.evaluate("second.readyState") == "ended"
    page.evaluate("""() => {
        delete document.hidden;
        document.dispatchEvent(new Event("visibilitychange"));
    }""")
    is_on(page)

    # The other camera, and the same again after a reload and one tap anywhere.
    page.evaluate("window.first = document.querySelector('video').srcObject.getVideoTracks()[0].getSettings().deviceId")
    page.get_by_role("button", name="Other camera").click()
    until(page, lambda: page.evaluate(f"{track} && {track}.getSettings().deviceId !== first"))
    is_on(page)
    chosen = page.evaluate(f"{track}.getSettings().deviceId")
    page.reload()
    expect(page.locator("#camera [data-says]")).to_have_text("Tap anywhere to start the camera.")
    page.locator("#result").click()
    is_on(page)
    assert page.evaluate(f"{track}.getSettings().deviceId") == chosen

    # Put away, it stays away.
    page.get_by_role("button", name="Put the camera away").click()
    assert page.evaluate("document.querySelector('video').srcObject") is None
    page.goto(reverse("checkin", args=[conference.slug]))
    page.locator("#result").click()
    expect(page.locator("#camera video")).to_be_hidden()
    page.get_by_role("button", name="Camera", exact=True).click()
    is_on(page)


def test_torch_is_offered_where_there_is_one(start_server, camera_tablet):  # noqa: F811
    server = start_server(workers=1)
    page = camera_tablet(server, factories.conference())
    page.evaluate("""() => {
        const capabilities = MediaStreamTrack.prototype.getCapabilities;
        MediaStreamTrack.prototype.getCapabilities = function () { return { ...capabilities.call(this), torch: true } };
        MediaStreamTrack.prototype.applyConstraints = async (wish) => { window.torch = wish.advanced[0].torch };
    }""")
    page.get_by_role("button", name="Start camera").click()
    torch = page.get_by_role("button", name="Torch")
    torch.click()
    expect(torch).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("window.torch") is True
    torch.click()
    expect(torch).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("window.torch") is False


@pytest.mark.django_db(transaction=True)
def test_reader_that_never_comes_is_told_and_a_retry_loads_it(tablet, conference):
    page = tablet()
    page.evaluate("""() => {
        const timeout = AbortSignal.timeout.bind(AbortSignal);
        window.patience = 300;
        AbortSignal.timeout = (within) => timeout(Math.min(within, window.patience));
        navigator.mediaDevices.getUserMedia = () => new Promise(() => {});
    }""")
    page.route("**/*.wasm", lambda route: None)  # never answered
    page.get_by_role("button", name="Start camera").click()
    says(page, "did not load")
    page.unroute("**/*.wasm")
    page.evaluate("() => { window.patience = Infinity; }")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#camera")).to_have_attribute("data-state", "starting")
    assert page.evaluate("() => reader.load().then(() => true)")


@pytest.mark.parametrize("first", ["camera", "reader"])
@pytest.mark.django_db(transaction=True)
def test_camera_does_not_stay_on_where_the_reader_does_not_come(tablet, conference, first):
    page = tablet()
    page.evaluate("""() => {
        window.tracks = document.createElement("canvas").captureStream(10).getTracks();
        navigator.mediaDevices.getUserMedia = () => new Promise((resolve) => { window.open = () => resolve(new MediaStream(window.tracks)); });
    }""")
    held: list[Route] = []
    page.route("**/*.wasm", lambda route: held.append(route))
    page.get_by_role("button", name="Start camera").click()
    until(page, lambda: bool(held))
    if first == "camera":
        page.evaluate("window.open()")
    held[0].abort()
    says(page, "did not load")
    if first == "reader":
        page.evaluate("window.open()")
    until(page, lambda: page.evaluate("window.tracks[0].readyState") == "ended")
