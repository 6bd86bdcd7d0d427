import pytest

from conferences.models import Role
from tests import factories
from tests.bench.weight import weigh_tablet_page

KB = 1000


@pytest.mark.django_db
def test_tablet_page_is_light_enough_for_bad_wifi(conference):
    weight = weigh_tablet_page(conference, user=factories.staff(conference=conference, role=Role.DESK).user)
    assert weight.rest < 110 * KB
    assert weight.decoder > 300 * KB  # it is in what was weighed
    assert weight.rest + weight.decoder < 500 * KB
