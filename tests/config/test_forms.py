"""The controls that `config.forms` writes, against those of Django's own templates."""

import datetime as dt
import re

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe

from config.forms import FieldRenderer

NASTY = """<b>"Tom" & 'Jerry'</b>"""
ATTRS = {"class": "form-control", "data-x": NASTY, "required": True, "disabled": False, "rows": 3}
GROUPED = [("", "Nothing"), (NASTY, NASTY), (NASTY, [(1, "One"), (2, mark_safe("<i>Two</i>"))])]


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (forms.TextInput(), NASTY),
        (forms.TextInput(), None),
        (forms.TextInput(), mark_safe("&amp;")),
        (forms.EmailInput(), "ada@example.org"),
        (forms.URLInput(), "https://example.org/?a=1&b=2"),
        (forms.NumberInput(), 0),
        (forms.PasswordInput(), "secret"),
        (forms.HiddenInput(), 1234567),
        (forms.MultipleHiddenInput(), ["a", NASTY]),
        (forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), dt.date(2027, 6, 9)),
        (forms.CheckboxInput(), True),
        (forms.CheckboxInput(), False),
        (forms.Textarea(), None),
        (forms.Textarea(), f"\n{NASTY}\n"),
        (forms.Select(choices=GROUPED), NASTY),
        (forms.Select(choices=GROUPED), 2),
        (forms.SelectMultiple(choices=GROUPED), [1, 2]),
        (forms.NullBooleanSelect(), None),
        (forms.RadioSelect(choices=GROUPED), 1),
    ],
)
def test_controls_are_written_as_by_djangos_templates(widget, value):
    ours, theirs = (
        widget.render("seat", value, attrs=dict(ATTRS), renderer=renderer)
        for renderer in (FieldRenderer(), TemplatesSetting())
    )
    assert _without_layout(ours) == _without_layout(theirs)


def _without_layout(html: str) -> str:
    """Line breaks between options are Django's; those in a text are somebody's."""
    return html if "<textarea" in html else re.sub(r">\s+<", "><", html.strip())
