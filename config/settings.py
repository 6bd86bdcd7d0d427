"""All settings, read from the environment or `.env`; README.md lists the variables.

The site refuses to start without SECRET_KEY and SITE_URL. What is safe follows from SITE_URL: its scheme decides
secure cookies and HSTS, its host the allowed hosts, and a loopback host makes the site a local one, which keeps its
mails on a page of its own instead of sending them.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from config import database, error_reports, headers, lan, logs, mail, wallet

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(os.environ.get("ENV_FILE") or BASE_DIR / ".env")


def _required(name: str, hint: str) -> str:
    value = env.str(name, default="").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint}")
    return value


def _flag(name: str) -> bool:
    value = env.str(name, default="").strip().lower()
    if value not in {"", "0", "1", "false", "true", "no", "yes", "off", "on"}:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be true or false.")
    return value in {"1", "true", "yes", "on"}


SECRET_KEY = _required(
    "SECRET_KEY", "Put a long random string into the environment or .env; `make run` does it for you."
)
if SECRET_KEY.startswith("django-insecure") or len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5:
    raise ImproperlyConfigured("SECRET_KEY is too short or a known default. Use at least 50 random characters.")
SITE_URL = _required(
    "SITE_URL", "Set it to the public address of the site, such as https://tickets.example.org."
).rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname or _site.path:
    raise ImproperlyConfigured(
        f"SITE_URL must be like https://tickets.example.org, without a path; it is {SITE_URL!r}."
    )
SITE_IS_LOCAL = _site.hostname in {"127.0.0.1", "localhost", "::1"}
SITE_IS_SECURE = _site.scheme == "https"
# A site of one venue's own network (`manage.py lan`), which nobody can reach from elsewhere.
SITE_IS_ON_LAN = not SITE_IS_LOCAL and lan.is_private(_site.hostname)

DEBUG = _flag("DEBUG")
_hosts = ["127.0.0.1", "localhost", "[::1]"] if SITE_IS_LOCAL else [_site.hostname]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[]) or _hosts
if "*" in ALLOWED_HOSTS and not SITE_IS_LOCAL:
    raise ImproperlyConfigured("ALLOWED_HOSTS is *, so anybody could put their host into our links. Name the hosts.")
# The web server in front that Lanyard trusts for the address and the scheme of a request. Gunicorn speaks no TLS, so an
# https site has one in front of it.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("ALLAUTH_TRUSTED_PROXY_COUNT", default=1 if SITE_IS_SECURE else 0)

if _sentry := env.str("SENTRY_DSN", default="").strip():
    error_reports.report_errors(_sentry)

# --- Applications -----------------------------------------------------------------------------------------------------
# A conference team's own app, with a profile model of its own, comes first, so that its templates win.
INSTALLED_APPS = [
    *env.list("EXTRA_APPS", default=[]),
    "conferences",
    "registration",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # its field templates, for FORM_RENDERER
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "post_office",
]

MIDDLEWARE = [
    "config.middleware.name_page_for_log",
    "config.middleware.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.CSPMiddleware",
    "config.middleware.refuse_nul",
    "config.middleware.refuse_large",
    "config.middleware.forget_at_sign_out",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.htmx_redirects",
    "django.middleware.csrf.CsrfViewMiddleware",
    "registration.account.middleware.AuthenticationMiddleware",
    "config.middleware.end_old_staff_sessions",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "registration.account.destination.remember_destination",
    "registration.account.codes.say_why_code_is_over",
    "config.middleware.RefusedForms",
    "config.middleware.DeletedMeanwhile",
]
if DEBUG:
    MIDDLEWARE.insert(0, "config.middleware.database_away_in_debug")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "config.forms.FieldRenderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
            "builtins": ["conferences.templatetags.lanyard", "django.templatetags.i18n", "django.templatetags.static"],
        },
    },
]

# --- Database ---------------------------------------------------------------------------------------------------------
(BASE_DIR / "data").mkdir(exist_ok=True)
_sqlite = f"sqlite:///{BASE_DIR / 'data' / 'lanyard.sqlite3'}"
DATABASES = {"default": database.from_url(env.str("DATABASE_URL", default="") or _sqlite)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(BASE_DIR / "data" / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# In the database, so that limits hold across processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Django's 300 would drop live limits as soon as 300 people sign in.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# --- Accounts ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "registration.User"
AUTHENTICATION_BACKENDS = ["registration.account.backend.AccountBackend"]
SESSION_ENGINE = "registration.account.sessions"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# scrypt costs a guesser memory too (16 MB a try), and us less time than PBKDF2 (0.23 s, not 0.30): a hall signs in at once.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = reverse_lazy("me")
LOGOUT_REDIRECT_URL = reverse_lazy("home")

ACCOUNT_ADAPTER = "registration.account.adapter.AccountAdapter"
_form = "registration.account.forms.{}Form".format
ACCOUNT_FORMS = {
    "login": _form("Login"), "signup": _form("Signup"), "add_email": _form("AddEmail"), "set_password": _form("SetPassword"),
    "change_password": _form("ChangePassword"), "reset_password": _form("ResetPassword"), "reset_password_from_key": _form("ResetPasswordKey"),
    "reauthenticate": _form("Reauthenticate"), "request_login_code": _form("RequestLoginCode"), "confirm_login_code": _form("ConfirmLoginCode"),
    "confirm_email_verification_code": _form("ConfirmEmailVerificationCode"),
}  # fmt: skip
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
# A new code, but not another address: allauth offers that for unknown addresses alone, which tells them apart.
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# By account, not by address: a venue's Wi-Fi is one address, and allauth keeps a limit by taking turns at one key, which
# a crowd would wait for in vain. `AccountAdapter` stops an address that fails at many accounts.
ACCOUNT_RATE_LIMITS = {
    "signup": None,
    "login": None,
    "login_failed": "5/300s/key",
    # As many as one page sends: the first, and a new one twice. allauth's own limit refuses a second within ten seconds.
    "confirm_email": "3/m/key",
    "request_login_code": "3/m/key",
    "reset_password": "5/m/key",
    "reset_password_from_key": None,
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _site.scheme
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
MFA_ADAPTER = "registration.account.adapter.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
_form = "registration.account.forms_second_step.{}Form".format
MFA_FORMS = {
    "authenticate": _form("Authenticate"), "reauthenticate": _form("Reauthenticate"), "activate_totp": _form("SetUpApp"),
    "add_webauthn": _form("AddPasskey"), "login_webauthn": _form("PasskeyLogin"),
    "authenticate_webauthn": _form("PasskeyStep"), "reauthenticate_webauthn": _form("PasskeyAgain"),
}  # fmt: skip
MFA_TOTP_ISSUER = "Lanyard"
MFA_TOTP_TOLERANCE = 1  # codes of the half minute before and after: clocks of phones differ
MFA_RATE_LIMITS = {"webauthn_login": None}  # there is nothing to guess
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = SITE_IS_LOCAL

DJANGO_PROGRAM = {"attendee_profile_model": env.str("ATTENDEE_PROFILE_MODEL", default="registration.AttendeeProfile")}

# --- Mail -------------------------------------------------------------------------------------------------------------
_mail = mail.from_environment(env, is_local=SITE_IS_LOCAL, host=_site.hostname)
globals().update(_mail)
KEEPS_MAILS: bool = _mail["KEEPS_MAILS"]
POST_OFFICE: dict[str, Any] = _mail["POST_OFFICE"]

# --- Cards ------------------------------------------------------------------------------------------------------------
# Without a key nobody is offered to pay by card. Without the webhook's secret the worker alone asks what was paid.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="").strip()
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="").strip()
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="") or "https://api.stripe.com"
if STRIPE_WEBHOOK_SECRET and not STRIPE_SECRET_KEY:
    raise ImproperlyConfigured("STRIPE_WEBHOOK_SECRET is set and STRIPE_SECRET_KEY is not. Set both, or none.")

# --- Wallets ---------------------------------------------------------------------------------------------------------
_wallets = wallet.from_environment(env)
APPLE_WALLET: dict[str, Any] | None = _wallets["APPLE_WALLET"]
GOOGLE_WALLET: dict[str, Any] | None = _wallets["GOOGLE_WALLET"]

# --- Web --------------------------------------------------------------------------------------------------------------
# Of the pages, for everybody.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
# Of what a conference puts on paper and mails. German is in `locale` for that, and not for the pages.
CONFERENCE_LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Attachments are rows beside their mail, for a worker on any host.
    "mail": {"BACKEND": "registration.mail.storage.DatabaseStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_ADD_HEADERS_FUNCTION = headers.add_static_headers
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # pages name no others, and compressing takes most of collecting

CONTENT_SECURITY_POLICY = headers.CONTENT_SECURITY_POLICY
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = headers.REFERRER_POLICY
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if SITE_IS_SECURE:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    # A cookie named so is accepted from this host alone, over TLS alone.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
    # Names of a local network mean another computer at the next venue, which may have no certificate.
    if not SITE_IS_ON_LAN:
        SECURE_HSTS_SECONDS = 31_536_000
        SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    if ALLAUTH_TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

LOGGING = logs.LOGGING
