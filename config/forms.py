from django.forms.renderers import TemplatesSetting


class FieldRenderer(TemplatesSetting):
    """Every form field of the site, allauth's included, is written by one template: label, help, control, error."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
