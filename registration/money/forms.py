from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference

# Some ten thousand lines, within what the site takes in one request (`config.middleware.MAX_BODY`).
_MAX_UPLOAD = 2 * 1024 * 1024


class PaymentSettingsForm(forms.ModelForm):
    class Meta:
        model = Conference
        fields = [
            "takes_cards",
            "payment_instructions",
            "offers_credit",
            "days_to_pay",
            "remind_before_days",
            "remind_after_days",
            "expire_after_days",
            "invoice_sender",
            "invoice_tax_id",
            "invoice_prefix",
            "invoice_note",
        ]
        labels = {"invoice_tax_id": _("Your VAT or tax number")}
        widgets = {
            "payment_instructions": forms.Textarea(attrs={"rows": 4}),
            "invoice_sender": forms.Textarea(attrs={"rows": 4}),
            "invoice_note": forms.Textarea(attrs={"rows": 2}),
        }


class BankFileForm(forms.Form):
    file = forms.FileField(
        label=_("The list, as CSV"), help_text=_("As your bank exports it."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )  # fmt: skip

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > _MAX_UPLOAD:
            raise ValidationError(_("The file is larger than 2 MB. Export fewer days at once."))
        return file
