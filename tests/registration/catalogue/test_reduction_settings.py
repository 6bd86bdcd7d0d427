"""Add-ons, vouchers and discounts as organisers look after them."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from conferences.forms import is_saved
from conferences.models import Role
from registration.catalogue import views_reductions
from registration.catalogue.models import AddOn, Discount, Reduction, Voucher
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def organiser(client_as):
    return client_as(Role.ORGANISER)


def path(conference, rest):
    return f"/staff/{conference.slug}/settings/{rest}"


def text(response):
    return " ".join(response.content.decode().split())


@pytest.mark.counters_falsified
def test_add_on_is_added_with_its_tickets_and_keeps_its_counter_when_changed(organiser, conference):
    kind, foreign = (
        factories.ticket_type(conference=conference),
        factories.ticket_type(conference=factories.conference()),
    )
    form = {
        "name": "Dinner",
        "price": "45",
        "tax_rate": "7",
        "total_quantity": "30",
        "limit_per_seat": "2",
        "is_active": "on",
    }
    assert organiser.post(path(conference, "add-ons/new/"), form | {"ticket_types": [foreign.pk]}).status_code == 422
    assert organiser.post(path(conference, "add-ons/new/"), form | {"ticket_types": [kind.pk]}).status_code == 302
    made = AddOn.objects.get()
    assert (made.slug, made.price, made.tax_rate, list(made.ticket_types.all())) == ("dinner", D(45), D(7), [kind])
    AddOn.objects.update(taken=3)
    assert organiser.post(path(conference, f"add-ons/{made.pk}/"), form | {"price": "50"}).status_code == 302
    made.refresh_from_db()
    assert (made.price, made.taken, list(made.ticket_types.all())) == (D(50), 3, [])
    assert "3 of 30 taken" in text(organiser.get(path(conference, "add-ons/")))


@pytest.mark.both_databases
def test_add_on_that_was_sold_is_not_deleted(organiser, conference):
    sold, unsold = factories.add_on(conference=conference), factories.add_on(conference=conference)
    factories.pieces(attendee=factories.attendee(conference=conference), add_on=sold)
    for add_on in (sold, unsold):
        organiser.post(path(conference, f"add-ons/{add_on.pk}/delete/"))
    assert list(AddOn.objects.all()) == [sold]


@pytest.mark.both_databases
def test_voucher_is_made_and_its_code_is_one_of_a_kind(organiser, conference):
    form = {"code": "early 7", "reduction": "percent", "value": "20", "max_uses": "5", "is_active": "on"}
    assert organiser.post(path(conference, "vouchers/new/"), form).status_code == 302
    made = Voucher.objects.get()
    assert (made.code, made.value, made.max_uses) == ("EARLY7", D(20), 5)
    again = organiser.post(path(conference, "vouchers/new/"), form | {"code": "Early7"})
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["code"])
    page = text(organiser.get(path(conference, "vouchers/")))
    assert f"/conferences/{conference.slug}/?voucher=EARLY7" in page


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": "120"}, "value"),
        ({"value": "0"}, "value"),
        ({"value": "-1"}, "value"),
        ({"reduction": "everything"}, "reduction"),
        ({"valid_from": "2030-01-02T00:00", "valid_until": "2030-01-01T00:00"}, "valid_until"),
        ({"code": " "}, "code"),
    ],
)
def test_voucher_that_makes_no_sense_is_refused(organiser, conference, change, field):
    form = {"code": "X", "reduction": "percent", "value": "20", "max_uses": "5"}
    response = organiser.post(path(conference, "vouchers/new/"), form | change)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert "<title>New voucher" in response.content.decode()
    assert not Voucher.objects.exists()


@pytest.mark.counters_falsified
def test_fewer_uses_than_were_used_are_refused(organiser, conference):
    voucher = factories.voucher(conference=conference, max_uses=5, used=3)
    form = {"code": voucher.code, "reduction": "free", "max_uses": "2", "is_active": "on"}
    assert organiser.post(path(conference, f"vouchers/{voucher.pk}/"), form).status_code == 422
    assert organiser.post(path(conference, f"vouchers/{voucher.pk}/"), form | {"max_uses": "3"}).status_code == 302
    voucher.refresh_from_db()
    assert (voucher.used, voucher.max_uses) == (3, 3)


@pytest.mark.both_databases
def test_many_vouchers_are_made_and_exported_together(organiser, conference):
    kind = factories.ticket_type(conference=conference)
    factories.voucher(conference=conference, code="ALONE")
    form = {
        "count": "30", "prefix": "s&k-", "batch": "=Speakers", "reduction": "free", "max_uses": "1",
        "ticket_types": [kind.pk], "note": "@home",
    }  # fmt: skip
    assert organiser.post(path(conference, "vouchers/make/"), form).status_code == 302
    made = Voucher.objects.filter(batch="=Speakers")
    assert (made.count(), {each.code[:4] for each in made}, {len(each.code) for each in made}) == (30, {"S&K-"}, {12})
    assert {tuple(each.ticket_types.all()) for each in made} == {(kind,)}
    response = organiser.get(path(conference, "vouchers/export/?batch=%3DSpeakers"))
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    address = f"http://localhost:8000/conferences/{conference.slug}/?voucher={rows[1][0].replace('&', '%26')}"
    assert (len(rows), rows[1][1]) == (31, address)
    assert (rows[1][2], rows[1][6], rows[1][7]) == ("Free", "'=Speakers", "'@home")


@pytest.mark.parametrize("count", ["0", "2001", "many"])
def test_too_many_vouchers_are_refused(organiser, conference, count):
    form = {"count": count, "batch": "b", "reduction": "free", "max_uses": "1"}
    assert organiser.post(path(conference, "vouchers/make/"), form).status_code == 422


@pytest.mark.both_databases
@pytest.mark.counters_falsified
@pytest.mark.parametrize(("used", "says"), [(5, 302), (6, 422)])
def test_limit_is_decided_when_it_is_saved(organiser, conference, monkeypatch, used, says):
    """By what is used at that moment; when the form was looked at, nothing was."""
    voucher = factories.voucher(conference=conference, max_uses=9)

    def use_and_save(form, save):
        Voucher.objects.update(used=used)
        return is_saved(form, save)

    monkeypatch.setattr(views_reductions, "is_saved", use_and_save)
    form = {"code": voucher.code, "reduction": "percent", "value": "10", "max_uses": "5"}
    answer = organiser.post(path(conference, f"vouchers/{voucher.pk}/"), form)
    voucher.refresh_from_db()
    assert (answer.status_code, voucher.used, voucher.max_uses) == (says, used, 5 if says == 302 else 9)
    assert ("It has been used 6 times. Put that number or more" in text(answer)) == (says == 422)


@pytest.mark.both_databases
def test_used_voucher_is_not_deleted(organiser, conference):
    used, unused = factories.voucher(conference=conference), factories.voucher(conference=conference)
    factories.order(conference=conference).lines.update(voucher=used)
    recount_places(conference=conference, fix=True)
    for voucher in (used, unused):
        organiser.post(path(conference, f"vouchers/{voucher.pk}/delete/"))
    assert list(Voucher.objects.all()) == [used]


def test_discount_is_made_for_addresses_that_are_addresses(organiser, conference):
    form = {
        "name": "Speakers",
        "reduction": "amount",
        "value": "50",
        "emails": "ada@example.org\nGrace",
        "is_active": "on",
    }
    refused = organiser.post(path(conference, "discounts/new/"), form)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["emails"])
    assert organiser.post(path(conference, "discounts/new/"), form | {"emails": "ada@example.org"}).status_code == 302
    made = Discount.objects.get()
    assert (made.reduction, made.value, made.addresses) == (Reduction.AMOUNT, D(50), {"ada@example.org"})
    assert "one address" in text(organiser.get(path(conference, "discounts/")))
    organiser.post(path(conference, f"discounts/{made.pk}/delete/"))
    assert not Discount.objects.exists()


def test_discount_for_several_or_with_an_add_on_is_made_and_told_in_the_list(organiser, conference):
    dinner = factories.add_on(conference=conference, name="Dinner")
    form = {
        "name": "Group",
        "reduction": "percent",
        "value": "10",
        "at_least": "5",
        "add_on": dinner.pk,
        "is_active": "on",
    }
    assert organiser.post(path(conference, "discounts/new/"), form).status_code == 302
    made = Discount.objects.get()
    assert (made.at_least, made.add_on) == (5, dinner)
    page = text(organiser.get(path(conference, "discounts/")))
    assert ("from 5 tickets" in page, "with <bdi>Dinner</bdi>" in page) == (True, True)
    assert (
        organiser.post(path(conference, f"discounts/{made.pk}/"), form | {"at_least": "", "add_on": ""}).status_code
        == 302
    )
    made.refresh_from_db()
    assert (made.at_least, made.add_on) == (1, None)


def test_discount_that_nobody_could_get_is_refused(organiser, conference):
    single = factories.ticket_type(conference=conference, limit_per_user=2)
    factories.ticket_type(conference=conference)
    elsewhere = factories.ticket_type(conference=conference)
    dinner, foreign = factories.add_on(conference=conference), factories.add_on(conference=factories.conference())
    dinner.ticket_types.add(elsewhere)
    form = {"name": "Group", "reduction": "free", "ticket_types": [single.pk]}
    for change, field in [
        ({"at_least": "3"}, "at_least"), ({"at_least": "21", "ticket_types": []}, "at_least"), ({"at_least": "0"}, "at_least"),
        ({"add_on": dinner.pk}, "add_on"), ({"add_on": foreign.pk}, "add_on"),
    ]:  # fmt: skip
        response = organiser.post(path(conference, "discounts/new/"), form | change)
        assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert not Discount.objects.exists()


def test_add_on_that_a_discount_comes_with_is_not_deleted(organiser, conference):
    dinner = factories.add_on(conference=conference)
    factories.discount(conference=conference, name="Bundle", add_on=dinner)
    page = organiser.post(path(conference, f"add-ons/{dinner.pk}/delete/"), follow=True)
    assert ("The discount “Bundle” comes with it." in text(page), AddOn.objects.count()) == (True, 1)


@pytest.mark.counters_falsified
@pytest.mark.parametrize(
    ("fields", "pill"),
    [
        ({}, ""),
        ({"is_active": False, "valid_until": "2020-01-01T00:00Z"}, "Off"),
        ({"valid_until": "2020-01-01T00:00Z"}, "Ended"),
        ({"valid_from": "2999-01-01T00:00Z"}, "Not yet"),
        ({"max_uses": 3, "used": 3}, "Used up"),
        ({"max_uses": 3, "used": 2}, ""),
        ({"max_uses": 0, "used": 2}, ""),
    ],
)
def test_lists_tell_what_is_of_no_use_now(organiser, conference, fields, pill):
    factories.voucher(conference=conference, **fields)
    factories.discount(
        conference=conference, **{name: fields[name] for name in fields if name not in {"max_uses", "used"}}
    )
    for page in ("vouchers", "discounts"):
        pills = re.findall(
            r'<span class="pill">.*?</svg>(.*?)</span>', text(organiser.get(path(conference, f"{page}/")))
        )
        assert pills == ([pill] if pill and not (page == "discounts" and pill == "Used up") else [])


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("page", ["add-ons", "vouchers", "discounts"])
def test_lists_need_as_many_queries_for_any_number_of_rows(
    organiser, conference, django_assert_num_queries, page, rows
):
    make = {"add-ons": factories.add_on, "vouchers": factories.voucher, "discounts": factories.discount}[page]
    for _ in range(rows):
        made = make(conference=conference)
        if page == "discounts":
            made.group, made.add_on = Group.objects.create(name=str(made.pk)), factories.add_on(conference=conference)
            made.save()
    with django_assert_num_queries({"add-ons": 3, "vouchers": 5, "discounts": 3}[page]):
        organiser.get(path(conference, f"{page}/"))


@pytest.mark.parametrize("sign", "=+-@＝'")
def test_code_that_a_spreadsheet_takes_for_a_formula_is_refused_and_an_old_one_stays(organiser, conference, sign):
    start = "'=" if sign == "'" else sign
    form = {"code": f"{start}1A", "reduction": "free", "max_uses": "0", "is_active": "on"}
    refused = organiser.post(path(conference, "vouchers/new/"), form)
    assert (refused.status_code, "would take it for a formula" in refused.content.decode()) == (422, True)
    many = organiser.post(
        path(conference, "vouchers/make/"), form | {"count": "2", "prefix": f" {start}", "batch": "Speakers"}
    )
    assert (many.status_code, Voucher.objects.count()) == (422, 0)
    old = factories.voucher(conference=conference, code=f"{start}1A")
    assert organiser.post(path(conference, f"vouchers/{old.pk}/"), form).status_code == 302
