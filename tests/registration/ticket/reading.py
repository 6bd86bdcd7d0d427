"""What the tests of these pages share."""

import re


def signed_in(client, user):
    client.force_login(user)
    return client


def text_of(response) -> str:
    """What is read on the page, without tags."""
    body = re.sub(r"<svg.*?</svg>|<style.*?</style>", "", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())
