from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage


class DatabaseStorage(Storage):
    """Where post_office keeps attachments: rows of `MailAttachment` instead of files of one host."""

    def _open(self, name: str, mode: str = "rb") -> File:
        return ContentFile(bytes(_rows().get(name=name).content), name=name)

    def _save(self, name: str, content: Any) -> str:
        _rows().create(name=name, content=content.read())
        return name

    def delete(self, name: str) -> None:
        _rows().filter(name=name).delete()

    def exists(self, name: str) -> bool:
        return _rows().filter(name=name).exists()

    def size(self, name: str) -> int:
        return len(_rows().get(name=name).content)

    def url(self, name: str | None) -> str:
        """Nothing in a mail has an address of its own."""
        return ""


def _rows() -> Any:
    # By name: post_office's models ask for their storage while models are still being loaded.
    return apps.get_model("registration", "MailAttachment").objects
