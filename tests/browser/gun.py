"""A scanner gun: keys with the times we say they came at, so that a slow machine makes no slow gun."""

from __future__ import annotations

import string
import time
from dataclasses import dataclass, field
from itertools import chain

from playwright.sync_api import CDPSession, Page

_SHIFT = 8
_US = {
    "-": ("Minus", False),
    ":": ("Semicolon", True),
    ".": ("Period", False),
    "/": ("Slash", False),
    " ": ("Space", False),
}
_US |= {digit: (f"Digit{digit}", False) for digit in string.digits}
_US |= {letter: (f"Key{letter.upper()}", letter.isupper()) for letter in string.ascii_letters}

# What other keyboards type where a US one has the key: (key, with Shift) -> character.
US: dict[str, str] = {}
GERMAN = {"Y": "Z", "Z": "Y", "y": "z", "z": "y", ":": "Ö", "/": "-", "-": "ß"}
FRENCH = {"A": "Q", "Q": "A", "Z": "W", "W": "Z", "M": "?", ":": "M", "/": "!", ".": ":", "-": ")"}
FRENCH |= dict(zip("0123456789", "à&é\"'(-è_ç", strict=True))


@dataclass
class Gun:
    """`layout` is the tablet's; the gun itself believes to be a US keyboard. Times are in milliseconds."""

    page: Page
    layout: dict[str, str] = field(default_factory=dict)
    between: float = 8
    rest: float = 500
    _now: float = field(default_factory=lambda: time.time() * 1000)

    def __post_init__(self) -> None:
        self._session: CDPSession = self.page.context.new_cdp_session(self.page)

    def scan(self, text: str, *, end: str = "Enter", pauses: dict[int, float] | None = None) -> None:
        """`pauses` is the time before the character of that number, instead of `between`. Begins after `rest`."""
        self._now = max(self._now, time.time() * 1000) + self.rest
        for number, character in enumerate(text):
            code, is_shifted = _US[character]
            if is_shifted:
                self.press("Shift", "ShiftLeft", wait=0)
            wait = (pauses or {}).get(number, self.between if number else 0)
            key = self.layout.get(character, character)
            self.press(key, code, text=key, shift=is_shifted, wait=wait)
        if end:
            self.press(end, end, text="\r" if end == "Enter" else "")

    def press(
        self,
        key: str,
        code: str,
        *,
        text: str = "",
        shift: bool = False,
        control: bool = False,
        repeat: bool = False,
        wait: float | None = None,
    ) -> None:
        self._now += self.between if wait is None else wait
        virtual = {"Enter": 13, "Tab": 9, "Shift": 16}.get(key, ord(key[0].upper()))
        about = {
            "key": key,
            "code": code,
            "modifiers": _SHIFT * shift + 2 * control,
            "windowsVirtualKeyCode": virtual,
            "timestamp": self._now / 1000,
        }
        kind = {"type": "keyDown", "text": text} if text and not control else {"type": "rawKeyDown"}
        self._session.send("Input.dispatchKeyEvent", dict(chain(about.items(), kind.items())) | {"autoRepeat": repeat})
        self._session.send("Input.dispatchKeyEvent", about | {"type": "keyUp"})
