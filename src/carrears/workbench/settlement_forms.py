"""What is typed to see what an agency is owed, and to bring its invoice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carrears.access.models import Kind, Organisation

_MOST_BYTES = 20 * 1024 * 1024


def _agencies() -> QuerySet[Organisation]:
    return Organisation.objects.filter(kind=Kind.AGENCY).order_by("name")


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class DaysForm(forms.Form):
    """Which days of payment, both included."""

    first = _day(_("First day"))
    last = _day(_("Last day"))

    def clean(self) -> dict[str, Any]:
        """A period ends no earlier than it begins."""
        told = super().clean() or {}
        first, last = told.get("first"), told.get("last")
        if first and last and last < first:
            raise forms.ValidationError(gettext("a period cannot end before it begins"))
        return told


class PeriodForm(DaysForm):
    """The same of an agency."""

    agency = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Agency"), empty_label=_("Choose")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agency = self.fields["agency"]
        assert isinstance(agency, forms.ModelChoiceField)  # noqa: S101  declared above
        agency.queryset = _agencies()


class InvoiceForm(PeriodForm):
    """The same, with the invoice."""

    number = forms.CharField(label=_("Invoice number"), max_length=64)
    currency = forms.RegexField(r"^[A-Z]{3}$", label=_("Currency"), initial="CNY")
    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_(
            "CSV in UTF-8 or GB 18030: loan_no, paid_on, amount, commission, and payment_no where"
            " known; amounts in major units."
        ),
    )

    def clean_file(self) -> Any:
        """No larger than is read at once."""
        file = self.cleaned_data["file"]
        if file.size > _MOST_BYTES:
            raise forms.ValidationError(gettext("The file is too large."))
        return file
