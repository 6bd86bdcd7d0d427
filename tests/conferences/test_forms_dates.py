"""Days and moments that organisers choose. No database."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from conferences.forms import ConferenceForm
from registration.catalogue.forms import AddOnForm, TicketTypeForm
from registration.catalogue.forms_reductions import DiscountForm, VoucherForm
from registration.checkin.forms_checkpoints import CheckpointForm
from registration.invitation.forms import InviteForm


@pytest.mark.parametrize(
    "form", [ConferenceForm, TicketTypeForm, AddOnForm, VoucherForm, DiscountForm, CheckpointForm, InviteForm]
)
def test_no_form_of_organisers_takes_a_year_of_two_digits(form):
    chosen = [field for field in form.base_fields.values() if isinstance(field, forms.DateField | forms.DateTimeField)]
    assert chosen
    for field in chosen:
        with pytest.raises(ValidationError, match="The year is 27"):
            field.clean("0027-06-09")
