"""Two organisers who have the settings of the same conference open."""

from __future__ import annotations

import pytest

from conferences.models import Conference, Role
from tests.conferences.test_setting_up import settings_of

pytestmark = pytest.mark.django_db


def test_older_page_does_not_put_back_what_somebody_else_has_changed(client_as, conference):
    client, url = client_as(Role.ORGANISER), f"/staff/{conference.slug}/settings/"
    Conference.objects.update(description="Two days.\nOne hall.", venue="Harbour Hall")
    form = settings_of(conference, description="Two days.\r\nOne hall.", venue="Harbour Hall", offer_hours="24")
    form["seen"] = client.get(url).context["form"]["seen"].value()
    changed = form | {"venue": "The Old Mill", "asked": ["pronouns"], "for_desk": ["photo_consent"]}
    # The button pressed twice is the same change.
    assert [client.post(url, changed).status_code for _press in range(2)] == [302, 302]
    late = client.post(url, form | {"total_capacity": "250"})
    labels = dict(late.context["form"].fields["asked"].choices)
    said = (
        f"it now says: Venue: The Old Mill; Places in all: {conference.total_capacity};"
        f" What is asked: {labels['pronouns']}; What the desk sees at a scan: {labels['photo_consent']}."
    )
    assert (late.status_code, said in late.content.decode()) == (422, True)
    conference.refresh_from_db()
    assert (conference.venue, conference.profile_fields, conference.desk_fields) == (
        "The Old Mill",
        ["pronouns"],
        ["photo_consent"],
    )
    again = late.context["form"]
    assert (again["venue"].value(), again["total_capacity"].value()) == ("Harbour Hall", "250")
    assert client.post(url, form | {"total_capacity": "250", "seen": again["seen"].value()}).status_code == 302
    conference.refresh_from_db()
    assert (conference.venue, conference.total_capacity, conference.desk_fields) == ("Harbour Hall", 250, [])


def test_what_is_to_be_corrected_is_not_pushed_away_by_the_question_who_is_told_of_a_move(client_as, conference):
    client, url = client_as(Role.ORGANISER), f"/staff/{conference.slug}/settings/"
    asks = f'hx-get="/staff/{conference.slug}/settings/moved/"'
    pages = [client.get(url), client.post(url, settings_of(conference, currency="QQQ"))]
    assert [(page.status_code, asks in page.content.decode()) for page in pages] == [(200, True), (422, False)]
