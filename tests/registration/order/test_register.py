"""Several tickets, add-ons and vouchers through the pages; what is held, and what is refused."""

import datetime as dt
import uuid
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from registration.attendee.models import Attendee
from registration.catalogue.models import Reduction
from registration.order.cancellation import cancel_seat
from registration.order.holding import release_expired_holds
from registration.order.models import Order, OrderStatus
from registration.order.recount import recount_places
from tests import factories
from tests.registration.order.registering import HTMX, choose, form_of, path, text

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def client(client_as):
    made = client_as()
    made.user.name = "Ada Lovelace"
    made.user.save()
    return made


@pytest.fixture
def regular(conference):
    return factories.ticket_type(
        conference=conference, name="Regular", slug="regular", price=D("249"), tax_rate=D("19"), total_quantity=5
    )


@pytest.fixture
def dinner(conference):
    return factories.add_on(conference=conference, name="Dinner", slug="dinner", price=D("45"), total_quantity=3)


@pytest.fixture
def voucher(conference):
    return factories.voucher(conference=conference, code="TEN", reduction=Reduction.PERCENT, value=D(10), max_uses=4)


GUEST = {"seat2-name": "Grace Hopper", "seat2-email": "grace@example.org"}


def test_two_seats_with_a_voucher_and_an_add_on_in_three_pages(client, conference, regular, dinner, voucher):
    chosen = choose(client, conference, regular=2, voucher="ten")
    assert (chosen.status_code, chosen["Location"]) == (
        302,
        path(conference) + "?ticket=regular&ticket=regular&voucher=ten",
    )
    regular.refresh_from_db()
    assert (regular.taken, Order.objects.placed().count()) == (2, 0)
    page = client.get(chosen["Location"])
    assert "2 × <bdi>Regular</bdi></td><td>€498</td>" in text(page)
    assert "<bdi>Voucher TEN</bdi></td><td>−€49.80</td>" in text(page)
    assert '19 % tax in it</span><span class="num">€71.56</span>' in text(page)
    until = timezone.localtime(Order.objects.get().created_at + dt.timedelta(minutes=15), conference.tz)
    assert f"Held for you until {until:%H:%M}<" in text(page)
    data = form_of(page, **GUEST, **{"seat-extra-dinner": "on"})
    summed = client.post(path(conference, "hold/"), data, headers=HTMX)
    assert "1 × <bdi>Dinner</bdi></td><td>€45</td>" in text(summed)
    assert 'name="price" value="493.20" id="id_price" hx-swap-oob="true"' in text(summed)
    dinner.refresh_from_db()
    assert (dinner.taken, Order.objects.count()) == (1, 1)
    done = client.post(page.request["PATH_INFO"], data | {"price": "493.20"})
    placed = Order.objects.get()
    assert (done.status_code, done["Location"]) == (302, f"/orders/{placed.reference}/?done")
    assert (placed.status, placed.total, placed.discount) == (OrderStatus.PENDING, D("493.20"), D("49.80"))
    assert [(seat.name, seat.user.is_placeholder) for seat in placed.attendees.order_by("pk")] == [
        ("Ada Lovelace", False), ("Grace Hopper", True),
    ]  # fmt: skip
    assert [(line.text, str(line.attendee.name)) for line in placed.lines.all()] == [
        ("Regular", "Ada Lovelace"), ("Dinner", "Ada Lovelace"), ("Regular", "Grace Hopper"),
    ]  # fmt: skip
    assert recount_places(conference=conference) == []
    assert "−€49.80" in text(client.get(done["Location"]))


def test_placing_two_seats_with_a_voucher_and_an_add_on_takes_less_than_forty_queries(
    client, conference, regular, dinner, voucher, django_assert_max_num_queries
):
    page = client.get(choose(client, conference, regular=2, voucher="TEN")["Location"])
    data = form_of(page, **GUEST, **{"seat-extra-dinner": "on", "price": "493.20"})
    with django_assert_max_num_queries(38):
        assert client.post(path(conference), data).status_code == 302
    assert recount_places(conference=conference) == []


