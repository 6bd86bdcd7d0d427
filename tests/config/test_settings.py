"""What the site needs before it starts, and what it refuses. Each case is a process of its own, as in real life."""

import os
import subprocess
import sys

import pytest

from tests.server import ROOT

PUBLIC = {
    "SECRET_KEY": "a-key-for-this-test-alone-0123456789-abcdefghijklmnop",
    "SITE_URL": "https://tickets.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "DATABASE_URL": "postgres://lanyard:password@db.example.org/lanyard",
}
LOCAL = {"SECRET_KEY": PUBLIC["SECRET_KEY"], "SITE_URL": "http://127.0.0.1:8000"}


def manage(*arguments, **environ):
    """`manage.py` in an environment that holds nothing but `environ`."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": os.devnull} | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def setting(name, **environ):
    done = manage(
        "shell", "--no-imports", "-c", f"from django.conf import settings; print(repr(settings.{name}))", **environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        (PUBLIC | {"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        (PUBLIC | {"SECRET_KEY": "django-insecure-" + "x" * 60}, "SECRET_KEY is too short or a known default"),
        (PUBLIC | {"SECRET_KEY": "changeme"}, "SECRET_KEY is too short or a known default"),
        (PUBLIC | {"SECRET_KEY": "x" * 60}, "SECRET_KEY is too short or a known default"),
        (PUBLIC | {"SITE_URL": ""}, "SITE_URL is not set"),
        (PUBLIC | {"SITE_URL": "tickets.example.org"}, "SITE_URL must be like"),
        (PUBLIC | {"SITE_URL": "https://example.org/tickets"}, "SITE_URL must be like"),
        (PUBLIC | {"EMAIL_URL": ""}, "EMAIL_URL is not set"),
        (PUBLIC | {"DEBUG": "perhaps"}, "DEBUG"),
        (PUBLIC | {"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        (PUBLIC | {"ATTENDEE_PROFILE_MODEL": "nowhere.Profile"}, "ATTENDEE_PROFILE_MODEL"),
        (PUBLIC | {"ATTENDEE_PROFILE_MODEL": "registration.Attendee"}, "does not inherit from AttendeeProfileBase"),
    ],
)
def test_site_refuses_to_start_and_says_why(environ, reason):
    done = manage("check", **environ)

    assert done.returncode != 0
    assert reason in done.stderr.splitlines()[-1]


def test_deployment_check_is_clean():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PUBLIC)

    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced)."), done.stderr


@pytest.mark.parametrize(
    ("name", "environ", "value"),
    [
        ("DEBUG", PUBLIC, "False"),
        ("ALLOWED_HOSTS", PUBLIC, "['tickets.example.org']"),
        (
            "ALLOWED_HOSTS",
            PUBLIC | {"ALLOWED_HOSTS": "a.example.org,b.example.org"},
            "['a.example.org', 'b.example.org']",
        ),
        ("ALLOWED_HOSTS", LOCAL, "['127.0.0.1', 'localhost', '[::1]']"),
        ("KEEPS_MAILS", LOCAL, "True"),
        ("KEEPS_MAILS", PUBLIC, "False"),
        ("SESSION_COOKIE_NAME", PUBLIC, "'__Host-sessionid'"),
        ("SESSION_COOKIE_SECURE", LOCAL, "False"),
        ("SECURE_HSTS_SECONDS", PUBLIC, "31536000"),
        ("ALLAUTH_TRUSTED_PROXY_COUNT", PUBLIC, "1"),
        ("ALLAUTH_TRUSTED_PROXY_COUNT", LOCAL, "0"),
    ],
)
def test_setting_follows_from_environment(name, environ, value):
    assert setting(name, **environ) == value
