"""What is typed on the details page of a registration, checked while people go on."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from registration.order.forms_register import SeatDetails
from registration.order.views_register import asked_visit


@require_POST
def register_check(request: HttpRequest, slug: str) -> HttpResponse:
    """One field as it is after what was typed, with its error, for htmx while people go. Writes nothing."""
    visit = asked_visit(request, slug)
    name = request.GET.get("field", "")
    number = re.match(r"(?:seat|profile)(\d{0,2})-", name)
    if number is None:
        return HttpResponseBadRequest(_("There is no such field."))
    index = int(number[1] or 1)
    seat = SeatDetails(
        request.POST, number=index, ticket_type=None, conference=visit.conference, buyer=request.user,
        is_guest=index > 1 or visit.own_seat() is not None,
    )  # fmt: skip
    field = next((field for field in seat.fields() if field.html_name == name), None)
    if field is None:
        return HttpResponseBadRequest(_("There is no such field."))
    return HttpResponse(field.as_field_group())
