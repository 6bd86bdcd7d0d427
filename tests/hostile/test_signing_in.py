"""L2, L3 and L4 of the hostile cases: guessing over four processes, and a hall of people behind one address."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from post_office.models import Email

from registration.account.models import User
from tests import factories
from tests.server import Server, together

FULL = pytest.mark.hostile
PASSWORD = "correct horse battery"


def account(email: str, password: str) -> User:
    """`password` is hashed already, because that takes its time."""
    user = factories.user(email=email)
    User.objects.filter(pk=user.pk).update(password=password)
    return user


def sign_in(server: Server, email: str, password: str, **headers: str) -> bool:
    client = server.client()
    data = {"login": email, "password": password}
    answer = client.post("/accounts/login/", data, headers=headers or None)
    client.close()
    assert answer.status in {302, 422}
    return answer.status == 302


def in_turns(calls: list[Callable[[], Any]], *, at_once: int) -> list[Any]:
    """`calls` by `at_once` people who start together and go on one after the other."""
    shares = [calls[start::at_once] for start in range(at_once)]
    return [
        result
        for results in together([lambda mine=mine: [call() for call in mine] for mine in shares])
        for result in results
    ]


def guess(server: Server, number: int) -> bool:
    email = ["ada@example.org", "ADA@Example.ORG", " Ada@example.org"][number % 3]
    return sign_in(server, email, f"wrong {number}", **{"X-Forwarded-For": f"198.51.100.{number}"})


def evaluated(server: Server) -> int:
    return server.log.count("password evaluated")


@pytest.mark.both_databases
def test_60_wrong_passwords_over_four_processes_evaluate_at_most_6(start_server, settings):
    server = start_server(workers=4, hook="tests.hooks:count_password_checks")
    # The server's own, which takes its time, so that many are at it at once.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    account("ada@example.org", make_password(PASSWORD))
    assert not any(in_turns([lambda n=n: guess(server, n) for n in range(60)], at_once=12))
    assert 1 <= evaluated(server) <= 6
    before = evaluated(server)
    assert not sign_in(server, "ada@example.org", PASSWORD)
    assert evaluated(server) == before


@pytest.mark.both_databases
def test_control_without_the_lock_more_are_evaluated(start_server):
    server = start_server(workers=4, hook="tests.hooks:count_limits_without_lock")
    account("ada@example.org", make_password(PASSWORD))
    in_turns([lambda n=n: guess(server, n) for n in range(24)], at_once=12)
    assert evaluated(server) > 6


def test_admin_login_evaluates_nothing(start_server):
    server = start_server(workers=2, hook="tests.hooks:count_password_checks")
    factories.superuser(email="admin@example.org")
    client = server.client()
    data = {"username": "admin@example.org", "password": "wrong", "next": "/admin/"}
    places = {client.post("/admin/login/?next=/admin/", data).headers["Location"] for _ in range(50)}
    assert places == {"/accounts/login/?next=%2Fadmin%2F"}
    assert evaluated(server) == 0


@pytest.mark.both_databases
@pytest.mark.parametrize("people", [24, pytest.param(200, marks=FULL)])
def test_a_hall_signs_up_from_one_address(start_server, people):
    server = start_server(workers=4)

    def sign_up(number: int) -> int:
        client = server.client()
        answer = client.post("/accounts/signup/", {"name": f"Person {number}", "email": f"p{number}@example.org"})
        assert (answer.status, answer.headers["Location"]) == (302, "/accounts/confirm-email/")
        code = _code(f"p{number}@example.org")
        answer = client.post("/accounts/confirm-email/", {"code": code})
        assert answer.status == 302
        answer = client.get("/me/")
        client.close()
        return answer.status

    assert in_turns([lambda n=n: sign_up(n) for n in range(people)], at_once=16) == [200] * people
    assert User.objects.filter(emailaddress__verified=True).count() == Email.objects.count() == people


@pytest.mark.both_databases
@pytest.mark.parametrize("people", [8, pytest.param(300, marks=FULL)])
def test_a_hall_signs_in_from_one_address_while_one_account_is_guarded(start_server, people):
    server = start_server(workers=4, hook="tests.hooks:quick_passwords")
    password = make_password(PASSWORD)
    for number in range(people):
        account(f"p{number}@example.org", password)
    for number in range(5):
        assert not sign_in(server, "p0@example.org", f"wrong {number}")
    answers = in_turns([lambda n=n: sign_in(server, f"p{n}@example.org", PASSWORD) for n in range(people)], at_once=16)
    assert answers.count(False) == 1
    assert not sign_in(server, "p0@example.org", PASSWORD)


def _code(email: str) -> str:
    try:
        return re.search(r"^(\w{3,4}-?\w{3,4})$", Email.objects.get(to=email).message, re.MULTILINE)[1]
    finally:
        connection.close()
