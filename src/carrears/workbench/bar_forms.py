"""What is typed to put somebody on the do-not-contact list."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

from django import forms
from django.utils.translation import gettext_lazy as _

from carrears.conduct.models import DoNotContact
from carrears.conduct.vocabulary import Channel
from carrears.parties.blind import Kind, normalise
from carrears.workbench.labels import label_of


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class BarForm(forms.Form):
    """Whom not to contact: the borrower of a loan, or a number or address; and for what."""

    kind = forms.ChoiceField(
        label=_("Bar"),
        choices=[
            ("loan", _("the borrower of the loan")),
            ("phone", _("the phone number")),
            ("email", _("the e-mail address")),
            ("address", _("the postal address")),
        ],
    )
    value = forms.CharField(label=_("Loan number, number or address"), max_length=200)
    reason = forms.CharField(label=_("Reason"), max_length=120)
    channel = forms.ChoiceField(label=_("Contact channel"), required=False)
    product = forms.CharField(label=_("Only for this product"), max_length=40, required=False)
    actor = forms.RegexField(
        label=_("Only for this agency"),
        regex=r"^[A-Za-z0-9_.-]{1,64}$",
        required=False,
        help_text=_("LENDER: the lender's own staff. Leave it empty for everybody."),
    )
    from_on = forms.DateField(label=_("Begins on"), widget=_date())
    until_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        widget=_date(),
        help_text=_("Leave it empty for good."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = [(code, label_of(code, "word").text) for code in get_args(Channel)]
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  see above
        field.choices = [("", _("All")), *channels]
        self.fields["from_on"].initial = today
        self.fields["actor"].widget.attrs["placeholder"] = DoNotContact.OWN_STAFF

    def clean(self) -> dict[str, Any]:
        """An end is not before its beginning, and a value leaves something to look up by."""
        told: dict[str, Any] = super().clean() or {}
        first, last = told.get("from_on"), told.get("until_on")
        if first and last and last < first:
            self.add_error("until_on", _("The end lies before the beginning."))
        kind, value = told.get("kind"), told.get("value")
        if kind and kind != "loan" and value and not normalise(Kind(kind), value):
            self.add_error("value", _("A number or an address is needed."))
        return told
