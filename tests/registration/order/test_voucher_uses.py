"""A voucher with fewer uses left than there are tickets in the order: it is for some of them, and the page says so."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from registration.catalogue.models import Reduction
from registration.catalogue.reductions import reductions_of
from registration.errors import RegistrationError
from registration.order.checkout import place_order
from registration.order.choice import Choice, SeatRequest
from registration.order.holding import hold_order, release_expired_holds
from registration.order.models import Order
from registration.order.recount import recount_places
from tests import factories
from tests.registration.order.registering import HTMX, choose, form_of, path, text

pytestmark = pytest.mark.django_db

D = Decimal
NOW = timezone.now()


@pytest.fixture
def regular(conference):
    return factories.ticket_type(conference=conference, name="Regular", slug="regular", price=D("100"))


@pytest.fixture
def student(conference):
    return factories.ticket_type(conference=conference, name="Student", slug="student", price=D("40"))


@pytest.fixture
def dinner(conference):
    return factories.add_on(conference=conference, name="Dinner", slug="dinner", price=D("45"), limit_per_seat=2)


def half(conference, **fields):
    return factories.voucher(
        conference=conference, code="HALF", **{"reduction": Reduction.PERCENT, "value": D(50)} | fields
    )


def order(*seats, buyer=None, code="HALF", **fields):
    conference = seats[0].ticket_type.conference
    return place_order(
        conference=conference, buyer=buyer or factories.user(), seats=list(seats), voucher_code=code, now=NOW,
        **{"checkout_id": uuid.uuid4()} | fields,
    )  # fmt: skip


def paid_for(placed):
    """Of each seat its price, and the voucher that its line bears."""
    lines = placed.lines.filter(add_on=None).order_by("pk")
    return [(line.price, str(line.voucher or "")) for line in lines]


def used(voucher):
    voucher.refresh_from_db()
    return voucher.used


def test_last_use_goes_to_the_first_of_equal_seats_and_the_others_pay_in_full(conference, regular):
    code = half(conference)
    placed = order(*[SeatRequest(regular)] * 3)
    assert paid_for(placed) == [(D("50.00"), "HALF"), (D("100.00"), ""), (D("100.00"), "")]
    assert (placed.total, used(code), recount_places(conference=conference)) == (D("250.00"), 1, [])


def test_uses_go_where_they_save_most_with_the_add_ons_of_a_seat(conference, regular, student, dinner):
    code = half(conference, max_uses=2)
    code.add_ons.add(dinner)
    # Half of 40 and of two dinners is more than half of 100.
    seats = SeatRequest(student), SeatRequest(regular), SeatRequest(student, add_ons={dinner: 2}), SeatRequest(regular)
    placed = order(*seats)
    assert paid_for(placed) == [(D(40), ""), (D(50), "HALF"), (D(20), "HALF"), (D(100), "")]
    assert placed.lines.get(add_on=dinner).price == D("22.50")


def test_seat_that_is_cheaper_by_a_discount_takes_no_use(conference, regular, student):
    half(conference)
    early = factories.discount(conference=conference, name="Early", value=D(60))
    early.ticket_types.add(regular)
    assert paid_for(order(SeatRequest(regular), SeatRequest(student))) == [(D(40), ""), (D(20), "HALF")]


def test_hidden_tickets_have_the_uses_first(conference, regular):
    hidden = factories.ticket_type(conference=conference, name="Sponsor", price=D(10), requires_voucher=True)
    code = half(conference, unlocks_hidden=True)
    assert paid_for(order(SeatRequest(regular), SeatRequest(hidden))) == [(D(100), ""), (D(5), "HALF")]
    assert used(code) == 1


def test_more_hidden_tickets_than_uses_are_refused(conference):
    hidden = factories.ticket_type(conference=conference, name="Sponsor", price=D(10), requires_voucher=True)
    code = half(conference, unlocks_hidden=True, max_uses=2)
    with pytest.raises(RegistrationError) as refusal:
        order(*[SeatRequest(hidden)] * 3)
    assert (refusal.value.code, Order.objects.count(), used(code)) == ("voucher_used_up", 0, 0)


def test_what_is_held_is_placed_at_its_price_and_takes_no_other_use(conference, regular):
    code, buyer, seats = half(conference, max_uses=2), factories.user(), (SeatRequest(regular),) * 3
    held = hold_order(conference=conference, buyer=buyer, choice=Choice(seats, "HALF"), now=NOW)
    assert (held.total, used(code)) == (D(200), 2)
    placed = order(*seats, buyer=buyer, checkout_id=held.checkout_id, expected_total=held.total)
    assert (placed.total, used(code), recount_places(conference=conference)) == (D(200), 2, [])


def test_other_choice_of_the_same_buyer_has_the_use_that_the_first_one_held(conference, regular, student):
    code, buyer = half(conference), factories.user()
    for kind in (student, regular, student):
        choice = Choice((SeatRequest(kind),) * 2, "HALF")
        held = hold_order(conference=conference, buyer=buyer, choice=choice, now=NOW)
        assert (held.total, used(code)) == (kind.price * D("1.5"), 1)


def test_use_that_went_to_somebody_else_after_it_was_read_is_refused_and_not_taken_twice(conference, regular):
    code = half(conference, max_uses=2)
    as_it_was = reductions_of(conference, "HALF")
    order(SeatRequest(regular))
    with pytest.raises(RegistrationError) as refusal:
        order(*[SeatRequest(regular)] * 3, reductions=as_it_was)
    assert (refusal.value.code, used(code), Order.objects.count()) == ("voucher_used_up", 1, 1)
    assert refusal.value.message == (
        "The voucher HALF is good for one more ticket, not for 2. Look at tickets and price again."
    )


def test_page_says_for_how_many_tickets_it_is_with_the_price(client_as, conference, regular):
    client, code = client_as(), half(conference)
    page = client.get(choose(client, conference, regular=3, voucher="HALF")["Location"])
    assert "The voucher HALF applies to one of 3 tickets: it has one use left." in text(page)
    assert ("−€50<" in text(page), page.context["sale"]["price"].value()) == (True, D("250.00"))
    form = form_of(page, **{"seat2-name": "Grace", "seat3-name": "Mary"})
    summed = client.post(path(conference, "hold/"), form, headers=HTMX)
    assert "applies to one of 3 tickets" in text(summed)
    assert client.post(path(conference), form).status_code == 302
    assert (Order.objects.get().total, used(code), recount_places(conference=conference)) == (D(250), 1, [])


def test_code_that_is_typed_on_the_details_page_is_applied_to_as_many_tickets_as_it_has_uses(
    client_as, conference, regular
):
    client = client_as()
    half(conference, max_uses=2)
    page = client.get(choose(client, conference, regular=3)["Location"])
    form = form_of(page, voucher="half", **{"seat2-name": "Grace", "seat3-name": "Mary"})
    summed = client.post(path(conference, "hold/"), form, headers=HTMX)
    assert "The voucher HALF applies to 2 of 3 tickets: it has 2 uses left." in text(summed)
    assert summed.context["quote"].totals.total == D(200)
    placed = client.post(path(conference), form | {"price": "200.00"})
    assert (placed.status_code, Order.objects.get().total) == (302, D(200))


def test_page_with_enough_uses_says_nothing_of_them(client_as, conference, regular):
    client = client_as()
    half(conference, max_uses=3)
    page = client.get(choose(client, conference, regular=3, voucher="HALF")["Location"])
    assert ("applies to" in text(page), page.context["sale"]["price"].value()) == (False, D(150))


def test_use_that_is_gone_while_the_form_is_filled_in_shows_the_new_price(client_as, conference, regular):
    """Its hold is over, and the use went to somebody else: the form sent again is at the price that is shown."""
    client = client_as()
    half(conference, max_uses=2)
    page = client.get(choose(client, conference, regular=3, voucher="HALF")["Location"])
    Order.objects.update(hold_expires_at=NOW)
    release_expired_holds(now=timezone.now())
    order(SeatRequest(regular))
    form = form_of(page, **{"seat2-name": "Grace", "seat3-name": "Mary"})
    refused = client.post(path(conference), form)
    assert refused.status_code == 422
    assert "costs €250, which is not what the form says" in text(refused)
    assert "applies to one of 3 tickets" in text(refused)
    again = form | {"price": refused.context["sale"]["price"].value()}
    assert client.post(path(conference), again).status_code == 302
    assert Order.objects.order_by("-total").first().total == D(250)


@pytest.mark.parametrize(
    ("uses", "tickets", "shown"),
    [(1, {"regular": 2}, ["€45", "€45"]), (2, {"regular": 2}, ["€22.50", "€22.50"]), (0, {"regular": 1}, ["€22.50"]),
     (1, {"regular": 1, "student": 1}, ["€22.50", "€45"])],
    ids=["too few", "enough", "no limit", "of another ticket"],
)  # fmt: skip
def test_add_on_is_shown_at_the_price_that_it_has_at_each_seat_or_else_in_full(
    client_as, conference, regular, student, dinner, uses, tickets, shown
):
    client, code = client_as(), half(conference, max_uses=uses)
    code.add_ons.add(dinner)
    code.ticket_types.add(regular)
    address = choose(client, conference, voucher="HALF", **tickets)["Location"]
    # Held, and read once more: what is held is not missing from what is left.
    for page in (client.get(address), client.get(address)):
        labels = [seat.extras.fields["dinner"].label for seat in page.context["details"].seats]
        assert labels == [f"Dinner · {price}" for price in shown]


@pytest.mark.parametrize(
    ("shown", "typed", "labels"),
    [("", "half", ["Dinner · €22.50", "Party · €15"]), ("HALF", "", ["Dinner · €45"]), ("HALF", "nonsense", ["Dinner · €45"]),
     ("HALF", "HALF", [])],
    ids=["typed", "taken away", "mistyped", "as before"],
)  # fmt: skip
def test_voucher_on_the_details_page_shows_the_add_ons_anew_with_what_was_chosen(
    client_as, conference, regular, dinner, shown, typed, labels
):
    """As the page would be when it was loaded now; and only then, since whoever chooses meanwhile should not be disturbed."""
    client, code = client_as(), half(conference, unlocks_hidden=True)
    party = factories.add_on(conference=conference, name="Party", slug="party", price=D(30), requires_voucher=True)
    code.add_ons.add(dinner, party)
    address = choose(client, conference, regular=1, voucher=shown)["Location"]
    form = form_of(client.get(address), voucher=typed, **{"seat-extra-dinner": "1"})
    headers = HTMX | {"HX-Current-URL": f"http://testserver{address}", "HX-Trigger": "hold"}
    answer = client.post(path(conference, "hold/"), form, headers=headers)
    anew = [field for seat in answer.context["seats_anew"] for field in seat.extras]
    assert [field.label for field in anew] == labels
    assert [field.value() for field in anew if field.name == "dinner"] == ["1"][: len(labels)]
    assert answer.content.decode().count('id="extras-1" hx-swap-oob="true"') == min(len(labels), 1)
