"""Addresses of lists in Django's admin that nobody comes to by a link."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from tests import factories

pytestmark = pytest.mark.django_db

ENDLESS = "9" * 23
BY_DATE = [(model, one.date_hierarchy) for model, one in admin.site._registry.items() if one.date_hierarchy]


@pytest.mark.parametrize("asked", [{"year": ENDLESS}, {"year": "2026", "month": ENDLESS}, {"year": "0"}])
def test_date_that_there_is_not_shows_the_list_as_other_nonsense_does(client, asked):
    client.force_login(factories.superuser())
    assert len(BY_DATE) > 10
    for model, field in BY_DATE:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        answer = client.get(address, {f"{field}__{part}": value for part, value in asked.items()})
        assert (answer.status_code, answer["Location"]) == (302, f"{address}?e=1")