def test_holding_something_more_writes_each_row_once(
    client, conference, regular, dinner, voucher, django_assert_max_num_queries
):
    page = client.get(choose(client, conference, regular=2, voucher="TEN")["Location"])
    data = form_of(page, **GUEST, **{"seat-extra-dinner": "on"})
    with django_assert_max_num_queries(25):
        assert client.post(path(conference, "hold/"), data, headers=HTMX).status_code == 200
    assert recount_places(conference=conference) == []


def test_details_are_found_again_with_what_is_held(client, conference, regular, dinner):
    address = choose(client, conference, regular=2)["Location"]
    page = client.get(address)
    client.post(path(conference, "hold/"), form_of(page, **{"seat2-extra-dinner": "on"}), headers=HTMX)
    again = client.get(address)
    assert again.context["sale"]["checkout_id"].value() == page.context["sale"]["checkout_id"].value()
    assert [seat.extras["dinner"].value() for seat in again.context["details"].seats] == [False, True]
    assert "1 × <bdi>Dinner</bdi>" in text(again)
    assert text(again).count("checked") == 1


@pytest.mark.parametrize("needs_approval", [False, True])
def test_page_says_what_comes_next(client, conference, regular, needs_approval):
    type(regular).objects.update(needs_approval=needs_approval)
    page = text(client.get(path(conference) + "?ticket=regular"))
    looked_at = "The organisers look at this registration before it is confirmed. Nothing is to be paid before." in page
    assert (looked_at, "How to pay" in page) == (needs_approval, not needs_approval)


def test_page_without_javascript_keeps_what_was_typed_and_holds_it(client, conference, regular, dinner):
    page = client.get(path(conference) + "?ticket=regular")
    assert ("Not held yet." in text(page), Order.objects.count()) == (True, 0)
    held = client.post(path(conference, "hold/"), form_of(page, **{"seat-name": "", "seat-extra-dinner": "on"}))
    assert (held.status_code, "Held for you until" in text(held), "€294" in text(held)) == (200, True, True)
    assert (held.context["problem_count"], held.context["details"].seats[0].seat["name"].value()) == (0, "")
    assert held.context["details"].seats[0].extras["dinner"].value()


def test_visitors_choice_survives_sign_up_and_is_held_afterwards(conference, regular, voucher):
    answer = choose(Client(), conference, regular=2, voucher="TEN")
    where = urlsplit(answer["Location"])
    kept = path(conference) + "?ticket=regular&ticket=regular&voucher=TEN"
    assert (where.path, parse_qs(where.query), Order.objects.count()) == ("/accounts/signup/", {"next": [kept]}, 0)


def test_details_page_asks_to_be_held_once_it_is_open(client, conference, regular):
    page = client.get(path(conference) + "?ticket=regular")
    assert f'hx-post="{path(conference, "hold/")}" hx-trigger="load"' in text(page)
    client.post(path(conference, "hold/"), form_of(page), headers=HTMX)
    assert 'hx-trigger="load"' not in text(client.get(path(conference) + "?ticket=regular"))


def test_own_held_places_can_be_chosen_anew(client, conference, regular):
    choose(client, conference, regular=5)
    page = client.get(path(conference) + "?choose&ticket=regular")
    assert page.context["form"].fields["n-regular"].max_value == 5
    assert '<option value="1" selected>1</option>' in text(page)
    assert '<option value="5">5</option></select>' in text(page)
    assert choose(client, conference, regular=1).status_code == 302
    regular.refresh_from_db()
    assert regular.taken == 1


def test_person_may_be_named_later(client, conference, regular):
    page = client.get(choose(client, conference, regular=2)["Location"])
    assert '<label class="form-label" for="id_seat2-name">Name</label>' in text(page)
    refused = client.post(path(conference), form_of(page))
    assert (refused.status_code, ">2. Name: Enter a name, or name this person later.<" in text(refused)) == (422, True)
    assert client.post(path(conference), form_of(page, **{"seat2-later": "on"})).status_code == 302
    assert list(Attendee.objects.order_by("pk").values_list("name", "email"))[1] == ("", "")


