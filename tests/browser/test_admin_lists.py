"""The lists of Django's admin, on the smallest laptop."""

from __future__ import annotations

import pytest
from django.contrib import admin

from tests import factories
from tests.admin.conftest import add_row_of_everything, address

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BEYOND = "() => { const part = document.querySelector('.results'); return part.scrollWidth - part.clientWidth; }"


def test_no_list_has_columns_beyond_its_edge(open_page):
    add_row_of_everything(factories.conference(name="Small Tools Summit"))
    # Five columns have room anyhow, beside the menu too, which stands there by default.
    wide = [model for model, page in admin.site._registry.items() if len(page.list_display) > 5]
    lists = [address(model, "changelist") for model in wide if model._default_manager.exists()]
    page = open_page("/", user=factories.superuser())
    page.set_viewport_size({"width": 1280, "height": 800})
    assert len(lists) > 20
    beyond = {}
    for path in lists:
        page.goto(path, wait_until="domcontentloaded")
        beyond[path] = page.evaluate(BEYOND)
    assert {path: pixels for path, pixels in beyond.items() if pixels > 0} == {}
