"""Django's database sessions, each read with the user who signed in by it, in one ready-made statement (SESSION_ENGINE)."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from conferences.rows import ReadyMade
from registration.account.models import User

_SESSION = ReadyMade(Session)
# With what nearly every page asks of whoever looks at it (`conferences.access.is_staff_anywhere`).
_USER = ReadyMade(
    User,
    "SELECT {columns}, EXISTS (SELECT 1 FROM conferences_staffrole r WHERE r.user_id = t.id) FROM {table} t WHERE id = %s",
    also=["has_role"],
)
# allauth notes whose each session is, for the list of one's sessions. It is a hint here: the session itself says who it is
# of (`backend.AccountBackend`).
_LIVE = """
SELECT {session}, {user}, EXISTS (SELECT 1 FROM conferences_staffrole r WHERE r.user_id = u.id) FROM django_session s
LEFT JOIN usersessions_usersession o ON o.session_key = s.session_key
LEFT JOIN registration_user u ON u.id = o.user_id
WHERE s.session_key = %s AND s.expire_date > %s
"""


class SessionStore(DatabaseSessionStore):
    """`owner` is the user it was read with, None where allauth knows of none."""

    owner: User | None = None

    def _get_session_from_db(self) -> Session | None:
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        session, user = _SESSION.columns("s"), _USER.columns("u")
        with connection.cursor() as cursor:
            cursor.execute(_LIVE.format(session=", ".join(session), user=", ".join(user)), [self.session_key, now])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return None
        whose = row[len(session) :]
        self.owner = _USER.instance(whose) if whose[0] is not None else None
        return _SESSION.instance(row[: len(session)])


def user_by_key(key: int) -> User | None:
    return _USER.one([key])
