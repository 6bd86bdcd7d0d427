"""Names and addresses too long for a phone: nothing is wider than the page, and a word is broken only where it does not fit a
line of its card alone. They are not hyphenated: at the door a hyphen would be taken for one of the name's.
"""

import pytest
from playwright.sync_api import expect

from conferences.models import Role
from tests import factories
from tests.browser.tablet import field

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = [
    "Wolfeschlegelsteinhausenbergerdorff-Schmidt, Maximilian-Konstantin",
    "Hubert Blaine Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren",
    "عبد الرحمن بن محمد بن عبد العزيز المستنصري القسنطيني",
    "Ada Lovelace",
    "Eleni Konstantinopoulos-Papadimitriou",
]
EMAIL = "maximilian-konstantin.wolfeschlegelsteinhausenbergerdorff@informatik.universitaet-muenchen.example.org"
# The words of `name` within `card` that are broken although they fit a line of it alone; null where it is not there.
BROKEN = """([name, card]) => {
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  let broken = null;
  while (texts.nextNode()) {
    const text = texts.currentNode, around = text.parentElement.closest(card);
    if (!text.data.includes(name) || !around || !around.checkVisibility()) continue;
    const style = getComputedStyle(around);
    const room = around.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    broken ??= [];
    for (const word of name.matchAll(/[^\\s-]+-?/g)) {
      const range = document.createRange(), start = text.data.indexOf(name) + word.index;
      range.setStart(text, start); range.setEnd(text, start + word[0].length);
      const parts = [...range.getClientRects()];
      const lines = new Set(parts.map((part) => Math.round(part.top))).size;
      if (lines > 1 && parts.reduce((sum, part) => sum + part.width, 0) <= room) broken.push(word[0]);
    }
  }
  return broken;
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def looks_right(page, card, names):
    assert [page.evaluate(BROKEN, [name, card]) for name in names] == [[]] * len(names)
    assert page.evaluate(OVERFLOW) == 0


@pytest.fixture
def seats(conference):
    kind = factories.ticket_type(conference=conference, name="Conference and workshops")
    made = []
    for number, name in enumerate(NAMES):
        user = factories.user(name=name, email=f"{number}{EMAIL}")
        seat = factories.order(conference=conference, user=user, ticket_type=kind).attendees.get()
        type(seat).objects.filter(pk=seat.pk).update(name=name, email=user.email)
        made.append(seat)
    return made


def test_pages_of_an_attendee(open_page, conference, seats):
    for seat, name in zip(seats, NAMES, strict=True):
        page = open_page(f"/conferences/{conference.slug}/ticket/", user=seat.user, size="phone")
        looks_right(page, ".badge-body", [name])
        page.goto("/me/")
        looks_right(page, ".ticket > :first-child", [name])
        page.goto(f"/orders/{seat.order.reference}/")
        looks_right(page, ".ticket > :first-child", [name])
        page.goto("/accounts/")
        looks_right(page, "div", [])
        links = page.locator(".account-list li > a")
        fits = links.evaluate_all("links => links.every((link) => link.scrollWidth <= link.clientWidth)")
        assert (links.count(), fits) == (5, True)


def test_list_of_people(open_page, conference, seats):
    staff = factories.staff(conference=conference, role=Role.ORGANISER).user
    page = open_page(f"/staff/{conference.slug}/attendees/", user=staff, size="phone")
    looks_right(page, "#people .c-name", NAMES)
    # None lies below the pill of the same card, and a short one stands beside it.
    apart = page.locator("#people tbody tr").evaluate_all(
        """cards => cards.map((card) => {
          const name = card.querySelector(".c-name bdi").getBoundingClientRect();
          const pill = card.querySelector(".c-state .pill").getBoundingClientRect();
          return [name.right <= pill.left || name.top >= pill.bottom - 1, name.top < pill.bottom - 1];
        })"""
    )
    assert ([is_clear for is_clear, _beside in apart], any(beside for _clear, beside in apart)) == ([True] * 5, True)


@pytest.mark.parametrize("role", [Role.DOOR, Role.DESK])
def test_people_found_at_the_door(open_page, conference, seats, role):
    staff = factories.staff(conference=conference, role=role).user
    page = open_page(f"/staff/{conference.slug}/checkin/", user=staff, size="phone")
    field(page).fill("Wolfe")
    # The desk finds addresses, too.
    expect(page.locator(".hits .hit")).to_have_count(5 if role == Role.DESK else 2)
    looks_right(page, ".hit", NAMES[:2])


def test_what_a_form_says_of_somebody(open_page, conference):
    seat = factories.attendee(conference=conference, user=factories.User.objects.create_placeholder(name="Ada"))
    staff = factories.staff(conference=conference, role=Role.DESK).user
    for size in ("phone", "laptop"):
        page = open_page(f"/staff/{conference.slug}/attendees/{seat.pk}/", user=staff, size=size)
        page.get_by_text("Correct name or e-mail").click()
        page.get_by_label("Why?").locator("visible=true").fill("misspelt")
        type(seat).objects.filter(pk=seat.pk).update(name="W" * 150 + size, email=EMAIL)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#errors")).to_contain_text(f"W{size}, {EMAIL}.")
        box, text = page.locator("#errors").bounding_box(), page.locator("#errors li").bounding_box()
        assert text["x"] + text["width"] <= box["x"] + box["width"]
        assert page.evaluate("(li => li.scrollWidth - li.clientWidth)(document.querySelector('#errors li'))") <= 0
