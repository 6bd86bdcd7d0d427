"""A ticket whose code may be known to others gets a new one, which its person is told."""

import pytest
from django.utils import timezone
from post_office.models import Email

from conferences.models import Role
from registration.attendee.models import RetiredCode
from registration.attendee.staff_changes import reissue_code
from registration.changes.resending import reissue_ticket
from registration.errors import RegistrationError
from tests import factories

pytestmark = pytest.mark.django_db


def reissue(client, seat, code):
    path = f"/staff/{seat.conference.slug}/attendees/{seat.pk}/reissue/"
    return client.post(path, {"reissue-reason": "on a photo", "reissue-code": code})


@pytest.mark.both_databases
def test_who_has_the_ticket_is_mailed_the_new_code_once(client_as, conference):
    seat = factories.order(conference=conference).attendees.get()
    Email.objects.all().delete()
    desk, code = client_as(Role.DESK), seat.access_code
    assert [reissue(desk, seat, code).status_code for _click in range(2)] == [302, 302]
    seat.refresh_from_db()
    mail = Email.objects.get()
    assert (mail.to, mail.subject) == ([seat.email], f"Your ticket for {conference} has changed")
    assert seat.access_code[:4] in mail.message and code not in mail.message.replace(" ", "")
    assert list(RetiredCode.objects.values_list("code", flat=True)) == [code]


@pytest.mark.both_databases
def test_nobody_is_mailed_a_ticket_that_is_not_paid(conference):
    seat = factories.order(conference=conference, total="80.00", status="pending").attendees.get()
    type(seat).objects.update(completed_registration=False)
    Email.objects.all().delete()
    reissue_ticket(attendee=seat, code=seat.access_code, reason="x", by=factories.user(), now=timezone.now())
    assert not Email.objects.exists()


def test_code_that_somebody_else_has_changed_is_left(conference):
    seat = factories.order(conference=conference).attendees.get()
    code = seat.access_code
    reissue_code(attendee=seat, reason="x", by=factories.user(), now=timezone.now())
    with pytest.raises(RegistrationError) as refused:
        reissue_ticket(attendee=seat, code=code, reason="x", by=factories.user(), now=timezone.now())
    assert refused.value.code == "changed_meanwhile"
