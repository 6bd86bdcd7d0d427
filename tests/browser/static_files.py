"""The site's static files for pages of tests, out of memory: a page of check-in asks for forty, and each new browser context
has none of them yet. Django's own handler looks for each in four folders.
"""

from __future__ import annotations

import functools
import mimetypes
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.http import http_date


def static_files(site: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """`site` behind its static files, as `LiveServerThread.static_handler` takes it."""

    def serve(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(settings.STATIC_URL) or (found := _file(path.removeprefix(settings.STATIC_URL))) is None:
            return site(environ, start_response)
        headers, body = found
        if environ.get("HTTP_IF_MODIFIED_SINCE") == headers["Last-Modified"]:
            start_response("304 Not Modified", [("Last-Modified", headers["Last-Modified"])])
            return []
        start_response("200 OK", list(headers.items()))
        return [body]

    return serve


@functools.cache
def _file(name: str) -> tuple[dict[str, str], bytes] | None:
    if not (found := finders.find(name)):
        return None
    body = Path(found).read_bytes()
    return {
        "Content-Type": mimetypes.guess_type(name)[0] or "application/octet-stream",
        "Content-Length": str(len(body)),
        "Last-Modified": http_date(Path(found).stat().st_mtime),
    }, body
