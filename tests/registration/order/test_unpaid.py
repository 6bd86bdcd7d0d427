"""What is said of paying at the desk, to buyers whose order may end before there is one."""

import datetime as dt

import pytest
from django.utils import timezone
from post_office.models import Email

from registration.order.completion import ask_for_payment
from tests import factories, factories_money

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("expire_after_days", "instructions", "desk", "ask"),
    [(7, "IBAN BE00 0000", False, False), (7, "", False, True), (None, "", True, False), (70, "", True, False)],
    ids=["ends before", "ends before, and no other way", "never ends", "ends later"],
)
def test_desk_is_named_where_the_order_is_still_there_when_it_opens(
    client_as, expire_after_days, instructions, desk, ask
):
    start, client = timezone.localdate() + 60 * DAY, client_as()
    conference = factories.conference(
        start_date=start, end_date=start, expire_after_days=expire_after_days, payment_instructions=instructions,
        contact_email="hello@example.org",
    )  # fmt: skip
    order = factories.order(
        conference=conference, user=client.user, status="pending", total="79.50", due_at=timezone.now() + 14 * DAY
    )

    def page() -> str:
        return client.get(order.get_absolute_url()).content.decode()

    ask_for_payment(order=order)
    assert ("At the desk" in page(), "Ask the organisers how to pay" in page()) == (desk, ask)
    mail = Email.objects.get()
    assert {"At the desk it can be paid from" in written for written in (mail.message, mail.html_message)} == {desk}
    # Something was paid, so it does not end by itself any more.
    factories_money.payment(order=order, amount="1.00")
    assert "At the desk" in page()


@pytest.mark.parametrize(
    ("key", "takes_cards", "card", "ask"),
    [("sk_test", True, True, False), ("sk_test", False, False, True), ("", True, False, True)],
    ids=["site and conference", "the site alone", "the conference alone"],
)
def test_cards_are_named_where_both_take_them(client_as, settings, key, takes_cards, card, ask):
    settings.STRIPE_SECRET_KEY, client = key, client_as()
    conference = factories.conference(
        payment_instructions="", takes_cards=takes_cards, expire_after_days=7,
        start_date=timezone.localdate() + 60 * DAY, end_date=timezone.localdate() + 60 * DAY,
    )  # fmt: skip
    order = factories.order(
        conference=conference, user=client.user, status="pending", total="79.50", due_at=timezone.now() + 14 * DAY
    )
    ask_for_payment(order=order)
    page, mail = client.get(order.get_absolute_url()).content.decode(), Email.objects.get()
    assert ("by card" in page, "Ask the organisers how to pay" in page) == (card, ask)
    assert {"By card it can be paid" in written for written in (mail.message, mail.html_message)} == {card}
