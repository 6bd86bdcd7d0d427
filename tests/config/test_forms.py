"""The controls that `config.forms` writes, against those of Django's own templates."""

import datetime as dt
import re
from html import escape

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe

from conferences.templatetags.lanyard import control, icon
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


class _Form(forms.Form):
    name = forms.CharField(label=NASTY, help_text=NASTY)
    story = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    agreed = forms.BooleanField(label="Agreed", help_text=mark_safe("<i>Really</i>"))
    meals = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)
    secret = forms.CharField(widget=forms.HiddenInput)

    def clean_name(self) -> str:
        raise forms.ValidationError([NASTY, "And more"])


def _group(name: str, data: dict[str, str] | None = None) -> str:
    """Without the control, which is Django's affair and tested above."""
    field = _Form(data, renderer=FieldRenderer())[name]
    html = field.as_field_group()
    return html if field.is_hidden else html.replace(control(field), "|")


def test_field_is_written_with_label_help_and_error_each_escaped():
    wrong = f'<div class="invalid-feedback" id="id_name_error">{icon("circle-alert")}<span>{escape(NASTY)} And more</span></div>'
    begin = (
        f'<div class="field" id="id_name_field"><label class="form-label" for="id_name">{escape(NASTY)}</label>'
        f'<div class="form-text" id="id_name_helptext">{escape(NASTY)}</div>|'
    )
    assert _group("name") == f"{begin}</div>"
    assert _group("name", {"name": "Ada"}) == f"{begin}{wrong}</div>"


def test_field_is_written_by_its_kind():
    assert [_group(name) for name in ("story", "agreed", "meals", "secret")] == [
        (
            '<div class="field full" id="id_story_field"><label class="form-label" for="id_story">Story'
            ' <span class="soft">(optional)</span></label>|</div>'
        ),
        (
            '<div class="field form-check" id="id_agreed_field">|<label class="form-check-label" for="id_agreed">Agreed'
            '</label><div class="form-text" id="id_agreed_helptext"><i>Really</i></div></div>'
        ),
        '<div class="field" id="id_meals_field"><label class="form-label" for="">Meals</label>|</div>',
        '<input type="hidden" name="secret" id="id_secret">',
    ]


def _without_layout(html: str) -> str:
    """Line breaks between options are Django's; those in a text are somebody's."""
    return html if "<textarea" in html else re.sub(r">\s+<", "><", html.strip())
