"""What is in the demo, and that nothing of it stays."""

import datetime as dt

import pytest
from django.utils import timezone
from post_office.models import Email

from conferences.models import Conference, Role, StaffRole
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeProfile
from registration.catalogue.models import AddOn
from registration.checkin.conflicts import count_open
from registration.checkin.hand_outs import count_handed
from registration.checkin.models import Scan, Verdict
from registration.demo.build import NEXT_SLUG, TODAY_SLUG, make_demo, remove_demo, somebody_waiting
from registration.demo.goods import VOUCHER
from registration.demo.people import invent_people
from registration.order.due import expire_unpaid, remind
from registration.order.ledger import check_ledger
from registration.order.models import Order
from registration.order.models_credit import Credit, CreditPayout
from registration.order.recount import recount_places
from registration.waiting.models import WaitingEntry
from tests import factories, factories_money
from tests.admin.conftest import add_row_of_everything

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def logins(for_this_file):
    """Of a demo that is there for each test."""
    return make_demo(now=timezone.now())


@pytest.mark.both_databases
def test_demo_lives(logins, conference):
    now = timezone.now()
    today = Conference.objects.get(slug=TODAY_SLUG)
    seats = Attendee.objects.filter(conference=today)

    assert [login.role for login in logins] == ["admin", "organiser", "desk", "door", "attendee"]
    assert [User.objects.get(email=login.email).check_password(login.password) for login in logins] == [True] * 5
    assert len({login.password for login in logins}) == 5
    assert sorted(StaffRole.objects.filter(conference=today).values_list("role", flat=True)) == [
        "desk",
        "door",
        "organiser",
    ]
    assert today.start_date == today.local_date(now)
    assert seats.count() == 321
    assert set(Scan.objects.values_list("verdict", flat=True)) == {
        *(Verdict.ADMITTED, Verdict.ALREADY_ADMITTED, Verdict.CANCELLED, Verdict.UNPAID, Verdict.UNKNOWN)
    }
    main_admissions = Scan.objects.live_admissions().filter(checkpoint__is_main=True)
    assert main_admissions.count() == seats.checked_in().count() > 150
    assert not Scan.objects.filter(effective_at__gt=now).exists()
    assert {tablet.role: tablet.is_paired for tablet in today.tablets.all()} == {"door": False, "desk": False}
    assert Scan.objects.exclude(tablet=None).exclude(scanned_by_name="").filter(scanned_by=None).count() > 50
    assert count_open(today) == 1
    handed = count_handed(checkpoint=today.checkpoints.get(name="T-shirt desk"), now=now)
    assert handed and 0 < handed.used < handed.bought
    assert recount_places(conference=today) == recount_places(conference=Conference.objects.get(slug=NEXT_SLUG)) == []
    assert [kind.name for kind in today.ticket_types.all() if kind.places_left == 0] == ["Student"]
    assert [kind.name for kind in today.ticket_types.all() if not kind.is_on_sale(now=now)] == ["Sprint day"]
    assert somebody_waiting(today).checked_in_at is None


@pytest.mark.both_databases
def test_demo_sells_more_than_tickets_and_for_less(logins, client):
    today, coming = (Conference.objects.get(slug=slug) for slug in (TODAY_SLUG, NEXT_SLUG))
    assert check_ledger(conference=today) == check_ledger(conference=coming) == []
    student = today.ticket_types.get(slug="student")
    assert student.waiting == WaitingEntry.objects.waiting().filter(ticket_type=student).count() == 4
    assert all(add_on.taken for add_on in AddOn.objects.all())
    home = " ".join(client.get("/").content.decode().split())
    assert "free, or €64 · <bdi>Early price</bdi>" in home
    page = client.get(f"{today.get_absolute_url()}?voucher={VOUCHER}").content.decode()
    assert "T-shirt" in page
    assert "€60" in page


@pytest.mark.both_databases
def test_demo_is_removed_and_nothing_else(logins, conference):
    guest = factories.user(name="A real visitor")
    kept = factories.attendee(conference=conference)
    today = Conference.objects.get(slug=TODAY_SLUG)
    factories.held_scan(attendee=factories.attendee(conference=today, user=guest))
    factories.discount(conference=today, add_on=factories.add_on(conference=today))
    credit = Credit.objects.create(conference=today, user=guest)
    CreditPayout.objects.create(credit=credit, amount=1, by=guest)
    users = {guest.pk, kept.user_id}

    assert remove_demo() == 321 + 24 + 1
    assert set(User.objects.values_list("pk", flat=True)) == users
    assert list(Attendee.objects.all()) == [kept]
    assert list(Conference.objects.all()) == [conference]
    assert (Scan.objects.count(), Order.objects.count(), AttendeeProfile.objects.count()) == (0, 0, 0)


@pytest.mark.both_databases
def test_demo_is_removed_whatever_was_tried_out_in_it(logins):
    for slug in (TODAY_SLUG, NEXT_SLUG):
        add_row_of_everything(Conference.objects.get(slug=slug))
    first, second = Order.objects.filter(conference__slug=TODAY_SLUG)[:2]
    Order.objects.filter(pk=second.pk).update(replaces=first)
    remove_demo()
    assert not Conference.objects.filter(slug__in=[TODAY_SLUG, NEXT_SLUG]).exists()
    assert (Attendee.objects.count(), Scan.objects.count(), Order.objects.count()) == (0, 0, 0)


@pytest.mark.both_databases
def test_login_of_the_demo_that_took_money_elsewhere_opens_nothing_any_more(logins, conference):
    admin = User.objects.get(is_superuser=True)
    order = factories.order(conference=conference, total="9.00", status="pending")
    payment = factories_money.payment(order=order, recorded_by=admin)
    factories.staff(conference=conference, role=Role.ORGANISER, user=admin)
    remove_demo()
    admin.refresh_from_db()
    payment.refresh_from_db()
    assert payment.recorded_by == admin
    assert (admin.email, admin.is_active, admin.is_superuser, admin.has_usable_password()) == (
        None,
        False,
        False,
        False,
    )
    assert not StaffRole.objects.exists()
    make_demo(now=timezone.now())


def test_people_are_invented_the_same_each_time_in_many_scripts():
    people = list(invent_people(500, seed=3))

    assert people == list(invent_people(500, seed=3))
    assert len({person.email for person in people}) == 500
    assert all(
        any(low <= char <= high for person in people for char in person.name)
        for low, high in ("AZ", "АЯ", "את", "一龥", "가힣", "กฮ")
    )


def test_what_is_owed_is_due_before_the_conference_begins_and_stays(logins):
    now = timezone.now()
    owed = list(Order.objects.filter(status="pending", conference__slug__in=[TODAY_SLUG, NEXT_SLUG], total__gt=0))
    due = [order.conference.local_date(order.due_at) < order.conference.start_date for order in owed]
    assert (len(owed) > 5, set(due)) == (True, {True})
    count = Email.objects.count()
    assert (remind(now=now), expire_unpaid(now=now + dt.timedelta(days=30))) == (0, 0)
    assert Email.objects.count() == count
