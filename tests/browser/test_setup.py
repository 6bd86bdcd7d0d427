"""The browser tests can fail: what pages complain about is seen."""

import pytest

from tests.browser.conftest import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_axe_and_the_policy_are_watched(open_page):
    page = open_page("/")
    assert axe(page) == []
    page.evaluate("document.querySelector('h1').outerHTML = '<img src=\"/static/img/icon.svg\">'")
    assert any(line.startswith("image-alt") for line in axe(page))
