"""Django's database sessions, read without building the query anew on every request (SESSION_ENGINE)."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from conferences.rows import ReadyMade

_LIVE = ReadyMade(Session, "SELECT {columns} FROM {table} t WHERE session_key = %s AND expire_date > %s")


class SessionStore(DatabaseSessionStore):
    def _get_session_from_db(self) -> Session | None:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        session = _LIVE.one([self.session_key, now])
        if session is None:
            self._session_key = None
        return session
