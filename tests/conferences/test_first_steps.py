import pytest
from django.template.loader import render_to_string

from conferences.first_steps import first_step
from registration.account.models import User
from tests import factories

pytestmark = pytest.mark.django_db


def test_first_step_goes_from_superuser_to_conference_to_none():
    assert first_step() == "superuser"
    User.objects.create_superuser(email="admin@example.org", password="correct horse", name="Admin")
    assert first_step() == "conference"
    factories.conference()
    assert first_step() == ""


def test_first_steps_say_how_to_make_the_first_superuser():
    assert "<code>.venv/bin/python manage.py createsuperuser" in render_to_string(
        "conferences/_first_steps.html", {"first_step": "superuser"}
    )
