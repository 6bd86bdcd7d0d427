"""The mails whose words organisers may change: what each is called, what it says by default, and what may stand in it.

Words are plain text, with a few names in braces that are filled in: `{name}`, `{conference}`. They are never a template,
so nothing that anybody types becomes code. Around the words stand facts that no wording can lose, such as the QR code or
the amount to pay: `templates/mail/<kind>.html` and `.txt`.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from registration.mail.kind import EVERYWHERE, QUESTION, UNEXPECTED, Kind
from registration.mail.kinds_places import PLACE_KINDS
from registration.mail.placeholders import PERSONAL

_SEAT = (*EVERYWHERE, *PERSONAL)
_ORDER = (*EVERYWHERE, "buyer", "reference", "total")

KINDS: dict[str, Kind] = {
    "ticket": Kind(
        label=gettext_lazy("Ticket: the registration is confirmed"),
        subject=gettext_lazy("Your ticket for {conference}"),
        text=gettext_lazy(
            "Your ticket, {name}\n\nShow this at the door. It works printed, or from this mail without a network."
        ),
        placeholders=_SEAT,
        needs=("attendee", "order"),
    ),
    "ticket_changed": Kind(
        label=gettext_lazy("Ticket: changed"),
        subject=gettext_lazy("Your ticket for {conference} has changed"),
        text=gettext_lazy(
            "Your ticket has changed\n\n{name}, you now have: {ticket}. The code below is the one that counts."
        ),
        placeholders=_SEAT,
        needs=("attendee", "order"),
    ),
    "ticket_given_away": Kind(
        label=gettext_lazy("Ticket: given to somebody else"),
        subject=gettext_lazy("Your ticket for {conference} was given to somebody else"),
        text=gettext_lazy("Your ticket was given away"),
        answer=UNEXPECTED,
        placeholders=(*EVERYWHERE, "ticket"),
        needs=("attendee", "was", "code", "by", "reason"),
    ),
    "seat_cancelled": Kind(
        label=gettext_lazy("Ticket: cancelled"),
        subject=gettext_lazy("Your ticket for {conference} is cancelled"),
        text=gettext_lazy(
            "Your ticket is cancelled\n\n{name}, {ticket}. The code of this ticket no longer opens the door."
        ),
        answer=UNEXPECTED,
        placeholders=(*_SEAT, "reason"),
        needs=("attendee", "reason"),
    ),
    "others_cancelled": Kind(
        label=gettext_lazy("Ticket: cancelled, to the buyer where it is somebody else's"),
        subject=gettext_lazy("A ticket of your order for {conference} is cancelled: {reference}"),
        text=gettext_lazy("A ticket of your order is cancelled"),
        answer=UNEXPECTED,
        placeholders=(*_ORDER, "ticket", "reason"),
        needs=("attendee", "order", "reason"),
    ),
    "day_before": Kind(
        label=gettext_lazy("Ticket: the day before, with the way there"),
        subject=gettext_lazy("Tomorrow: {conference}"),
        text=gettext_lazy("See you tomorrow, {name}\n\nHave this code ready at the door; it works without a network."),
        placeholders=_SEAT,
        needs=("attendee", "order"),
    ),
    "conference_moved": Kind(
        label=gettext_lazy("Dates or place have changed"),
        subject=gettext_lazy("{conference} has moved: {new}"),
        text=gettext_lazy(
            "{conference} has moved\n\nPlease look at when and where it is now. Your ticket stays as it is. The calendar "
            "entry in this mail takes the place of the one you have."
        ),
        placeholders=(*_SEAT, "new"),
        needs=("attendee", "order", "before"),
    ),
    "mailing": Kind(
        label=gettext_lazy("Mail to a group of people: what it begins with"),
        subject=gettext_lazy("{conference}: please read"),
        text=gettext_lazy("Hello {name},"),
        placeholders=_SEAT,
        needs=("attendee",),
    ),
    "order_to_approve": Kind(
        label=gettext_lazy("Order: waits for approval"),
        subject=gettext_lazy("We have your registration for {conference}: {reference}"),
        text=gettext_lazy(
            "We have your registration\n\nThe organisers of {conference} look at each registration for this ticket. Your "
            "place is kept meanwhile, and we mail you as soon as they have decided."
        ),
        placeholders=_ORDER,
        needs=("order",),
    ),
    "order_to_pay": Kind(
        label=gettext_lazy("Order: to be paid"),
        subject=gettext_lazy("Your order for {conference}: to be paid, {reference}"),
        text=gettext_lazy("Your places are kept\n\nYour tickets follow by mail as soon as the payment is recorded."),
        placeholders=_ORDER,
        needs=("order", "lines"),
    ),
    "order_due": Kind(
        label=gettext_lazy("Order: payment due soon"),
        subject=gettext_lazy("Payment due soon: {conference}, {reference}"),
        text=gettext_lazy(
            "Payment is due soon\n\n{total} for {conference} is to be paid by {due}.\n\n"
            "If you have paid already, thank you; it takes a few days until we see it."
        ),
        placeholders=(*_ORDER, "due"),
        needs=("order",),
    ),
    "order_overdue": Kind(
        label=gettext_lazy("Order: payment overdue"),
        subject=gettext_lazy("Payment overdue: {conference}, {reference}"),
        text=gettext_lazy(
            "Payment is overdue\n\n{total} for {conference} was to be paid by {due}, and we have not seen it yet.\n\n"
            "If you have paid already, thank you; it takes a few days until we see it."
        ),
        answer=gettext_lazy("If you cannot come, answer this mail, so that somebody else can."),
        placeholders=(*_ORDER, "due"),
        needs=("order",),
    ),
    "order_expired": Kind(
        label=gettext_lazy("Order: not paid in time"),
        subject=gettext_lazy("Your order for {conference} has expired: {reference}"),
        text=gettext_lazy(
            "Your order has expired\n\n{total} was to be paid by {due}. We have not seen it, so your places at "
            "{conference} are on sale again.\n\nIf you have paid, do nothing: when the money arrives you get your "
            "tickets, as long as there are places, or the money back."
        ),
        placeholders=(*_ORDER, "due"),
        needs=("order",),
    ),
    "order_cancelled": Kind(
        label=gettext_lazy("Order: cancelled before it was paid"),
        subject=gettext_lazy("Your order for {conference} is cancelled: {reference}"),
        text=gettext_lazy(
            "Your order is cancelled\n\nNothing is to be paid for it any more. What you may have paid for it goes back to you."
        ),
        answer=UNEXPECTED,
        placeholders=(*_ORDER, "reason"),
        needs=("order", "reason"),
    ),
    "order_declined": Kind(
        label=gettext_lazy("Order: not approved"),
        subject=gettext_lazy("Your registration for {conference} was not accepted: {reference}"),
        text=gettext_lazy(
            "Your registration was not accepted\n\nThe organisers of {conference} have looked at your registration and "
            "decided against it. What you may have paid for it goes back to you."
        ),
        answer=QUESTION,
        placeholders=(*_ORDER, "reason"),
        needs=("order", "reason"),
    ),
    "order_paid": Kind(
        label=gettext_lazy("Order: paid"),
        subject=gettext_lazy("Paid: {conference}, {reference}"),
        text=gettext_lazy(
            "Thank you, it is paid\n\nWe have received {total} for {conference}. Everybody gets their ticket in a mail of its own."
        ),
        placeholders=_ORDER,
        needs=("order", "lines"),
    ),
    "order_part_paid": Kind(
        label=gettext_lazy("Order: paid in part, something is missing"),
        subject=gettext_lazy("{missing} is missing: {conference}, {reference}"),
        text=gettext_lazy(
            "Something is still missing\n\nWe have received {paid} for {conference}, thank you. {missing} is still to be "
            "paid; then your order is complete."
        ),
        placeholders=(*_ORDER, "paid", "missing", "due"),
        needs=("order", "came", "missing"),
    ),
    "payment_late": Kind(
        label=gettext_lazy("Order: money came after it was closed"),
        subject=gettext_lazy("We have received {amount}, but the order is closed: {conference}, {reference}"),
        text=gettext_lazy(
            "Your money arrived after the order was closed\n\nWe have received {amount} for order {reference} at "
            "{conference}, which was closed on {closed}. Your money is not lost: the organisers give it back, or set the "
            "order up again. You need not do anything, and hear from them."
        ),
        answer=QUESTION,
        placeholders=(*_ORDER, "amount", "closed"),
        needs=("order", "amount", "closed_at"),
    ),
    "payment_twice": Kind(
        label=gettext_lazy("Order: money came that was not owed"),
        subject=gettext_lazy("We have received {amount} more than was to be paid: {conference}, {reference}"),
        text=gettext_lazy(
            "Your order was paid already\n\nWe have received another {amount} for order {reference} at {conference}, for "
            "which nothing was to be paid any more. Your money is not lost: the organisers give it back. Your tickets are "
            "as they were; you need not do anything."
        ),
        answer=QUESTION,
        placeholders=(*_ORDER, "amount"),
        needs=("order", "amount"),
    ),
    "change_to_pay": Kind(
        label=gettext_lazy("Change of a ticket: to be paid"),
        subject=gettext_lazy("Your change for {conference}: to be paid, {reference}"),
        text=gettext_lazy(
            "A place is kept for the change\n\nUntil it is paid, the ticket stays as it is and is good at the door. As soon "
            "as the payment is recorded, the changed ticket follows by mail."
        ),
        placeholders=_ORDER,
        needs=("order", "lines"),
    ),
    "change_overdue": Kind(
        label=gettext_lazy("Change of a ticket: payment overdue"),
        subject=gettext_lazy("Payment overdue: {conference}, {reference}"),
        text=gettext_lazy(
            "The payment for your change is overdue\n\n{total} was to be paid by {due}, and we have not seen it yet.\n\n"
            "If you have paid already, thank you; it takes a few days until we see it. If you do not want the change any "
            "more, do nothing: the ticket stays as it is."
        ),
        placeholders=(*_ORDER, "due"),
        needs=("order",),
    ),
    "change_expired": Kind(
        label=gettext_lazy("Change of a ticket: not paid in time"),
        subject=gettext_lazy("Your change for {conference} has expired: {reference}"),
        text=gettext_lazy(
            "Your change has expired\n\n{total} was to be paid by {due}. We have not seen it, so the ticket stays as it "
            "was, and is good at the door.\n\nIf you have paid, do nothing: when the money arrives the ticket is changed, "
            "as long as there is a place, or you get the money back."
        ),
        placeholders=(*_ORDER, "due"),
        needs=("order",),
    ),
    "change_paid": Kind(
        label=gettext_lazy("Change of a ticket: paid"),
        subject=gettext_lazy("Paid: {conference}, {reference}"),
        text=gettext_lazy(
            "Thank you, it is paid\n\nWe have received {total} for the change. The changed ticket comes in a mail of its own; its code stays the same."
        ),
        placeholders=_ORDER,
        needs=("order", "lines"),
    ),
    "papers_renewed": Kind(
        label=gettext_lazy("Order: new invoice, as a ticket was changed"),
        subject=gettext_lazy("New invoice for your order: {conference}, {reference}"),
        text=gettext_lazy(
            "There is a new invoice for your order\n\nA ticket of it was changed for one with another rate of tax, so what you "
            "paid for it is taxed at that rate. There is nothing for you to pay."
        ),
        placeholders=_ORDER,
        needs=("order", "papers"),
    ),
    "refund": Kind(
        label=gettext_lazy("Order: refunded"),
        subject=gettext_lazy("You get {amount} back: {conference}"),
        text=gettext_lazy("You get {amount} back"),
        answer=UNEXPECTED,
        placeholders=(*EVERYWHERE, "buyer", "reference", "amount", "reason"),
        needs=("order", "amount", "reason", "ways", "ended", "papers"),
    ),
    **PLACE_KINDS,
}
