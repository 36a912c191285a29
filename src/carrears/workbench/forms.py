"""What staff type in on a case. The services check again what only they can know."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from carrears.money import exponent, to_minor


class PromiseForm(forms.Form):
    """A promise to pay: an amount in major units of the case's currency, by a day."""

    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"))
    due_on = forms.DateField(
        label=_("Will be paid by"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, currency: str, today: date, latest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        places = exponent(currency)
        smallest = Decimal(1).scaleb(-places)
        amount = self.fields["amount"]
        amount.widget.attrs |= {"step": str(smallest), "min": str(smallest), "inputmode": "decimal"}
        due_on = self.fields["due_on"]
        due_on.widget.attrs |= {"min": today.isoformat(), "max": latest.isoformat()}

    def clean_amount(self) -> int:
        """The amount in minor units."""
        try:
            return to_minor(self.cleaned_data["amount"], self.currency)
        except ValueError as error:
            raise forms.ValidationError(_("Too many decimal places.")) from error


class NoteForm(forms.Form):
    """A note for the timeline."""

    text = forms.CharField(
        label=_("Note"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
