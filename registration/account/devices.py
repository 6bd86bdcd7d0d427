"""What a browser says of itself, in words that people know their devices by."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

# The first that fits: nearly all name Safari, and those made from Chrome name Chrome, before or beside themselves.
_BROWSERS = {
    "Edge": r"\bEdg(e|A|iOS)?/",
    "Opera": r"\b(OPR|OPiOS|OPT)/",
    "Samsung Internet": r"\bSamsungBrowser/",
    "Vivaldi": r"\bVivaldi/",
    "DuckDuckGo": r"\b(DuckDuckGo|Ddg)/",
    "Firefox": r"\b(Firefox|FxiOS)/",
    "Chrome": r"\b(Chrome|CriOS|HeadlessChrome)/",
    "Safari": r"\bVersion/.*\bSafari/",
}
_SYSTEMS = {
    "iPhone": r"\biPhone\b",
    "iPad": r"\biPad\b",
    "Android": r"\bAndroid\b",
    "Windows": r"\bWindows\b",
    "ChromeOS": r"\bCrOS\b",
    "Mac": r"\bMacintosh\b",
    "Linux": r"\bLinux\b",
}
# What an iPad names itself a Mac by; there is no telling Safari's two apart.
_MAY_BE_IPAD = re.compile(r"\b(EdgiOS|OPT|OPiOS|FxiOS|CriOS|Version)/")
_LONGEST = 90


def device_name(user_agent: str) -> str:
    """Browser and system as far as they can be told, such as "Firefox on Android"; else the beginning of what it says."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if system == "Mac" and _MAY_BE_IPAD.search(user_agent):
        system = _("Mac or iPad")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return user_agent[:_LONGEST] or _("Unknown device")


def _first(patterns: dict[str, str], text: str) -> str | None:
    return next((name for name, pattern in patterns.items() if re.search(pattern, text)), None)
