"""What is typed to order a field visit, to call it off, and to tell what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from carrears.access.models import User
from carrears.clock import at_local
from carrears.outreach.visit_models import AnnouncedBy, CalledOff
from carrears.outreach.visit_queries import visitors_beside
from carrears.workbench.call_forms import ResultForm
from carrears.workbench.labels import label_of

_TIME = {"type": "time"}


def _staff(label: Any, user: User) -> forms.ModelChoiceField[User]:
    people = visitors_beside(user)
    return forms.ModelChoiceField(label=label, queryset=people, empty_label="–")


class VisitForm(forms.Form):
    """A visit: to whom, on which day from when until when, by which two, and how announced."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    party = forms.ChoiceField(label=_("To whom"))
    day = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    from_time = forms.TimeField(label=_("Begins at"), widget=forms.TimeInput(attrs=_TIME))
    until_time = forms.TimeField(label=_("Ends at"), widget=forms.TimeInput(attrs=_TIME))
    announced_by = forms.ChoiceField(label=_("Announced by"), required=False)
    announced_at = forms.DateTimeField(
        label=_("Announced at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        people: Iterable[tuple[str, str]],
        day: date,
        first: User,
    ) -> None:
        given = {"key": uuid.uuid4().hex, "day": day, "first": first}
        super().__init__(data, initial=given)
        self.fields["first"] = _staff(_("First visitor"), first)
        self.fields["second"] = _staff(_("Second visitor"), first)
        ways = [(one, label_of(one, "visit_announced").text) for one in AnnouncedBy.values]
        for name, choices in (("party", list(people)), ("announced_by", [("", "–"), *ways])):
            cast("forms.ChoiceField", self.fields[name]).choices = choices

    def window(self) -> tuple[datetime, datetime]:
        """From when until when, by the lender's clock."""
        told = self.cleaned_data

        def at(clock: time) -> datetime:
            return at_local(told["day"], clock, settings.TIME_ZONE)

        return at(told["from_time"]), at(told["until_time"])


class CallOffForm(forms.Form):
    """Why a visit is not made."""

    why = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            (one, label_of(one, "visit_called_off").text)
            for one in CalledOff.values
            if one != CalledOff.GATE
        ],
    )


class VisitResultForm(ResultForm):
    """What came of a visit: a code of the channel, a follow-up day, and a note."""

    channel = "visit"
    alone = forms.BooleanField(
        label=_("Nobody else was there"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "checkbox"}),
        help_text=_("Where the rules want two people, that is kept as a breach."),
    )
