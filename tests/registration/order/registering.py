"""What somebody who registers sends, page after page."""

HTMX = {"HX-Request": "true"}


def path(conference, rest="", **query):
    return f"/conferences/{conference.slug}/register/{rest}"


def form_of(page, **changes):
    """What the page's own form would send."""
    context = page.context
    data = {"voucher": context["basket"].code}
    data |= {name: context["sale"][name].value() for name in ("checkout_id", "ticket", "price", "quantity")}
    for field in context["details"].fields():
        if field.value() not in (None, False):
            data[field.html_name] = field.value()
    return data | changes


def choose(client, conference, **counts):
    voucher = counts.pop("voucher", "")
    return client.post(
        path(conference, "choose/"), {f"n-{slug}": n for slug, n in counts.items()} | {"voucher": voucher}
    )


def text(response):
    return " ".join(response.content.decode().split())
