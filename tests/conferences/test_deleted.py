"""Somebody saves a page of what another organiser has deleted meanwhile."""

from __future__ import annotations

import pytest

from conferences.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("make", "pages", "label", "field"),
    [
        (factories.ticket_type, "tickets", "Name", "name"),
        (factories.add_on, "add-ons", "Name", "name"),
        (factories.voucher, "vouchers", "Code", "code"),
        (factories.discount, "discounts", "Name", "name"),
        (factories.checkpoint, "checkpoints", "Name", "name"),
    ],
)
def test_page_of_what_was_deleted_says_so_keeps_what_was_written_and_leads_back(
    client_as, conference, make, pages, label, field
):
    client, back = client_as(Role.ORGANISER), f"/staff/{conference.slug}/settings/{pages}/"
    found = make(conference=conference)
    address = f"{back}{found.pk}/"
    assert client.get(address).status_code == 200
    found.delete()
    saved = client.post(address, {field: "<Harbour>"})
    text = saved.content.decode()
    assert (saved.status_code, f'href="{back}"' in text) == (404, True)
    assert "Somebody deleted it after you opened the page. Nothing was changed now." in text
    assert f'<dt>{label}</dt><dd class="pre-line"><bdi>&lt;Harbour&gt;</bdi></dd>' in text
    opened = client.get(address).content.decode()
    assert ("or the link is wrong" in opened, "What you wrote" in opened, f'href="{back}"' in opened) == (
        True, False, True,
    )  # fmt: skip
    assert "after you opened the page" in client.post(f"{address}delete/").content.decode()
