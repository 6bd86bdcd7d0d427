"""A service worker whose script cannot be fetched is asked for again, on the tablet and on the stand: without it the page
does not open without the network.
"""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from registration.checkin.kiosk import start_kiosk
from registration.checkin.models import Checkpoint
from tests import factories
from tests.browser.offline import has_worker

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]

# As a browser does where the network ends before the script is there; twice. The ten seconds are a tenth of one.
FAILS_TWICE = """
    const serviceWorkers = navigator.serviceWorker;
    const register = serviceWorkers?.register.bind(serviceWorkers);
    window.tried = 0;
    if (register) serviceWorkers.register = async (...given) => {
        if (++window.tried < 3) throw new TypeError("the script could not be fetched");
        return register(...given);
    };
    const later = window.setTimeout;
    window.setTimeout = (job, pause, ...given) => later(job, pause === 10_000 ? 100 : pause, ...given);
"""


@pytest.mark.parametrize("is_stand", [False, True], ids=["tablet", "stand"])
def test_worker_is_asked_for_again_where_its_script_did_not_come(open_page, conference, live_server, is_stand):
    Checkpoint.objects.main(conference)
    tablet, secret = factories.paired_tablet(conference=conference)
    if is_stand:
        start_kiosk(tablet=tablet, pin="2468")

    def prepare(page: Page) -> None:
        page.add_init_script(FAILS_TWICE)

    page = open_page("/healthz/", size="tablet", prepare=prepare)
    page.context.add_cookies([{"name": "tablet", "value": secret, "url": f"{live_server.url}/staff/"}])
    page.goto(reverse("checkin", args=[conference.slug]))
    has_worker(page)
    assert page.evaluate("window.tried") >= 3
