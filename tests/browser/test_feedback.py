"""What a verdict looks, sounds and feels like, measured in the browser."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from registration.checkin.models import Checkpoint, Verdict
from registration.checkin.panel import Panel
from registration.checkin.sentences import First
from registration.checkin.signs import sign_of
from tests.browser.offline import cut, ready
from tests.browser.tablet import field, seat_of, shows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What is heard, as in the design: notes up, down, equal; low is below 250 Hz, long above 0.4 s.
SOUNDS = {
    "admitted": "two up in 0.18 s",
    "admitted saved": "tick, glide up",
    "already_admitted": "two equal",
    "unpaid": "three, last up",
    "unpaid refuse": "one long low",
    "wrong_ticket": "two down",
    "not_open": "two down",
    "cancelled": "one long low",
    "refunded": "one long low",
    "replaced": "one long low",
    "blocked": "one long low",
    "incomplete": "one long low",
    "unknown": "two equal low",
}
LOOKS = {
    "admitted": ("go", 900),
    "admitted saved": ("saved", 900),
    "already_admitted": ("wait", 2500),
    "unpaid": ("wait", 2500),
    "unpaid refuse": ("stop", 2500),
    "unknown": ("stop", 2500),
    "cancelled": ("stop", 2500),
}
LISTEN = """() => {
    window.heard = [];
    window.felt = [];
    const make = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
        const tone = make.call(this);
        const note = {};
        tone.frequency.setValueAtTime = (from, at) => Object.assign(note, { from, at });
        tone.frequency.linearRampToValueAtTime = (to, end) => Object.assign(note, { to, length: end - note.at });
        tone.start = () => window.heard.push(note);
        tone.stop = () => {};
        return tone;
    };
    Object.defineProperty(navigator, "vibrate", { value: (pattern) => window.felt.push(pattern), configurable: true });
}"""
CONTRASTS = """() => {
    const paper = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const pixel = (...colours) => {
        paper.clearRect(0, 0, 1, 1);
        for (const colour of colours) {
            paper.fillStyle = colour;
            paper.fillRect(0, 0, 1, 1);
        }
        return [...paper.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    };
    const luminance = (rgb) => {
        const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        const colours = [];
        for (let at = element; at; at = at.parentElement) colours.unshift(getComputedStyle(at).backgroundColor);
        return colours;
    };
    const result = document.getElementById("result");
    const shown = [...result.querySelectorAll("*")].filter((element) => {
        const says = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
        return (says || element.matches("svg")) && element.checkVisibility();
    });
    return shown.map((element) => {
        const layers = behind(element);
        const [one, other] = [pixel(...layers, getComputedStyle(element).color), pixel(...layers)].map(luminance);
        return [(Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), element.textContent.trim() || element.outerHTML];
    });
}"""


def panel_of(conference, verdict: str, flag: str = "", **said) -> str:
    """The real fragment with all there can be in it."""
    now = dt.datetime(2027, 3, 1, 9, tzinfo=dt.UTC)
    first = First(at=now, when="09:12", ago="5 minutes ago", checkpoint="Main entrance", tablet="Door 1", by="Jonas")
    everything = {
        "icon": sign_of(verdict).icon,
        "word": Verdict(verdict).label,
        "name": "Friederike-Annegret Schmittmeyer-Wolfenhausen",
        "ticket": "Regular",
        "order": "ABC",
        "code": "9C3WZ6AY",
        "message": "What happened.",
        "say": "What to do.",
        "note": "Wheelchair",
        "hand_out": (("T-shirt", "L"),),
        "first": first,
        "owed": Decimal(79),
        "undo_scan_id": "1",
        "undo_label": "Undo",
        "person_url": "/",
    }
    panel = Panel(verdict=verdict, scan_id="1", is_refusal=flag == "refuse", **everything | said)
    context = {"panel": panel, "conference": conference, "checkpoint": Checkpoint.objects.main(conference)}
    html = render_to_string("registration/checkin/_result.html", context)
    return html.replace("<section ", "<section data-saved ", 1) if flag == "saved" else html


def show(page: Page, html: str) -> None:
    page.evaluate("(html) => panel.announce(html)", html)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_verdict_can_be_read_in_the_sun(tablet, conference, dark):
    page = tablet(dark=dark)
    for verdict in SOUNDS:
        show(page, panel_of(conference, *verdict.split()))
        measured = page.evaluate(CONTRASTS)
        assert len(measured) > 15
        assert [(verdict, found) for found in measured if found[0] < 7] == []


def test_contrast_is_measured(tablet, conference):
    """The control: a colour that is too weak is found."""
    page = tablet()
    show(page, panel_of(conference, "admitted"))
    page.evaluate("document.querySelector('#result .name').style.color = '#0a7a4a'")
    assert min(ratio for ratio, _text in page.evaluate(CONTRASTS)) < 7


def described(notes: list[dict[str, float]]) -> str:
    pitches = [note["from"] for note in notes]
    span = max(note["at"] + note["length"] for note in notes) - notes[0]["at"]
    if notes[-1]["to"] > notes[-1]["from"]:
        return "tick, glide up" if len(notes) == 2 and notes[0]["length"] < 0.05 else "glide"
    if len(notes) == 1:
        return f"one {'long' if notes[0]['length'] > 0.4 else 'short'} {'low' if pitches[0] < 250 else 'high'}"
    if len(notes) == 3 and pitches[0] == pitches[1] < pitches[2]:
        return "three, last up"
    steps = "up" if pitches[0] < pitches[1] else "down" if pitches[0] > pitches[1] else "equal"
    low = " low" if max(pitches) < 250 else ""
    return f"two {steps}{low}" + (f" in {span:.2f} s" if steps == "up" else "")


def sound_off(page):
    return page.get_by_role("group", name="Sound", exact=True).get_by_role("button", name="Off")


def test_each_verdict_has_its_sound_after_a_touch_and_the_volume_is_kept(tablet, conference):
    page = tablet()
    page.evaluate(LISTEN)
    show(page, panel_of(conference, "admitted", note=""))
    assert page.evaluate("heard") == []

    page.locator("h2", has_text="Last ten scans").click()
    page.evaluate("felt.length = 0")
    heard = {}
    for verdict in SOUNDS:
        # The sound begins when the browser has let it, which the first touch asked for.
        page.wait_for_function(
            """async (html) => { heard.length = 0; await sounds.wake(); panel.announce(html); return heard.length }""",
            arg=panel_of(conference, *verdict.split(), note=""),
        )
        heard[verdict] = described(page.evaluate("heard"))
    assert heard == SOUNDS
    assert len(page.evaluate("felt")) == len(SOUNDS)

    page.locator("#menu > summary").click()
    sound_off(page).click()
    page.evaluate("heard.length = 0")
    show(page, panel_of(conference, "admitted"))
    page.get_by_role("button", name="Hear “Admitted”").click()
    assert page.evaluate("heard") == []
    page.reload()
    page.locator("#menu > summary").click()
    expect(sound_off(page)).to_have_attribute("aria-pressed", "true")
    page.evaluate(LISTEN)
    page.get_by_role("button", name="Loud").click()
    page.wait_for_function("() => heard.length === 2")


def test_silent_ipad_is_heard(tablet):
    """Chromium has no such session; an iPad's is "auto", which obeys its switch."""
    ipad = "Object.defineProperty(navigator, 'audioSession', { value: { type: 'auto' } })"
    page = tablet(prepare=lambda page: page.add_init_script(ipad))
    page.locator("h2", has_text="Last ten scans").click()
    assert page.evaluate("navigator.audioSession.type") == "playback"


@pytest.mark.parametrize("fields", [{"staff_note": "Seat in row A"}, {"needs_attention": True}], ids=["note", "flag"])
@pytest.mark.usefixtures("service_worker")
def test_note_and_attention_are_heard_after_the_verdict_without_the_network_too(tablet, conference, fields):
    seat, other = (seat_of(conference, name, **fields) for name in ("Bo Li", "Cyd Ng"))
    page = tablet()
    page.evaluate(LISTEN)
    field(page).click()
    page.evaluate("() => sounds.wake().then(() => true)")
    field(page).fill(seat.access_code)
    page.keyboard.press("Enter")
    shows(page, "admitted", "Bo Li")
    notes = page.evaluate("heard")
    assert [note["from"] for note in notes] == [660, 880, 1046, 1046, 1046]
    assert notes[2]["at"] - notes[0]["at"] > 0.4
    assert len(page.evaluate("felt.at(-1)")) > 3

    ready(page)
    cut(page)
    page.evaluate("heard.length = 0")
    field(page).fill(other.access_code)
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("There is a note, and it needs the network.", timeout=60_000)
    notes = page.evaluate("heard")
    assert [note["from"] for note in notes] == [1320, 520, 1046, 1046, 1046]
    assert notes[2]["at"] - notes[0]["at"] > 0.4
    assert len(page.evaluate("felt.at(-1)")) > 3


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_screen_is_lit_behind_the_panel(tablet, conference, motion):
    page = tablet()
    page.emulate_media(reduced_motion=motion)
    for verdict, (tone, lasts) in LOOKS.items():
        show(page, panel_of(conference, *verdict.split()))
        found = page.evaluate("""() => {
            const flash = document.getElementById("flash");
            const [lit] = flash.getAnimations();
            const { left, top, right, bottom } = flash.getBoundingClientRect();
            return {
                tone: flash.dataset.tone,
                lasts: lit.effect.getTiming().duration,
                fades: lit.effect.getKeyframes().some(({ opacity }) => opacity !== "1"),
                covers: left <= 0 && top <= 0 && right >= innerWidth && bottom >= innerHeight,
                tapped: document.elementFromPoint(60, 400).closest("#flash") !== null,
                panelAbove: Number(getComputedStyle(document.getElementById("result")).zIndex) > Number(getComputedStyle(flash).zIndex),
            };
        }""")
        assert found == {
            "tone": tone,
            "lasts": lasts,
            "fades": motion != "reduce",
            "covers": True,
            "tapped": False,
            "panelAbove": True,
        }, verdict
    page.wait_for_function("() => document.getElementById('flash').getAnimations().length === 0")
    assert page.evaluate("getComputedStyle(document.getElementById('flash')).opacity") == "0"


def test_verdict_is_read_out_and_the_panel_is_ready_again_by_itself(tablet, conference):
    page = tablet()
    page.clock.install()
    page.reload()
    assert page.locator("#result").locator("xpath=..").get_attribute("aria-live") == "assertive"
    for verdict, seconds in (("admitted", 20), ("unknown", 60)):
        show(page, panel_of(conference, verdict))
        page.clock.run_for((seconds - 1) * 1000)
        shows(page, verdict)
        page.clock.run_for(1500)
        shows(page, "ready")


@pytest.mark.parametrize("size", ["tablet on its side", "tablet"])
def test_layout_for_the_left_hand_is_kept(tablet, size):
    page = tablet(size=size)
    right = page.locator("#camera").bounding_box()
    page.locator("#menu > summary").click()
    page.get_by_role("button", name="Left", exact=True).click()
    page.reload()
    left = page.locator("#camera").bounding_box()
    width = page.viewport_size["width"]
    assert abs(right["x"] - (width - left["x"] - left["width"])) < 1
    assert right["x"] + 100 < left["x"]


def test_screen_stays_on_and_is_asked_again(tablet):
    page = tablet()
    page.add_init_script("""
        window.locks = [];
        const request = async () => { locks.push({ released: false }); return locks.at(-1) };
        Object.defineProperty(navigator, "wakeLock", { value: { request } });
    """)
    page.reload()
    again = "document.dispatchEvent(new Event('visibilitychange'))"
    page.wait_for_function("() => window.locks.length === 1")
    page.evaluate(again)
    assert page.evaluate("locks.length") == 1
    page.evaluate(f"locks[0].released = true; {again}")
    page.wait_for_function("() => window.locks.length === 2")
