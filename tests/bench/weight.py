"""What the tablet page weighs on its way: all that a first visit fetches, compressed as the server sends it."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from conferences.models import Conference
from registration.account.models import User
from tests.server import collect_static

# Fonts of other letters come when a name needs them.
_FONTS = ("bricolage-grotesque-latin-tablet", "roboto-mono-ascii-600")
# What reads codes comes when the camera is started.
_DECODER = "zxing"


@dataclass(frozen=True)
class Weight:
    """In bytes. `decoder` is the WebAssembly and its script, `rest` all else."""

    rest: int
    decoder: int


def weigh_tablet_page(conference: Conference, *, user: User) -> Weight:
    client = Client(SERVER_NAME="localhost", headers={"Accept-Encoding": "gzip, br"})
    client.force_login(user)
    response = client.get(reverse("checkin", args=[conference.slug]))
    assert response["Content-Encoding"] == "gzip", "the page is not compressed"
    page = gzip.decompress(response.content).decode()
    # Of a deployment the addresses have a hash in them.
    linked = re.findall(rf'"{re.escape(settings.STATIC_URL)}([^"?#]+)"', page)
    names = {re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", name) for name in linked}
    names |= {found for name in names if name.endswith(".css") for found in _linked_in(name)}
    collect_static()
    hashed = json.loads((Path(settings.STATIC_ROOT) / "staticfiles.json").read_text())["paths"]
    weights = {name: _weight(name, hashed) for name in names}
    decoder = sum(weight for name, weight in weights.items() if _DECODER in name)
    return Weight(rest=len(response.content) + sum(weights.values()) - decoder, decoder=decoder)


def _linked_in(sheet: str) -> set[str]:
    """What a style sheet imports, its pictures, and the fonts of it that are used."""
    text = Path(str(finders.find(sheet))).read_text()
    linked = {(Path(sheet).parent / address).as_posix() for address in re.findall(r'url\("([^"]+)"\)', text)}
    names = {re.sub(r"[^/]+/\.\./", "", address) for address in linked}
    return {name for name in names if not name.endswith(".woff2") or any(font in name for font in _FONTS)}


def _weight(name: str, hashed: dict[str, str]) -> int:
    """As it is kept for sending."""
    kept = Path(settings.STATIC_ROOT) / hashed[name]
    return min(
        path.stat().st_size
        for path in (kept, *(kept.with_name(kept.name + end) for end in (".br", ".gz")))
        if path.exists()
    )
