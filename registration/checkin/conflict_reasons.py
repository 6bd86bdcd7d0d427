"""What a conflict is about, by the verdict that the server would have given: what happened, why it would have said no, and
what to do. In words of their own for people who were let in, and for pieces that were handed out.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from registration.checkin.models import Verdict

Words = tuple[str, str, str]


def words_of_an_entry(verdict: Verdict) -> Words:
    valid = _("If they may stay, give them a valid ticket; else ask them to leave.")
    return {
        Verdict.ALREADY_ADMITTED: (
            _("Let in more than once"),
            _("Tablets that could not ask the server let in the same ticket."),
            _("Find out whether this was one person twice, or two people with one ticket."),
        ),
        Verdict.CANCELLED: (_("Let in, but cancelled"), _("The ticket was cancelled."), valid),
        Verdict.REFUNDED: (_("Let in, but refunded"), _("The money for the ticket was returned."), valid),
        Verdict.REPLACED: (
            _("Let in with an old code"),
            _("The code was replaced by a new one, which may be somebody else’s by now."),
            _("Find who came in with the old code. The person named here has the new one."),
        ),
        Verdict.BLOCKED: (
            _("Let in, but blocked"),
            _("The ticket is blocked."),
            _("Look up why on the person’s page, and talk to them."),
        ),
        Verdict.UNPAID: (_("Let in, not paid"), _("The order is not paid."), _("Find them and take the payment.")),
        Verdict.INCOMPLETE: (
            _("Let in, not registered to the end"),
            _("The registration is not finished."),
            _("Finish it with them at the desk."),
        ),
        Verdict.WRONG_TICKET: (_("Let in with another ticket"), _("The ticket is not valid there."), valid),
        Verdict.NOT_OPEN: (
            _("Let in while closed"),
            _("The checkpoint was not open at that time."),
            _("Look whether the opening hours are right, and whether they are still inside."),
        ),
    }.get(
        verdict,
        (
            _("Let in, not known"),
            _("No ticket of this conference has this code."),
            _("Ask who let them in, and find who that was."),
        ),
    )


def words_of_a_piece(verdict: Verdict) -> Words:
    back = _("Ask for it back, or for its price.")
    return {
        Verdict.ALREADY_ADMITTED: (
            _("Handed out once too often"),
            _("Tablets that could not ask the server handed out the same piece."),
            back,
        ),
        Verdict.CANCELLED: (_("Handed out, but cancelled"), _("The ticket was cancelled."), back),
        Verdict.REFUNDED: (_("Handed out, but refunded"), _("The money for the ticket was returned."), back),
        Verdict.REPLACED: (
            _("Handed out by an old code"),
            _("The code was replaced by a new one, which may be somebody else’s by now."),
            _("Find who came with the old code. The person named here has the new one."),
        ),
        Verdict.BLOCKED: (
            _("Handed out, but blocked"),
            _("The ticket is blocked."),
            _("Look up why on the person’s page, and talk to them."),
        ),
        Verdict.UNPAID: (
            _("Handed out, not paid"),
            _("The order is not paid."),
            _("Find them and take the payment."),
        ),
        Verdict.INCOMPLETE: (
            _("Handed out, not registered to the end"),
            _("The registration is not finished."),
            _("Finish it with them at the desk."),
        ),
        Verdict.WRONG_TICKET: (
            _("Handed out, not bought"),
            _("It was not bought with this ticket, or was given back."),
            back,
        ),
        Verdict.NOT_OPEN: (
            _("Handed out while closed"),
            _("The checkpoint was not open at that time."),
            _("Look whether the opening hours are right."),
        ),
    }.get(
        verdict,
        (
            _("Handed out, not known"),
            _("No ticket of this conference has this code."),
            _("Ask who handed it out, and find who that was."),
        ),
    )
