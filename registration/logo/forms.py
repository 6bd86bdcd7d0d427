from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from registration.errors import RegistrationError
from registration.logo.drawing import LARGEST, Drawing, draw


class LogoForm(forms.Form):
    """Its cleaned `file` is a `Drawing`."""

    file = forms.FileField(
        label=_("Picture"),
        help_text=_("PNG, JPEG or SVG, up to 2 MB. Best is an SVG, or a PNG 1000 pixels across with nothing around it."),
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg,.svg,image/png,image/jpeg,image/svg+xml"}),
        error_messages={"required": _("Choose a file first."), "empty": _("The file is empty. Choose another.")},
    )  # fmt: skip

    def clean_file(self) -> Drawing:
        file = self.cleaned_data["file"]
        try:
            return draw(file.read(LARGEST + 1))
        except RegistrationError as refused:
            raise ValidationError(refused.message, code=refused.code) from refused
