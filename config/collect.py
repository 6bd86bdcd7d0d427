"""Collect static files only when they changed: hashing and compressing them takes longer than all else of a start."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_if_changed() -> None:
    """Run `collectstatic` unless it ran for files of the same names, sizes and times."""
    if is_collected():
        return
    stamp, found = _stamp(), _digest()
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(found)


def is_collected() -> bool:
    stamp = _stamp()
    return stamp.exists() and stamp.read_text() == _digest()


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / ".collected"


def _digest() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            about = Path(storage.path(path)).stat()
            digest.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return digest.hexdigest()
