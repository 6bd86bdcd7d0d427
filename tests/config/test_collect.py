"""Static files are collected with the storage of a real site, and only when they changed."""

import json

import pytest
from django.conf import settings as real

from config import collect


@pytest.fixture
def static_folder(settings, tmp_path):
    source, settings.STATIC_ROOT = tmp_path / "source", tmp_path / "collected"
    source.mkdir()
    (source / "site.css").write_text("p { color: red }")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = real.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    return source


def test_files_are_collected_once_for_each_state_and_kept_under_hashed_names(static_folder, settings, monkeypatch):
    calls = []
    collect_really = collect.call_command
    monkeypatch.setattr(
        collect, "call_command", lambda *args, **options: calls.append(args) or collect_really(*args, **options)
    )
    collect.collect_if_changed()
    collect.collect_if_changed()
    first = manifest(settings)
    (static_folder / "site.css").write_text("p { color: blue; }")
    collect.collect_if_changed()

    assert calls == [("collectstatic",)] * 2
    assert first["site.css"] != manifest(settings)["site.css"]
    assert (settings.STATIC_ROOT / manifest(settings)["site.css"]).read_text() == "p { color: blue; }"
    assert not (settings.STATIC_ROOT / "site.css").exists()


def manifest(settings):
    return json.loads((settings.STATIC_ROOT / "staticfiles.json").read_text())["paths"]
