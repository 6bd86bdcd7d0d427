"""An import in words: what it did, what is odd, what to do next. For the command and the page alike."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.roster.importing import Report


def what_happened(report: Report) -> list[str]:
    """The counts, those that are not 0, the most important first."""
    if not report.changes:
        return [_("Nothing changed: everybody is here already, as in the list."), *_left_out(report)]
    counted = [
        (report.created, ngettext("%(count)s person is new.", "%(count)s people are new.", report.created)),
        (report.updated, ngettext("%(count)s person is updated.", "%(count)s people are updated.", report.updated)),
        (report.revived, ngettext("%(count)s cancelled ticket is valid again.", "%(count)s cancelled tickets are valid again.", report.revived)),
        (report.unchanged, ngettext("%(count)s person stays as they are.", "%(count)s people stay as they are.", report.unchanged)),
        (report.cancelled, ngettext("%(count)s ticket is cancelled.", "%(count)s tickets are cancelled.", report.cancelled)),
        (report.checked_in, ngettext("%(count)s person is checked in, as in the list.", "%(count)s people are checked in, as in the list.", report.checked_in)),
    ]  # fmt: skip
    said = [text % {"count": count} for count, text in counted if count]
    if report.new_ticket_types:
        names = ", ".join(f"“{name}”" for name in report.new_ticket_types)
        said.append(_("New ticket types, not for sale: %(names)s.") % {"names": names})
    return said + _left_out(report)


def _left_out(report: Report) -> list[str]:
    if not report.left_out:
        return []
    total = report.left_out.total()
    reasons = ", ".join(f"{count} {reason.label}" for reason, count in report.left_out.most_common())
    text = ngettext("%(count)s row is left out: %(reasons)s.", "%(count)s rows are left out: %(reasons)s.", total)
    return [text % {"count": total, "reasons": reasons}]


def what_is_odd(report: Report) -> list[str]:
    """What somebody should look at; nothing of it stops an import."""
    odd = [
        _("%(name)s is fuller than full: %(taken)s of %(places)s places are taken.")
        % {"name": name, "taken": taken, "places": places}
        for name, taken, places in report.beyond_capacity
    ]
    if report.early_check_ins:
        odd.append(
            ngettext(
                "%(count)s person is checked in there, but before the conference has begun; that is not carried over.",
                "%(count)s people are checked in there, but before the conference has begun; that is not carried over.",
                report.early_check_ins,
            )
            % {"count": report.early_check_ins}
        )
    if report.kept_by_account:
        odd.append(
            _("Held by an account, which keeps the name and e-mail it gave here: %(lines)s.")
            % {"lines": _lines(report.kept_by_account)}
        )
    if report.kept_as_named:
        odd.append(
            _("Given to somebody else here, or with another address here, which stays: %(lines)s.")
            % {"lines": _lines(report.kept_as_named)}
        )
    if report.kept_exchanged:
        odd.append(
            _("Changed to another ticket here, which stays: %(lines)s.") % {"lines": _lines(report.kept_exchanged)}
        )
    if report.kept_cancelled:
        odd.append(_("Cancelled here by staff, and still so: %(lines)s.") % {"lines": _lines(report.kept_cancelled)})
    if report.missing:
        odd.append(
            ngettext(
                "%(count)s person imported earlier is not in this list and keeps the ticket. Cancel it by hand if need be.",
                "%(count)s people imported earlier are not in this list and keep their tickets. Cancel them by hand if need be.",
                report.missing,
            )
            % {"count": report.missing}
        )
    odd += [
        _("Column “%(column)s”: %(count)s answers do not fit the profile and are left out.")
        % {"column": column, "count": count}
        for column, count in report.answers_that_do_not_fit.most_common()
    ]
    return odd


def _lines(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:20])
    more = len(numbers) - 20
    text = _("lines %(lines)s") if len(numbers) > 1 else _("line %(lines)s")
    return text % {"lines": f"{shown} … (+{more})" if more > 0 else shown}
