"""Put a mail into words: the organisers' own or the default, with the facts around them, as text and as HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.db import models
from django.template.loader import render_to_string
from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe

from conferences.languages import in_language_of
from conferences.models import Conference
from conferences.prepared import Given, Prepared
from registration.logo.logos import logo_in_mail
from registration.mail.colour import mail_colours
from registration.mail.filling import fill
from registration.mail.kinds import KINDS
from registration.mail.models import MailText
from registration.mail.placeholders import Context

_DEFAULT_ACCENT = "#37389a"
_PARAGRAPHS = re.compile(r"\n\s*\n")


_OWN = Prepared(
    lambda: MailText.objects.filter(conference=Given("conference"), kind=Given("kind", models.CharField())).order_by()
)


@dataclass(frozen=True)
class Words:
    subject: str
    text: str


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str


def own_words(kind: str, context: Context) -> Words | None:
    """Those of the conference. One query."""
    conference = context.get("conference")
    found = _OWN.first(conference=conference.pk, kind=kind) if conference else None
    return Words(found.subject, found.text) if found else None


def default_words(kind: str, conference: Conference | None) -> Words:
    """To answer is said where `conference` has an address for that; else answers go to the sender of the site, which nobody
    needs to read.
    """
    said = KINDS[kind]
    ending = [str(said.answer)] if said.answer and conference and conference.contact_email else []
    return Words(str(said.subject), "\n\n".join([str(said.text), *ending]))


def words_of(kind: str, conference: Conference) -> Words:
    """Its own, or the default in its language. One query."""
    with in_language_of(conference):
        return own_words(kind, {"conference": conference}) or default_words(kind, conference)


def render_mail(kind: str, context: Context, words: Words | None = None, *, files: set[str] = frozenset()) -> Rendered:  # type: ignore[assignment]
    """The mail `templates/mail/<kind>.txt` and `.html`. A kind that organisers may word gets `words`, the default where
    they are None; any other kind takes its subject from `.subject.txt`.
    """
    conference = context.get("conference")
    full: dict[str, Any] = {
        "site_url": settings.SITE_URL,
        "site_takes_cards": bool(settings.STRIPE_SECRET_KEY),
        "colours": mail_colours(conference.accent if conference else _DEFAULT_ACCENT),
        "logo": logo_in_mail(conference) if conference else None,
        "files": files,
        **context,
    }
    if kind in KINDS:
        words = words or default_words(kind, conference)
        full["subject"] = subject = fill(words.subject, kind, context)
        full["words"] = fill(words.text, kind, context).replace("\r\n", "\n").strip()
        full["words_html"] = words_as_html(words.text, kind, context)
    else:
        subject = render_to_string(f"mail/{kind}.subject.txt", full)
    return Rendered(
        subject=subject,
        text=render_to_string(f"mail/{kind}.txt", full).strip() + "\n",
        html=inline_css(render_to_string(f"mail/{kind}.html", full)),
    )


def words_as_html(text: str, kind: str, context: Context) -> SafeString:
    """Paragraphs, the first as the heading. Links are made of what organisers wrote, not of what people are called."""
    paragraphs = [part.strip() for part in _PARAGRAPHS.split(text.replace("\r\n", "\n").strip()) if part.strip()]
    html = []
    for number, paragraph in enumerate(paragraphs):
        linked = urlize(paragraph, autoescape=True).replace("\n", "<br>")
        tag = "p" if number else "h1"
        html.append(f"<{tag}>{fill(linked, kind, context, lambda value: f'<bdi>{escape(value)}</bdi>')}</{tag}>")
    return mark_safe("".join(html))  # noqa: S308 -- escaped: the words by urlize, the values one by one


def inline_css(html: str) -> str:
    return _inliner().inline(html) if html else ""


@cache
def _inliner() -> Any:
    import css_inline  # here, because it is 5 MB in each process, and only those that send or show mails need it

    # At-rules stay, for dark mode; everything else moves into the elements, because many readers drop a style sheet.
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
