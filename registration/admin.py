"""Imports the admin of every room, so that Django finds them; nothing else."""

from registration.account import admin as account
from registration.attendee import admin as attendee
from registration.badge import admin as badge
from registration.catalogue import admin as catalogue
from registration.changes import admin as changes
from registration.checkin import admin as checkin
from registration.invitation import admin as invitation
from registration.logo import admin as logo
from registration.mail import admin as mail
from registration.money import admin as money
from registration.notices import admin as notices
from registration.order import admin as order
from registration.privacy import admin as privacy
from registration.waiting import admin as waiting

__all__ = [
    "account",
    "attendee",
    "badge",
    "catalogue",
    "changes",
    "checkin",
    "invitation",
    "logo",
    "mail",
    "money",
    "notices",
    "order",
    "privacy",
    "waiting",
]
