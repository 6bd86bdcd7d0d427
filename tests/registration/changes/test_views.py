"""The pages of who changes a ticket."""

import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from post_office.models import Email

from conferences.models import Role
from registration.catalogue.models import TicketType
from registration.changes.transfer import transfer_ticket
from registration.order.models import Order
from registration.order.payment import record_payment
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]


@pytest.fixture
def order(conference):
    made = factories.order(conference=conference, seats=2)
    made.attendees.exclude(user=made.user).update(name="", email="")
    return made


@pytest.fixture
def guest(order):
    return order.attendees.exclude(user=order.user).get()


@pytest.fixture
def buyer(client, order):
    client.force_login(order.user)
    return client


def text(response) -> str:
    body = re.sub(r"<svg.*?</svg>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


# --- Several people ---------------------------------------------------------------------------------------------------
def test_buyer_names_a_seat_and_sees_who_has_taken_over(buyer, order, guest):
    page = text(buyer.get(order.get_absolute_url()))
    assert "Not named yet Name missing Say who comes" in page
    details = reverse("order-ticket-details", args=[order.reference, guest.access_code])
    answer = buyer.post(details, {"name": "Grace", "email": "grace@example.org"})
    assert answer["Location"] == reverse("order-ticket", args=[order.reference, guest.access_code])
    assert "Grace grace@example.org Not taken over yet" in text(buyer.get(order.get_absolute_url()))
    grace = factories.user(email="grace@example.org")
    buyer.force_login(grace)
    assert buyer.get(f"/t/{guest.access_code}/")["Location"] == f"/conferences/{order.conference.slug}/ticket/"
    buyer.force_login(order.user)
    assert "Grace grace@example.org Taken over" in text(buyer.get(order.get_absolute_url()))
    assert buyer.get(details).status_code == 404


def test_buyer_sees_only_whom_a_ticket_was_given_to(buyer, order, guest):
    transfer_ticket(
        attendee=guest, code=guest.access_code, name="Grace", email="grace@example.org", by=order.user,
        now=timezone.now(),
    )  # fmt: skip
    guest.refresh_from_db()
    pages = [buyer.get(order.get_absolute_url()), buyer.get(reverse("me"))]
    assert "Given to Grace on" in text(pages[0])
    shown = [(word, word in page.content.decode()) for page in pages for word in (guest.access_code, guest.email)]
    assert [word for word, is_shown in shown if is_shown] == []
    below_order = [
        reverse(f"order-ticket{name}", args=[order.reference, guest.access_code])
        for name in ("", "-details", "-pdf", "-ics")
    ]
    below_code = [
        reverse(f"ticket-{name}", args=[guest.access_code]) for name in ("change", "transfer", "cancel", "exchange")
    ]
    assert {buyer.get(url).status_code for url in [*below_order, *below_code]} == {404}
    send = reverse("order-ticket-send", args=[order.reference, guest.access_code])
    assert buyer.post(send).status_code == 404
    assert buyer.get(f"/t/{guest.access_code}/").status_code == 200  # the page that everybody gets


def test_another_address_leads_to_the_page_of_the_new_code(buyer, order, guest):
    for address in ("wrong@example.org", "right@example.org"):
        guest.refresh_from_db()
        details = reverse("order-ticket-details", args=[order.reference, guest.access_code])
        answer = buyer.post(details, {"name": "Grace", "email": address})
        assert buyer.get(answer["Location"]).status_code == 200


def test_wrong_address_is_shown_again_and_nothing_is_saved(buyer, order, guest):
    details = reverse("order-ticket-details", args=[order.reference, guest.access_code])
    answer = buyer.post(details, {"name": "Grace", "email": "grace"})
    assert (answer.status_code, "Write it like name@example.org." in text(answer)) == (422, True)
    guest.refresh_from_db()
    assert guest.name == ""


def test_ticket_is_sent_again_three_times_an_hour(buyer, order, guest):
    type(guest).objects.filter(pk=guest.pk).update(name="Grace", email="grace@example.org")
    url = reverse("order-ticket-send", args=[order.reference, guest.access_code])
    said = [text(buyer.post(url, follow=True)) for _ in range(4)]
    assert ["Sent to grace@example.org." in each for each in said] == [True, True, True, False]
    assert "sent three times within an hour" in said[3]
    assert [mail.to for mail in Email.objects.all()] == [["grace@example.org"]] * 3
    assert list(order.events.values_list("kind", flat=True)) == ["ticket_sent"] * 3


# --- Giving it away ---------------------------------------------------------------------------------------------------
@pytest.mark.both_databases
def test_ticket_is_given_away_and_pressed_twice_is_once(buyer, order):
    seat = order.attendees.get(user=order.user)
    hub = text(buyer.get(reverse("ticket-change", args=[seat.access_code])))
    assert "Give it away" in hub
    url = reverse("ticket-transfer", args=[seat.access_code])
    data = {"name": "Grace", "email": "grace@example.org", "code": seat.access_code}
    first, second = buyer.post(url, data), buyer.post(url, data)
    assert (first["Location"], second["Location"]) == (order.get_absolute_url(), "/me/")
    assert "Grace has the ticket now" in text(buyer.get(order.get_absolute_url()))
    assert Email.objects.filter(to__contains="grace@example.org").count() == 1


def test_nobody_else_learns_that_a_ticket_was_given_away(client, buyer, order):
    seat = order.attendees.get(user=order.user)
    url = reverse("ticket-transfer", args=[seat.access_code])
    buyer.post(url, {"name": "Grace", "email": "grace@example.org", "code": seat.access_code})
    client.force_login(factories.user())
    assert client.get(url).status_code == 404


def test_what_speaks_against_it_is_said_before_anybody_types(buyer, order):
    type(order.conference).objects.update(allows_transfers=False)
    seat = order.attendees.get(user=order.user)
    for name in ("ticket-change", "ticket-transfer"):
        page = text(buyer.get(reverse(name, args=[seat.access_code])))
        assert "This ticket cannot be given to somebody else." in page
    answer = buyer.post(
        reverse("ticket-transfer", args=[seat.access_code]),
        {"name": "Grace", "email": "grace@example.org", "code": seat.access_code},
    )
    assert (answer.status_code, Email.objects.count()) == (422, 0)


def test_person_without_an_address_is_asked_for_it(buyer, order):
    seat = order.attendees.get(user=order.user)
    answer = buyer.post(
        reverse("ticket-transfer", args=[seat.access_code]), {"name": "Grace", "code": seat.access_code}
    )
    assert "Enter the address that the ticket goes to." in text(answer)


# --- Another ticket, and none ----------------------------------------------------------------------------------------
@pytest.fixture
def seat(order):
    return order.attendees.get(user=order.user)


@pytest.fixture
def dearer(conference):
    return factories.ticket_type(conference=conference, name="Business", price=150)


def exchange(client, seat, kind, **data):
    url = reverse("ticket-exchange", args=[seat.access_code])
    asked = {"ticket": kind.pk, f"expected-{kind.pk}": "150.00", "request_id": uuid.uuid4()} | data
    return client.post(url, asked)


def test_dearer_ticket_is_chosen_and_paid_or_given_up(buyer, order, seat, dearer):
    assert "Business €150 more" in text(buyer.get(reverse("ticket-exchange", args=[seat.access_code])))
    request_id = uuid.uuid4()
    first, second = (exchange(buyer, seat, dearer, request_id=request_id) for _ in range(2))
    new = Order.objects.get(replaces=order)
    assert (first["Location"], second["Location"]) == (new.get_absolute_url(), new.get_absolute_url())
    assert "this ticket stays valid as it is" in text(buyer.get(reverse("ticket-change", args=[seat.access_code])))
    assert "Until then the ticket you have stays valid" in text(buyer.get(new.get_absolute_url()))
    answer = buyer.post(reverse("ticket-exchange-give-up", args=[seat.access_code]), follow=True)
    assert "The ticket stays as it is." in text(answer)
    new.refresh_from_db()
    assert new.status == "cancelled"


def test_order_of_a_change_says_whose_ticket_it_is_before_it_is_paid(client_as, buyer, order, seat, dearer):
    type(seat).objects.filter(pk=seat.pk).update(name="Carla Colleague")
    exchange(buyer, seat, dearer)
    new = Order.objects.get(replaces=order)
    assert "Business Carla Colleague" in text(buyer.get(new.get_absolute_url()))
    page = client_as(Role.DESK).get(reverse("staff-order", args=[order.conference.slug, new.reference]))
    assert "Tickets Carla Colleague Business · as soon as it is paid" in text(page)


def test_who_comes_back_to_the_choice_or_presses_in_another_tab_finds_what_to_pay(buyer, order, seat, dearer):
    exchange(buyer, seat, dearer)
    new, page = Order.objects.get(replaces=order), reverse("ticket-exchange", args=[seat.access_code])
    for answer in (buyer.get(page), exchange(buyer, seat, dearer)):
        assert "A change of this ticket waits for its payment. What to pay, and how" in text(answer)
        assert f'href="{new.get_absolute_url()}"' in answer.content.decode()
    assert Order.objects.filter(replaces=order).count() == 1


def test_orders_of_a_change_that_is_paid_say_so(client_as, buyer, order, seat, dearer):
    exchange(buyer, seat, dearer)
    new = Order.objects.get(replaces=order)
    record_payment(order=new, amount=new.total, method="cash", note="", by=factories.user(), now=timezone.now())
    done = text(buyer.get(f"{new.get_absolute_url()}?done"))
    assert "The ticket is changed The code stays the same. The changed ticket is on its way by mail." in done
    assert ("You are registered" in done, "Changed since" in done) == (False, False)
    at_the_desk = client_as(Role.DESK).get(reverse("staff-order", args=[order.conference.slug, order.reference]))
    for page in (buyer.get(order.get_absolute_url()), at_the_desk):
        assert text(page).count("Changed since") == 1  # of two


@pytest.mark.parametrize("page", ["ticket-change", "order"])
def test_change_that_is_partly_paid_is_for_people_whatever_page_gives_it_up(buyer, order, seat, dearer, page):
    exchange(buyer, seat, dearer)
    new = Order.objects.get(replaces=order)
    record_payment(order=new, amount=Decimal(10), method="cash", note="", by=factories.user(), now=timezone.now())
    key, action = (new.reference, "order-give-up") if page == "order" else (seat.access_code, "ticket-exchange-give-up")
    assert "Give the change up" not in text(buyer.get(reverse(page, args=[key])))
    assert "Ask the organisers to cancel it." in text(buyer.post(reverse(action, args=[key]), follow=True))
    new.refresh_from_db()
    assert new.is_pending


def test_free_change_is_done_at_once(buyer, conference, seat):
    other = factories.ticket_type(conference=conference, name="Remote")
    answer = exchange(buyer, seat, other, **{f"expected-{other.pk}": "0.00"})
    assert "The ticket is a Remote now." in text(buyer.get(buyer.get(answer["Location"])["Location"]))


def test_change_that_costs_nothing_pressed_twice_is_once(buyer, conference, seat):
    other = factories.ticket_type(conference=conference, name="Remote")
    given = {f"expected-{other.pk}": "0.00", "request_id": uuid.uuid4()}
    answers = [exchange(buyer, seat, other, **given) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [reverse("ticket-link", args=[seat.access_code])] * 2
    assert seat.order_lines.filter(replaces_line__isnull=False).count() == 1


def test_nothing_chosen_and_another_price_are_told(buyer, seat, dearer):
    for data, said in (
        ({"ticket": ""}, "Choose a ticket."),
        ({f"expected-{dearer.pk}": "1.00"}, "The price has just changed."),
    ):
        answer = exchange(buyer, seat, dearer, **data)
        assert (answer.status_code, said in text(answer)) == (422, True)


@pytest.mark.both_databases
def test_what_goes_back_is_said_before_and_cancelled_once(buyer, order, seat):
    type(order.conference).objects.update(start_date="2099-01-01", end_date="2099-01-02")
    TicketType.objects.update(is_cancellable=True)
    url = reverse("ticket-cancel", args=[seat.access_code])
    page = buyer.get(url)
    assert "This cannot be taken back" in text(page)
    data = {name: page.context["form"].initial[name] for name in ("request_id", "expected")}
    # What was shown is not what would go back by now: it is said, and the form shown then is good.
    changed = buyer.post(url, data | {"expected": "1.00"})
    assert (changed.status_code, "has just changed" in text(changed)) == (422, True)
    assert changed.context["form"]["expected"].value() == str(data["expected"])
    answers = [buyer.post(url, data) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == ["/me/", "/me/"]
    seat.refresh_from_db()
    assert (seat.state, order.events.filter(kind="seat_cancelled").count()) == ("cancelled", 1)


@pytest.mark.parametrize("types", [1, 3])
def test_exchange_page_needs_the_same_queries_for_one_and_three_tickets(
    buyer, conference, seat, django_assert_max_num_queries, types
):
    for _number in range(types):
        factories.ticket_type(conference=conference)
    with django_assert_max_num_queries(16):
        buyer.get(reverse("ticket-exchange", args=[seat.access_code]))


def test_ticket_that_is_not_paid_leads_its_buyer_to_the_order(client, conference):
    """There it can be given up, whatever the ticket says of cancelling; a guest who has it cannot."""
    order = factories.order(conference=conference, total="50.00", status="pending", seats=2)
    guest = order.attendees.exclude(user=order.user).get()
    guest.user = factories.user()
    guest.save(update_fields=["user"])
    link = f"{order.get_absolute_url()}#give-up"
    for seat, is_led in ((order.attendees.get(user=order.user), True), (guest, False)):
        client.force_login(seat.user)
        page = client.get(reverse("ticket-change", args=[seat.access_code])).content.decode()
        assert (link in page, "cannot be cancelled here" in page) == (is_led, not is_led)
