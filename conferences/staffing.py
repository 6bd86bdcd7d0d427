"""Who works for a conference: adding by e-mail, changing a role, removing."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from conferences.errors import SettingUpError
from conferences.models import Conference, Role, StaffRole

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser as User


def add_staff(*, conference: Conference, email: str, role: Role, by: User) -> StaffRole:
    """Give the person with this address a role, and mail it to them in the same transaction.

    An unknown address gets an account without a name and without a password, which signs in by a code sent to it. The
    answer is the same for known and unknown addresses. Raises SettingUpError `on_staff` when they have a role here.
    """
    email = email.strip().lower()
    try:
        return _add(conference, email, role, by)
    except IntegrityError:
        # Whoever was quicker has made the account.
        return _add(conference, email, role, by)


def _add(conference: Conference, email: str, role: Role, by: User) -> StaffRole:
    with transaction.atomic():
        user = _account_of(email) or _new_account(email)
        try:
            with transaction.atomic():
                held = StaffRole.objects.create(user=user, conference=conference, role=role, email=email)
        except IntegrityError as error:
            raise SettingUpError(
                "on_staff", _("%(email)s works for this conference already.") % {"email": email}
            ) from error
        _tell(held, by=by)
    return held


def change_role(*, held: StaffRole, role: Role) -> None:
    """Raises SettingUpError `last_organiser`. Locks the conference, so that two organisers cannot both be the last."""
    with transaction.atomic():
        _lock(held)
        if role != Role.ORGANISER:
            keep_an_organiser(conference=held.conference_id, without=[held.pk])
        held.role = role
        held.save(update_fields=["role"])


def remove_staff(*, held: StaffRole) -> None:
    """Raises SettingUpError `last_organiser`. The account stays."""
    with transaction.atomic():
        _lock(held)
        keep_an_organiser(conference=held.conference_id, without=[held.pk])
        held.delete()


def _lock(held: StaffRole) -> None:
    Conference.objects.select_for_update().only("pk").get(pk=held.conference_id)


def keep_an_organiser(*, conference: int, without: Collection[int]) -> None:
    """Raises SettingUpError `last_organiser` where nobody would be organiser of the conference with this key once the roles
    `without` are none. Under the lock of the conference, where it is to hold.
    """
    organisers = StaffRole.objects.filter(conference=conference, role=Role.ORGANISER)
    if organisers.filter(pk__in=without).exists() and not organisers.exclude(pk__in=without).exists():
        raise SettingUpError(
            "last_organiser",
            _("Somebody must be organiser. Make another person organiser first, then change this one."),
        )


def _account_of(email: str) -> Any:
    """By any confirmed address, else by the address of the account itself."""
    users = get_user_model().objects
    confirmed = users.filter(emailaddress__email=email, emailaddress__verified=True).first()
    return confirmed or users.filter(email=email.lower()).first()


def _new_account(email: str) -> Any:
    # The project's own manager and allauth's addresses, which types do not know from here.
    user: Any = cast("Any", get_user_model()).objects.create_user(email=email)
    user.emailaddress_set.create(email=email, primary=True, verified=False)
    return user


def _tell(held: StaffRole, *, by: User) -> None:
    context = {"held": held, "conference": held.conference, "by": by, "site_url": settings.SITE_URL}
    subject = " ".join(render_to_string("mail/staff_added.subject.txt", context).split())
    send_mail(subject, render_to_string("mail/staff_added.txt", context), None, [held.email])
