"""The recount that every test ends with finds what is wrong, also on a server's own database."""

import pytest
from django.db.models import F

from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.order.recount import recount_places
from registration.waiting.recount import recount_waiting
from tests import factories
from tests.counters import miscounts, prove_counters


@pytest.mark.parametrize(
    ("model", "counter"), [(Conference, "places_taken"), (TicketType, "taken"), (TicketType, "waiting")]
)
@pytest.mark.django_db
def test_one_too_many_is_found(request, conference, model, counter):
    kind = factories.ticket_type(conference=conference)
    factories.attendee(conference=conference, ticket_type=kind)
    factories.waiting(ticket_type=kind)
    assert miscounts() == []
    model.objects.update(**{counter: F(counter) + 1})
    with pytest.raises(pytest.fail.Exception, match="the counters disagree"):
        prove_counters(request)
    recount_places(conference=conference, fix=True)
    recount_waiting(conference=conference, fix=True)


def test_on_a_database_of_its_own(request, own_database):
    seat = factories.attendee(conference=factories.conference())
    Conference.objects.update(places_taken=0)
    with pytest.raises(pytest.fail.Exception, match="counted=0, live=1"):
        prove_counters(request)
    recount_places(conference=seat.conference, fix=True)


@pytest.mark.counters_falsified
def test_unless_it_says_so(request, conference):
    Conference.objects.update(places_taken=7)
    prove_counters(request)
    assert len(miscounts()) == 1
