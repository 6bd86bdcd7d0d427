"""How the fields of forms become HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from django.forms import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from conferences.templatetags.lanyard import control, icon


class FieldRenderer(TemplatesSetting):
    """Every form field of the site, allauth's included, is written by one function: label, help, control, error. So are the
    plain controls, as Django's own templates would: as templates both took half of the time of a page of details
    (measured), of which each field is a few dozen nodes.
    """

    form_template_name = "forms/form.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name == self.field_template_name:
            html = _field(context["field"])
        elif write := _CONTROLS.get(template_name):
            html = write(context["widget"])
        else:
            return super().render(template_name, context, request)
        return mark_safe(html)  # noqa: S308 -- escaped below, value by value


def _field(field: BoundField) -> str:
    if field.is_hidden:
        return str(field)
    widget, name, errors = field.field.widget, _escaped(field.auto_id), field.errors
    is_box = getattr(widget, "input_type", "") == "checkbox" and not getattr(field.field, "choices", None)
    extent = " form-check" if is_box else " full" if widget.attrs.get("rows") else ""
    optional = "" if is_box or field.field.required else f' <span class="soft">({_escaped(_("optional"))})</span>'
    label = (
        f'<label class="{"form-check-label" if is_box else "form-label"}" for="{_escaped(field.id_for_label)}">'
        f"{_escaped(field.label)}{optional}</label>"
    )
    text = f'<div class="form-text" id="{name}_helptext">{_escaped(field.help_text)}</div>' if field.help_text else ""
    written = control(field)
    parts = [written, label, text] if is_box else [label, text, written]
    if errors:
        reasons = " ".join(_escaped(error) for error in errors)
        parts.append(
            f'<div class="invalid-feedback" id="{name}_error">{icon("circle-alert")}<span>{reasons}</span></div>'
        )
    return f'<div class="field{extent}" id="{name}_field">{"".join(parts)}</div>'


def _input(widget: Mapping[str, Any]) -> str:
    value = "" if widget["value"] is None else f' value="{_escaped(widget["value"])}"'
    return f'<input type="{_escaped(widget["type"])}" name="{_escaped(widget["name"])}"{value}{_attrs(widget)}>'


def _inputs(widget: Mapping[str, Any]) -> str:
    return "".join(_input(each) for each in widget["subwidgets"])


def _textarea(widget: Mapping[str, Any]) -> str:
    # A line break at the beginning belongs to the tag, so that one in the value stays.
    value = _escaped(widget["value"] or "")
    return f'<textarea name="{_escaped(widget["name"])}"{_attrs(widget)}>\n{value}</textarea>'


def _select(widget: Mapping[str, Any]) -> str:
    written = ""
    for group, options, _index in widget["optgroups"]:
        choices = "".join(
            f'<option value="{_escaped(option["value"])}"{_attrs(option)}>{_escaped(option["label"])}</option>'
            for option in options
        )
        written += f'<optgroup label="{_escaped(group)}">{choices}</optgroup>' if group else choices
    return f'<select name="{_escaped(widget["name"])}"{_attrs(widget)}>{written}</select>'


def _attrs(widget: Mapping[str, Any]) -> str:
    return "".join(
        f" {_escaped(name)}" if value is True else f' {_escaped(name)}="{_escaped(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _escaped(value: object) -> str:
    text = str(value)
    return text if isinstance(text, SafeString) else escape(text)


_INPUTS = "checkbox", "date", "email", "hidden", "input", "number", "password", "text", "url"
_CONTROLS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    **{f"django/forms/widgets/{name}.html": _input for name in _INPUTS},
    "django/forms/widgets/multiple_hidden.html": _inputs,
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
}