@pytest.mark.counters_falsified
def test_places_that_went_after_the_hold_was_over_are_told(client, conference, regular):
    page = client.get(choose(client, conference, regular=5)["Location"])
    others = {f"seat{n}-later": "on" for n in range(2, 6)}
    release_expired_holds(now=timezone.now() + dt.timedelta(minutes=16))
    type(regular).objects.update(taken=1)
    type(conference).objects.update(places_taken=1)
    refused = client.post(path(conference), form_of(page, **others))
    assert (refused.status_code, "since then they have gone to others" in text(refused)) == (422, True)
    assert Order.objects.placed().count() == 0


def test_link_with_a_voucher_shows_its_prices_and_what_it_unlocks(client, conference, regular):
    hidden = factories.ticket_type(conference=conference, name="Sponsor", slug="sponsor", requires_voucher=True)
    factories.voucher(conference=conference, code="KEY", unlocks_hidden=True, max_uses=1)
    plain, unlocked = (text(client.get(f"/conferences/{conference.slug}/{query}")) for query in ("", "?voucher=key"))
    assert (hidden.name in plain, hidden.name in unlocked) == (False, True)
    assert "?ticket=sponsor&amp;voucher=KEY" in unlocked
    assert "</span>€249</s> Free" in unlocked
    assert "voucher=KEY" in text(client.get(f"/conferences/{conference.slug}/places/?voucher=KEY"))
    assert "There is no voucher “no” here." in text(client.get(f"/conferences/{conference.slug}/?voucher=no"))
    assert client.get(path(conference) + "?ticket=sponsor").context["problem"].startswith("That ticket is not for sale")
    page = client.get(path(conference) + "?ticket=sponsor&voucher=key")
    assert client.post(path(conference), form_of(page)).status_code == 302
    assert "has been used up" in text(client.get(f"/conferences/{conference.slug}/?voucher=KEY"))


def test_tax_is_said_with_the_price_and_broken_out_on_the_order(client, conference, regular, dinner):
    type(dinner).objects.update(tax_rate=7)
    assert '€249</span> <span class="small soft">19 % tax in it' in text(client.get(f"/conferences/{conference.slug}/"))
    page = client.get(choose(client, conference, regular=1)["Location"])
    form = form_of(page, **{"seat-extra-dinner": "on"}) | {"price": "294"}
    placed = client.post(path(conference), form)["Location"]
    rows = [f"<td>{rate} % tax in it</td><td>{tax}</td>" for rate, tax in ((7, "€2.94"), (19, "€39.76"))]
    assert [row in text(client.get(placed)) for row in rows] == [True, True]
    # What is not owed any more is not taxed.
    cancel_seat(attendee=Attendee.objects.get(), reason="Ill", by=None, now=timezone.now())
    assert "tax in it" not in text(client.get(placed))


def test_discount_for_everybody_is_shown_beside_the_old_price(client, conference, regular):
    factories.discount(conference=conference, name="Early bird")
    page = text(client.get(f"/conferences/{conference.slug}/"))
    assert "</span>€249</s> €224.10" in page
    assert "Early bird" in page


