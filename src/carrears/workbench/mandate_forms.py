"""What is typed to let an agency act, or to end that."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class MandateForm(forms.Form):
    """Which agency may act, from when, until when, and why."""

    agency = forms.RegexField(
        label=_("Agency"),
        regex=r"^[A-Za-z0-9_.-]{1,64}$",
        help_text=_("The short name by which it books contacts: letters, digits and _ . -"),
    )
    starts_on = forms.DateField(label=_("Begins on"), widget=_date())
    ends_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        widget=_date(),
        help_text=_("Leave it empty for good."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("for example the number of the contract")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].initial = today


class EndMandateForm(forms.Form):
    """The last day of a mandate, and why it ends."""

    last_on = forms.DateField()
    reason = forms.CharField(max_length=200)
