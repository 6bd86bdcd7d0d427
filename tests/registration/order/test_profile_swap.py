"""A team's own profile model, named in the settings alone: its fields are asked, shown and exported, and no template is
touched.
"""

import csv
import io
import uuid

import pytest

from conferences.models import Role
from tests import factories

ENV = {"EXTRA_APPS": "tests.profileapp", "ATTENDEE_PROFILE_MODEL": "profileapp.SpeakerProfile"}
ANSWERS = {
    "profile-talk_title": "Sums & <b>series</b>",
    "profile-editor": "vi",
    "profile-needs_projector": "on",
}


@pytest.mark.both_databases(hostile=True)
def test_fields_of_another_model_are_asked_and_kept(start_server):
    server = start_server(workers=1, env=ENV)
    server.manage("migrate", "--run-syncdb", "--verbosity=0")
    kind = factories.ticket_type(conference=factories.conference())
    buyer = factories.user(name="Ada Lovelace")
    client = server.client(buyer)
    path = f"/conferences/{kind.conference.slug}/register/?ticket={kind.slug}"
    page = client.get(path).text
    for said in ("Title of the talk", "Favourite editor", "Emacs, of course", "I need a projector"):
        assert said in page
    assert "T-shirt" not in page

    data = {
        "checkout_id": str(uuid.uuid4()), "ticket": kind.slug, "price": "0.00", "quantity": "1",
        "seat-name": buyer.name, "seat-email": buyer.email,
    }  # fmt: skip
    refused = client.post(path, data)
    assert (refused.status, "Write an answer." in refused.text) == (422, True)
    assert client.post(path, data | ANSWERS).status == 302

    staff = server.client(factories.staff(conference=kind.conference, role=Role.ORGANISER).user)
    row = exported(staff, kind.conference.slug)
    assert (row["Title of the talk"], row["Favourite editor"], row["I need a projector"]) == (
        "Sums & <b>series</b>", "vi, of course", "Yes",
    )  # fmt: skip
    shown = staff.get(person_path(kind.conference.slug, buyer)).text
    for said in ("Sums &amp; &lt;b&gt;series", "vi, of course"):
        assert said in shown


def exported(client, slug):
    answer = client.get(f"/staff/{slug}/attendees/export.csv")
    return next(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))


def person_path(slug, user):
    return f"/staff/{slug}/attendees/{user.attendees.get().pk}/"