def test_discount_of_a_person_goes_with_their_own_seat(client, conference, regular):
    factories.discount(conference=conference, name="Speakers", reduction=Reduction.FREE, emails=client.user.email)
    page = client.get(choose(client, conference, regular=2)["Location"])
    assert page.context["quote"].totals.total == D("249")
    # Two guests, and no seat for oneself: the price is another one, and is told before anything is booked.
    guests = {"seat-name": "Bob", "seat-email": "bob@example.org"} | GUEST
    refused = client.post(path(conference), form_of(page, **guests))
    assert (refused.status_code, "The order costs €498" in text(refused)) == (422, True)
    assert client.post(path(conference), form_of(refused)).status_code == 302


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seat-extra-dinner": "on", "price": "249"}, "The order costs €518.40"),
        ({"seat2-extra-gold": "on"}, "something that does not come with this ticket"),
        ({"seat3-extra-dinner": "on"}, "something that does not come with this ticket"),
        ({"voucher": "ELEVEN"}, "There is no voucher “ELEVEN” here."),
        ({"ticket": ["regular"]}, "names 1 tickets and says 2"),
        ({"ticket": ["regular"] * 21}, "20 tickets at most"),
        ({"ticket": ["regular", "sponsor"]}, "not for sale here"),
        ({"quantity": "3"}, "names 2 tickets and says 3"),
        ({"price": "1.00"}, "The order costs €448.20"),
        ({"checkout_id": "x"}, "The form is incomplete."),
        ({"seat2-email": f"{'a' * 250}@example.org"}, ">2. E-mail: Ensure this value has at most 254 characters"),
    ],
)
def test_tampered_form_books_nothing_and_says_why(client, conference, regular, dinner, voucher, change, says):
    voucher.value = D(10)
    page = client.get(path(conference) + "?ticket=regular&ticket=regular&voucher=TEN")
    if "seat-extra-dinner" in change:
        says = "The order costs €493.20"
    refused = client.post(path(conference), form_of(page, **GUEST) | change)
    assert (refused.status_code, Order.objects.count(), Attendee.objects.count()) == (422, 0, 0)
    assert says in text(refused)


def test_voucher_that_is_used_up_is_refused_where_it_is_typed_but_for_who_holds_its_last_use(
    client, conference, regular
):
    factories.voucher(conference=conference, code="ONE")
    mine = choose(client, conference, regular=1, voucher="ONE")["Location"]
    assert "<bdi>Voucher ONE</bdi>" in text(client.get(mine))
    other = Client()
    other.force_login(factories.user())
    for page in (choose(other, conference, regular=1, voucher="one"), other.get(path(conference) + "?voucher=ONE")):
        assert page.context["form"].errors == {"voucher": ["The voucher ONE has been used up."]}


@pytest.mark.parametrize("count", ["x", "-1", "99", "1.5"])
def test_number_that_cannot_be_had_is_refused(client, conference, regular, count):
    answer = choose(client, conference, regular=count)
    assert (answer.status_code, Order.objects.count(), "So many cannot be had." in text(answer)) == (422, 0, True)


def test_nothing_chosen_is_said(client, conference, regular):
    assert "Choose how many tickets you need." in text(choose(client, conference, regular=0))


@pytest.mark.parametrize("regular_too", [0, 1])
def test_ticket_that_sold_out_while_it_was_chosen_is_named(client, client_as, conference, regular, regular_too):
    factories.ticket_type(conference=conference, name="Last", slug="last", total_quantity=1)
    choose(client_as(), conference, last=1)
    page = text(choose(client, conference, regular=regular_too, last=1))
    assert ("Last is sold out." in page, client.user.orders.count()) == (True, 0)


def test_hold_of_somebody_else_cannot_be_taken_over(client, conference, regular):
    theirs = factories.order(conference=conference, checkout_id=uuid.uuid4(), status=OrderStatus.PENDING)
    page = client.get(path(conference) + "?ticket=regular")
    answer = client.post(path(conference, "hold/"), form_of(page, checkout_id=str(theirs.checkout_id)), headers=HTMX)
    assert (answer.status_code, "sent before by somebody else" in text(answer)) == (422, True)


def test_page_left_open_after_the_order_leads_to_it(client, conference, regular):
    page = client.get(path(conference) + "?ticket=regular")
    client.post(path(conference), form_of(page))
    placed = Order.objects.get()
    answer = client.post(path(conference, "hold/"), form_of(page), headers=HTMX)
    assert (answer["HX-Redirect"], Order.objects.count()) == (f"/orders/{placed.reference}/?done", 1)
