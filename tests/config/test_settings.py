"""What the site needs before it starts, and what it refuses."""

import os
import re
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.server import ROOT
from tests.settings import settings_in

PUBLIC = {
    "SECRET_KEY": "a-key-for-this-test-alone-0123456789-abcdefghijklmnop",
    "SITE_URL": "https://tickets.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "DATABASE_URL": "postgres://lanyard:password@db.example.org/lanyard",
}
LOCAL = {"SECRET_KEY": PUBLIC["SECRET_KEY"], "SITE_URL": "http://127.0.0.1:8000"}


def run(*command, **environ):
    """Python in an environment that holds nothing but `environ`."""
    environ = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull} | environ
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


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
        (PUBLIC | {"STRIPE_WEBHOOK_SECRET": "whsec_1"}, "STRIPE_WEBHOOK_SECRET is set and STRIPE_SECRET_KEY is not"),
    ],
)
def test_site_refuses_to_start_and_says_why(environ, reason):
    with pytest.raises(ImproperlyConfigured, match=re.escape(reason)):
        settings_in(environ)


@pytest.mark.parametrize("program", [["-m", "gunicorn"], ["manage.py", "worker"], ["manage.py", "migrate"]])
def test_server_worker_and_commands_refuse_to_start_without_a_key_and_say_why(program):
    done = run(*program, **PUBLIC | {"SECRET_KEY": "", "PORT": "0"})

    assert done.returncode != 0
    assert "SECRET_KEY is not set. Put a long random string" in done.stdout + done.stderr


def test_site_refuses_a_wrong_profile_model():
    done = run("manage.py", "check", **PUBLIC, ATTENDEE_PROFILE_MODEL="nowhere.Profile")

    assert done.returncode != 0
    assert "ATTENDEE_PROFILE_MODEL) names 'nowhere.Profile', which is not installed" in done.stderr.splitlines()[-1]


def test_deployment_check_is_clean():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PUBLIC)

    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced)."), done.stderr


# Set by the site itself, or for its tests, or gunicorn's.
OF_OUR_OWN = {"GUNICORN_CMD_ARGS", "HOST", "LAN_AUTHORITY", "PATH", "STRIPE_API_BASE"}


def test_every_variable_is_in_the_table_of_the_readme():
    rows = re.findall(r"^\| (`[A-Z].*?) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    told = set(re.findall(r"[A-Z][A-Z_]+", " ".join(rows)))
    code = "".join(
        path.read_text() for place in ("config", "conferences", "registration") for path in (ROOT / place).rglob("*.py")
    ) + (ROOT / "gunicorn.conf.py").read_text()  # fmt: skip
    asked = set(re.findall(r'(?:env\.\w+|environ\.get|_required|_flag)\(\s*"([A-Z_]+)"|environ\["([A-Z_]+)"\]', code))
    assert {name for pair in asked for name in pair if name} - told - OF_OUR_OWN == set()
    assert {name for name in told if f'"{name}"' not in code} == set()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            PUBLIC,
            {
                "DEBUG": False,
                "ALLOWED_HOSTS": ["tickets.example.org"],
                "KEEPS_MAILS": False,
                "SESSION_COOKIE_NAME": "__Host-sessionid",
                "SESSION_COOKIE_SECURE": True,
                "SECURE_HSTS_SECONDS": 31_536_000,
                "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
            },
        ),
        (
            LOCAL,
            {
                "DEBUG": False,
                "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"],
                "KEEPS_MAILS": True,
                "ALLAUTH_TRUSTED_PROXY_COUNT": 0,
                "STRIPE_SECRET_KEY": "",
            },
        ),
        (
            PUBLIC
            | {
                "ALLOWED_HOSTS": "a.example.org,b.example.org",
                "STRIPE_SECRET_KEY": "sk_1",
                "STRIPE_WEBHOOK_SECRET": "whsec_1",
            },
            {
                "ALLOWED_HOSTS": ["a.example.org", "b.example.org"],
                "STRIPE_SECRET_KEY": "sk_1",
                "STRIPE_WEBHOOK_SECRET": "whsec_1",
            },
        ),
    ],
)
def test_settings_follow_from_environment(environ, expected):
    settings = settings_in(environ)
    assert {name: settings[name] for name in expected} == expected
