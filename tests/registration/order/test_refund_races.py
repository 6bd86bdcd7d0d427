"""A ticket that is given back while it is scanned: let in before it went back, or not at all."""

import threading
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from registration.attendee.models import Attendee
from registration.checkin import admission
from registration.checkin.admission import check_in
from registration.checkin.models import Checkpoint, Scan
from registration.order.models import OrderStatus
from registration.order.models_money import Refund
from tests import factories
from tests.registration.order.test_refund import pay, refund

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def given_back_before_the_scan_was_written(monkeypatch):
    """Whether a refund that begins when a scan has decided to let somebody in can end before that is written."""
    conference = factories.conference()
    order = factories.order(conference=conference, total="10.00", status=OrderStatus.PENDING)
    pay(order, "10.00")
    seat, door = order.attendees.get(), Checkpoint.objects.main(conference)
    decided, given_back, insert_scan, found = threading.Event(), threading.Event(), admission.insert_scan, []

    def insert_late(scan):
        decided.set()
        found.append(given_back.wait(1))
        insert_scan(scan)

    def give_back():
        decided.wait(30)
        try:
            refund(order, "10.00", [seat])
        finally:
            given_back.set()
            connection.close()

    monkeypatch.setattr(admission, "insert_scan", insert_late)
    thread = threading.Thread(target=give_back)
    thread.start()
    check_in(checkpoint=door, code=seat.access_code, scan_id=uuid.uuid4(), by=None, now=timezone.now())
    thread.join()
    assert (Refund.objects.count(), Attendee.objects.get().state) == (1, "refunded")
    return found


def test_refund_waits_for_a_scan_that_has_decided(own_database, monkeypatch):
    assert given_back_before_the_scan_was_written(monkeypatch) == [False]
    assert Scan.objects.get().verdict == "admitted"


def test_control_without_the_lock_it_does_not(own_database, monkeypatch):
    monkeypatch.setattr(admission, "_decide_and_record", admission._decide_and_record.__wrapped__)
    assert given_back_before_the_scan_was_written(monkeypatch) == [True]


def test_refunds_and_scans_at_the_same_moment_do_not_lock_each_other_out(own_database):
    """Ten seats, each refunded and scanned at once."""
    conference = factories.conference()
    order = factories.order(conference=conference, total="100.00", status=OrderStatus.PENDING, seats=10)
    pay(order, "100.00")
    seats, door = list(order.attendees.order_by("pk")), Checkpoint.objects.main(conference)
    barrier, trouble = threading.Barrier(2), []

    def run(work):
        try:
            for seat in seats:
                barrier.wait(30)
                work(seat)
        except Exception as error:
            trouble.append(error)
            barrier.abort()
        finally:
            connection.close()

    def scan(seat):
        check_in(checkpoint=door, code=seat.access_code, scan_id=uuid.uuid4(), by=None, now=timezone.now())

    threads = [
        threading.Thread(target=run, args=[work]) for work in (lambda seat: refund(order, "10.00", [seat]), scan)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []
    assert Refund.objects.count() == 10
    assert set(Attendee.objects.values_list("state", flat=True)) == {"refunded"}
    order.refresh_from_db()
    assert (order.status, Scan.objects.count()) == (OrderStatus.REFUNDED, 10)
    let_in = set(Scan.objects.filter(verdict="admitted").values_list("attendee", flat=True))
    assert let_in == set(Attendee.objects.filter(checked_in_at__isnull=False).values_list("pk", flat=True))
    assert set(Scan.objects.values_list("verdict", flat=True)) <= {"admitted", "refunded"}
