import pytest
from django.test import Client

from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]


def _try(email: str, password: str, **headers: str) -> bool:
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": password}, **headers)
    return "_auth_user_id" in client.session


def test_sixth_wrong_password_locks_the_account_whatever_the_request_varies(monkeypatch):
    user = factories.user(email="ada@example.org")
    checked = []
    monkeypatch.setattr(type(user), "check_password", lambda self, raw: checked.append(raw) or raw == "correct horse")
    variants = ["ada@example.org", "ADA@example.org", " Ada@Example.org "]
    for number in range(60):
        _try(
            variants[number % 3],
            f"wrong {number}",
            HTTP_X_FORWARDED_FOR=f"10.0.0.{number}",
            HTTP_HOST=f"localhost:{8000 + number}",
        )
    assert len(checked) == 5
    assert not _try("ada@example.org", "correct horse")


def test_right_passwords_never_lock(monkeypatch):
    user = factories.user()
    assert all(_try(user.email, "correct horse") for _ in range(20))


def test_one_address_failing_at_many_accounts_is_stopped(monkeypatch):
    monkeypatch.setitem(
        __import__("registration.account.adapter", fromlist=["x"]).FAILURES_PER_ADDRESS, "failures", "10/5m/ip"
    )
    user = factories.user()
    for number in range(11):
        _try(f"nobody{number}@example.org", "wrong")
    assert not _try(user.email, "correct horse")
    assert _try_from("203.0.113.9", user.email)


def _try_from(address: str, email: str) -> bool:
    client = Client(REMOTE_ADDR=address)
    client.post("/accounts/login/", {"login": email, "password": "correct horse"})
    return "_auth_user_id" in client.session


def test_limits_survive_many_other_keys_in_the_cache(settings):
    from django.core.cache import cache

    factories.user(email="ada@example.org")
    for number in range(5):
        _try("ada@example.org", f"wrong {number}")
    for number in range(600):
        cache.set(f"other:{number}", number, 300)
    assert not _try("ada@example.org", "correct horse")
