"""What is typed in to stop collection, to let the stop end on another day, and to lift it."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carrears.casework.hold_queries import day_of_holds
from carrears.casework.holding_chosen import Chosen, Wanted
from carrears.casework.models import HoldReason
from carrears.casework.narrowing import Narrowing
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
    from_on = _day(_("First day"), _("Leave it empty for today."))
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


class HoldManyForm(forms.Form):
    """A stop of collection of many: of whom ``among`` the cases, why, from when until when."""

    regions = forms.CharField(
        label=_("Regions"),
        required=False,
        max_length=2000,
        help_text=_("As addresses have them, or how they begin; several with commas between."),
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[(code, label_of(code, "hold").text) for code in HoldReason.values],
    )
    from_on = _day(_("First day"), _("Leave it empty for today."))
    until_on = _day(_("Until"), _("Leave it empty to stop until it is lifted."))
    takes_new = forms.BooleanField(
        label=_("Hold also whoever's case opens while it lasts"), required=False
    )

    def __init__(self, data: Any = None, *, among: Narrowing) -> None:
        super().__init__(data, initial={"reason": HoldReason.DISASTER, "takes_new": True})
        self.among = among

    def clean_regions(self) -> tuple[str, ...]:
        """What stands between commas."""
        typed = self.cleaned_data["regions"].replace("\0", "")
        found = (one.strip() for one in re.split(r"[,，、;；\n]", typed))
        return tuple(dict.fromkeys(one for one in found if one))

    def clean(self) -> dict[str, Any]:
        """Something has to be named, and the days follow each other."""
        data = super().clean() or {}
        if not self.errors and not self.chosen().to_json():
            raise forms.ValidationError(gettext("say whose collection is meant"))
        if self.among.text and data.get("takes_new"):
            raise forms.ValidationError(
                gettext("whoever's case opens later cannot be chosen by words")
            )
        first = data.get("from_on") or day_of_holds()
        if data.get("until_on") is not None and data["until_on"] < first:
            self.add_error("until_on", gettext("a hold cannot end before it begins"))
        return data

    def chosen(self) -> Chosen:
        """The same for the service."""
        return Chosen(regions=self.cleaned_data.get("regions", ()), **asdict(self.among))

    def wanted(self) -> Wanted:
        """The same for the service."""
        return Wanted(
            reason=self.cleaned_data["reason"],
            from_on=self.cleaned_data["from_on"] or day_of_holds(),
            until_on=self.cleaned_data["until_on"],
            takes_new=self.cleaned_data["takes_new"],
        )
