from __future__ import annotations

from django import forms

from conferences.models import Conference


class PaymentSettingsForm(forms.ModelForm):
    class Meta:
        model = Conference
        fields = [
            "takes_cards",
            "payment_instructions",
            "days_to_pay",
            "remind_before_days",
            "remind_after_days",
            "expire_after_days",
            "invoice_sender",
            "invoice_tax_id",
            "invoice_prefix",
            "invoice_note",
        ]
        widgets = {
            "payment_instructions": forms.Textarea(attrs={"rows": 4}),
            "invoice_sender": forms.Textarea(attrs={"rows": 4}),
            "invoice_note": forms.Textarea(attrs={"rows": 2}),
        }
