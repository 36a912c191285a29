"""What is typed in to stop collection, to let the stop end on another day, and to lift it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from carrears.casework.models import HoldReason
from carrears.workbench.labels import label_of

_LONGEST = 2000


def _day(label: Any, help_text: Any = "", *, required: bool = False) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class HoldForm(forms.Form):
    """A stop of collection: why, for whom, from when until when."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[(code, label_of(code, "hold").text) for code in HoldReason.values],
    )
    scope = forms.ChoiceField(
        label=_("Stops"),
        required=False,
        choices=[("loan", _("this loan only")), ("person", _("all that the borrower owes"))],
    )
    from_on = _day(_("From"), _("Leave it empty for today."))
    until_on = _day(_("Until"), _("Leave it empty to stop until it is lifted."))
    why = forms.CharField(
        label=_("What was told, or what proves it"),
        max_length=_LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("from_on", "until_on"):
            self.fields[name].widget.attrs["min"] = today.isoformat()

    def clean(self) -> dict[str, Any]:
        """The same as ``place_hold`` wants it."""
        data = super().clean() or {}
        data["whole_person"] = data.pop("scope", "") == "person"
        return data


class HoldEndForm(forms.Form):
    """Another last day, and why; without a day it ends when it is lifted."""

    until_on = _day(_("Until"), _("Leave it empty to stop until it is lifted."))
    why = forms.CharField(label=_("Reason"), max_length=_LONGEST)
