"""Users and groups in Django's admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from registration.account.models import User
from tests import factories
from tests.admin.conftest import address

pytestmark = pytest.mark.django_db


def test_user_is_found_by_address_and_by_name(client, superuser):
    wanted = factories.user(email="ines@example.org", name="Zoë Okafor")
    User.objects.create_placeholder(name="Guest")
    for query in ("ines@example", "Okafor"):
        assert list(client.get(address(User, "changelist"), {"q": query}).context["cl"].result_list) == [wanted]
    placeholders = client.get(address(User, "changelist"), {"account": "no"}).context["cl"].result_list
    assert [user.name for user in placeholders] == ["Guest"]


def test_new_user_has_no_password_and_signs_in_by_code(client, superuser):
    client.post(address(User, "add"), {"email": "New@Example.org", "name": "New One"})
    made = User.objects.get(email="new@example.org")
    assert (made.name, made.has_usable_password(), made.is_staff) == ("New One", False, False)


def test_nobody_is_made_of_an_empty_form(client, superuser):
    answer = client.post(address(User, "add"), {"email": " ", "name": "No One"})
    assert list(answer.context["adminform"].form.errors) == ["email"]
    assert not User.objects.filter(name="No One").exists()


def test_superuser_alone_opens_the_admin_and_a_new_address_is_confirmed_anew(client, superuser):
    person = factories.user(email="old@example.org")
    empty = {"emailaddress_set-TOTAL_FORMS": "0", "emailaddress_set-INITIAL_FORMS": "0"}
    data = {"name": person.name, "email": "new@example.org", "is_active": "on", "is_superuser": "on"} | empty
    assert client.post(address(User, "change", person.pk), data).status_code == 302
    person.refresh_from_db()
    assert (person.email, person.is_staff, person.is_superuser) == ("new@example.org", True, True)
    assert list(person.emailaddress_set.values_list("email", "verified", "primary")) == [
        ("new@example.org", False, True)
    ]
    client.post(address(User, "change", person.pk), data | {"is_superuser": ""})
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser) == (False, False)


def test_group_is_filled_with_people_for_whom_a_discount_comes_by_itself(client, superuser, django_assert_num_queries):
    people = [factories.user() for _ in range(3)]
    guest = User.objects.create_placeholder(name="Guest")
    discount = factories.discount(conference=factories.conference())
    assert client.post(address(Group, "add"), {"name": "Speakers", "members": [guest.pk]}).status_code == 200
    client.post(address(Group, "add"), {"name": "Speakers", "members": [person.pk for person in people[:2]]})
    made = Group.objects.get(name="Speakers")
    type(discount).objects.filter(pk=discount.pk).update(group=made)
    for members in (people[:1], people):
        client.post(address(Group, "change", made.pk), {"name": "Speakers", "members": [each.pk for each in members]})
        assert list(made.user_set.order_by("pk")) == members
        with django_assert_num_queries(5):
            assert client.get(address(Group, "change", made.pk)).status_code == 200
    assert "<title>Cannot delete" in client.get(address(Group, "delete", made.pk)).content.decode()
