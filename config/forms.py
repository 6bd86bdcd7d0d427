"""How the fields of forms become HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString, mark_safe


class FieldRenderer(TemplatesSetting):
    """Every form field of the site, allauth's included, is written by one template: label, help, control, error. The plain
    controls are written here, as Django's own templates would: those took a fifth of the time of an order (measured).
    """

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        write = _CONTROLS.get(template_name)
        if write is None:
            return super().render(template_name, context, request)
        return mark_safe(write(context["widget"]))  # noqa: S308 -- escaped below, value by value


def _input(widget: Mapping[str, Any]) -> str:
    value = "" if widget["value"] is None else f' value="{_escaped(widget["value"])}"'
    return f'<input type="{_escaped(widget["type"])}" name="{_escaped(widget["name"])}"{value}{_attrs(widget)}>'


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
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
}
