"""Who gets what at every address: the table that `tests/test_access.py` reads. A new URL needs a row here.

A row is the URL's name, an example address, and what GET and an empty POST (no fields) answer to each of:

    anonymous     nobody signed in
    holder        an attendee of the conference: the order {reference} is theirs, with the seats {code} and {guest}
    other         an attendee of the same conference with an order of their own
    door, desk, organiser     staff of the conference
    elsewhere     an organiser of another conference
    superuser

`{slug}`, `{reference}`, `{code}` and the like are filled by `World` in `tests/test_access.py`; add to it what a new
address needs. Somebody else's conference, order or ticket is 404, a role that is too small is 403, signed out is 302.
The rows of Django's admin are made by rule in `tests/test_access.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("anonymous", "holder", "other", "door", "desk", "organiser", "elsewhere", "superuser")


@dataclass(frozen=True)
class Row:
    name: str
    path: str
    get: str
    post: str

    def expected(self, method: str) -> dict[str, int]:
        statuses = map(int, (self.get if method == "GET" else self.post).split())
        return dict(zip(ROLES, statuses, strict=True))


# fmt: off
#            anon hold othr door desk orga else supr
ROWS = [
    # --- The site ---
    Row("home", "/",
            "200  200  200  200  200  200  200  200",
            "200  200  200  200  200  200  200  200"),
    Row("conference", "/conferences/{slug}/",
            "200  200  200  200  200  200  200  200",
            "200  200  200  200  200  200  200  200"),
    Row("conference-accent", "/conferences/{slug}/accent.css",
            "200  200  200  200  200  200  200  200",
            "200  200  200  200  200  200  200  200"),
    Row("healthz", "/healthz/",
            "200  200  200  200  200  200  200  200",
            "200  200  200  200  200  200  200  200"),
    Row("outbox", "/outbox/",
            "200  200  200  200  200  200  200  200",
            "200  200  200  200  200  200  200  200"),

    # --- Registration, orders and tickets: one's own ---
    Row("register", "/conferences/{slug}/register/",
            "302  200  200  200  200  200  200  200",
            "302  200  200  200  200  200  200  200"),
    Row("order", "/orders/{reference}/",
            "302  200  404  404  404  404  404  404",
            "302  200  404  404  404  404  404  404"),
    Row("me", "/me/",
            "302  200  200  200  200  200  200  200",
            "302  200  200  200  200  200  200  200"),

    Row("ticket-link", "/t/{code}/",
            "200  200  200  200  200  200  200  200",
            "200  200  200  200  200  200  200  200"),
    Row(r"^[tT]/(?P<code>[^/]+)/?$", "/T/{code}",
            "200  200  200  200  200  200  200  200",
            "200  200  200  200  200  200  200  200"),

    # --- Staff ---
    Row("staff", "/staff/",
            "302  200  200  200  200  200  200  200",
            "302  200  200  200  200  200  200  200"),
    Row("staff-new", "/staff/new/",
            "302  403  403  403  403  403  403  200",
            "302  403  403  403  403  403  403  200"),
    Row("settings", "/staff/{slug}/settings/",
            "302  404  404  403  403  200  404  200",
            "302  404  404  403  403  200  404  200"),
    Row("settings-staff", "/staff/{slug}/settings/staff/",
            "302  404  404  403  403  200  404  200",
            "302  404  404  403  403  200  404  200"),
    Row("dashboard", "/staff/{slug}/",
            "302  404  404  403  200  200  404  200",
            "302  404  404  403  200  200  404  200"),
    Row("attendees", "/staff/{slug}/attendees/",
            "302  404  404  403  200  200  404  200",
            "302  405  405  405  405  405  405  405"),
    Row("attendees-export", "/staff/{slug}/attendees/export.csv",
            "302  404  404  403  403  200  404  200",
            "302  405  405  405  405  405  405  405"),
    Row("attendees-import", "/staff/{slug}/attendees/import/",
            "302  404  404  403  403  200  404  200",
            "302  404  404  403  403  422  404  422"),
    Row("attendee", "/staff/{slug}/attendees/{attendee}/",
            "302  404  404  403  200  200  404  200",
            "302  405  405  405  405  405  405  405"),
    Row("attendee-correct", "/staff/{slug}/attendees/{attendee}/correct/",
            "302  405  405  405  405  405  405  405",
            "302  404  404  403  422  422  404  422"),
    Row("attendee-note", "/staff/{slug}/attendees/{attendee}/note/",
            "302  405  405  405  405  405  405  405",
            "302  404  404  403  302  302  404  302"),
    Row("attendee-block", "/staff/{slug}/attendees/{attendee}/block/",
            "302  405  405  405  405  405  405  405",
            "302  404  404  403  422  422  404  422"),
    Row("attendee-unblock", "/staff/{slug}/attendees/{attendee}/unblock/",
            "302  405  405  405  405  405  405  405",
            "302  404  404  403  302  302  404  302"),
    Row("attendee-cancel", "/staff/{slug}/attendees/{attendee}/cancel/",
            "302  405  405  405  405  405  405  405",
            "302  404  404  403  422  422  404  422"),
    Row("attendee-reissue", "/staff/{slug}/attendees/{attendee}/reissue/",
            "302  405  405  405  405  405  405  405",
            "302  404  404  403  422  422  404  422"),
    Row("attendee-undo", "/staff/{slug}/attendees/{attendee}/undo/00000000-0000-0000-0000-000000000000/",
            "302  405  405  405  405  405  405  405",
            "302  404  404  403  422  422  404  422"),
    Row("checkin", "/staff/{slug}/checkin/",
            "302  404  404  200  200  200  404  200",
            "302  405  405  405  405  405  405  405"),

    Row("checkin-scan", "/staff/{slug}/checkin/scan/",
            "302  405  405  405  405  405  405  405",
            "302  404  404  422  422  422  404  422"),
    Row("checkin-undo", "/staff/{slug}/checkin/undo/",
            "302  405  405  405  405  405  405  405",
            "302  404  404  422  422  422  404  422"),
    Row("checkin-search", "/staff/{slug}/checkin/search/",
            "302  404  404  200  200  200  404  200",
            "302  405  405  405  405  405  405  405"),
    Row("checkin-count", "/staff/{slug}/checkin/count/",
            "302  404  404  200  200  200  404  200",
            "302  405  405  405  405  405  405  405"),

    # --- Accounts (allauth): one's own by design, no address names anybody else ---
    Row("account", "/accounts/",
            "302  200  200  200  200  200  200  200",
            "302  422  422  422  422  422  422  422"),
    Row("account_login", "/accounts/login/",
            "200  302  302  302  302  302  302  302",
            "422  302  302  302  302  302  302  302"),
    Row("account_logout", "/accounts/logout/",
            "302  200  200  200  200  200  200  200",
            "302  302  302  302  302  302  302  302"),
    Row("account_signup", "/accounts/signup/",
            "200  302  302  302  302  302  302  302",
            "422  302  302  302  302  302  302  302"),
    Row("account_inactive", "/accounts/inactive/",
            "200  200  200  200  200  200  200  200",
            "405  405  405  405  405  405  405  405"),
    Row("account_email", "/accounts/email/",
            "302  200  200  200  200  200  200  200",
            "302  302  302  302  302  302  302  302"),
    Row("account_email_verification_sent", "/accounts/confirm-email/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("account_request_login_code", "/accounts/login/code/",
            "200  302  302  302  302  302  302  302",
            "422  302  302  302  302  302  302  302"),
    Row("account_confirm_login_code", "/accounts/login/code/confirm/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("account_reauthenticate", "/accounts/reauthenticate/",
            "302  200  200  200  200  200  200  200",
            "302  422  422  422  422  422  422  422"),
    Row("account_change_password", "/accounts/password/change/",
            "302  200  200  200  200  200  200  200",
            "302  422  422  422  422  422  422  422"),
    Row("account_set_password", "/accounts/password/set/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("account_reset_password", "/accounts/password/reset/",
            "200  200  200  200  200  200  200  200",
            "422  422  422  422  422  422  422  422"),
    Row("account_reset_password_done", "/accounts/password/reset/done/",
            "200  200  200  200  200  200  200  200",
            "405  405  405  405  405  405  405  405"),
    Row("account_reset_password_from_key", "/accounts/password/reset/key/1-set-password/",
            "200  200  200  200  200  200  200  200",
            "422  422  422  422  422  422  422  422"),
    Row("account_reset_password_from_key_done", "/accounts/password/reset/key/done/",
            "200  200  200  200  200  200  200  200",
            "405  405  405  405  405  405  405  405"),
    Row("mfa_index", "/accounts/2fa/",
            "302  200  200  200  200  200  200  200",
            "302  405  405  405  405  405  405  405"),
    Row("mfa_authenticate", "/accounts/2fa/authenticate/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("mfa_reauthenticate", "/accounts/2fa/reauthenticate/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("mfa_activate_totp", "/accounts/2fa/totp/activate/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("mfa_deactivate_totp", "/accounts/2fa/totp/deactivate/",
            "302  404  404  404  404  404  404  404",
            "302  404  404  404  404  404  404  404"),
    Row("mfa_view_recovery_codes", "/accounts/2fa/recovery-codes/",
            "302  404  404  404  404  404  404  404",
            "302  405  405  405  405  405  405  405"),
    Row("mfa_generate_recovery_codes", "/accounts/2fa/recovery-codes/generate/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("mfa_download_recovery_codes", "/accounts/2fa/recovery-codes/download/",
            "302  404  404  404  404  404  404  404",
            "302  404  404  404  404  404  404  404"),
    Row("mfa_list_webauthn", "/accounts/2fa/webauthn/",
            "302  200  200  200  200  200  200  200",
            "302  405  405  405  405  405  405  405"),
    Row("mfa_add_webauthn", "/accounts/2fa/webauthn/add/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("mfa_edit_webauthn", "/accounts/2fa/webauthn/keys/1/edit/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("mfa_remove_webauthn", "/accounts/2fa/webauthn/keys/1/remove/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("mfa_login_webauthn", "/accounts/2fa/webauthn/login/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("mfa_reauthenticate_webauthn", "/accounts/2fa/webauthn/reauthenticate/",
            "302  302  302  302  302  302  302  302",
            "302  302  302  302  302  302  302  302"),
    Row("usersessions_list", "/accounts/sessions/",
            "302  200  200  200  200  200  200  200",
            "302  302  302  302  302  302  302  302"),
]
# fmt: on
