"""The mails about a place that somebody is invited to, or waits for. See `kinds`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from registration.mail.kind import EVERYWHERE, UNEXPECTED, Kind

PLACE_KINDS: dict[str, Kind] = {
    "invitation": Kind(
        label=gettext_lazy("Invitation with a personal link"),
        subject=gettext_lazy("You are invited: {conference}"),
        text=gettext_lazy(
            "You are invited\n\n{person}, the organisers of {conference} invite you. The link below is yours alone and "
            "registers you in one click: {offer}."
        ),
        placeholders=(*EVERYWHERE, "person", "offer"),
        needs=("name", "offer", "link", "until"),
    ),
    "place_offered": Kind(
        label=gettext_lazy("Waiting list: a place is offered"),
        subject=gettext_lazy("A place for you: {conference}"),
        text=gettext_lazy(
            "There is a place for you\n\n{person}, you were waiting for {offer}. It is yours if you take it by {until}. "
            "After that it goes to whoever waits next."
        ),
        placeholders=(*EVERYWHERE, "person", "offer", "until"),
        needs=("name", "offer", "until", "link"),
    ),
    "place_withdrawn": Kind(
        label=gettext_lazy("Waiting list: taken off by the organisers"),
        subject=gettext_lazy("You are off the waiting list: {conference}"),
        text=gettext_lazy(
            "You are off the waiting list\n\n{person}, the organisers of {conference} have taken you off the waiting list for "
            "{offer}."
        ),
        answer=UNEXPECTED,
        placeholders=(*EVERYWHERE, "person", "offer"),
        needs=("name", "offer", "was_offered"),
    ),
}
