"""What is typed about a collector's desk and absences."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from carrears.casework.desks import DeskWanted
from carrears.casework.models import Desk

WEEKDAYS = [
    ("1", _("Monday")),
    ("2", _("Tuesday")),
    ("3", _("Wednesday")),
    ("4", _("Thursday")),
    ("5", _("Friday")),
    ("6", _("Saturday")),
    ("7", _("Sunday")),
]


class _Words(forms.CharField):
    """Several words, between commas of either script."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=400, **kwargs)
        self._longest = longest

    def clean(self, value: Any) -> tuple[str, ...]:
        text = super().clean(value).replace("，", ",").replace("、", ",")
        words = tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
        if any(len(one) > self._longest for one in words):
            raise forms.ValidationError(
                ngettext_lazy(
                    "No word is longer than %(many)d character.",
                    "No word is longer than %(many)d characters.",
                    "many",
                )
                % {"many": self._longest}
            )
        return words


class DeskForm(forms.Form):
    """What somebody can do and how much; nothing means no limit of its kind."""

    room = forms.IntegerField(
        label=_("Room (people)"),
        required=False,
        min_value=0,
        max_value=100_000,
        help_text=_("People he works at a time; empty: as the rules say."),
    )
    a_day = forms.IntegerField(
        label=_("Plan of a day (cases)"),
        required=False,
        min_value=1,
        max_value=10_000,
        help_text=_("How many cases he gets done in a day; empty: not planned."),
    )
    skills = _Words(label=_("Skills"), longest=40, help_text=_("Between commas; as rules ask."))
    languages = _Words(
        label=_("Languages"), longest=10, help_text=_("zh, en-US …; empty: all of them.")
    )
    regions = _Words(label=_("Regions"), longest=80, help_text=_("Empty: all of them."))
    weekdays = forms.MultipleChoiceField(
        label=_("Days of the week"),
        required=False,
        choices=WEEKDAYS,
        widget=forms.CheckboxSelectMultiple,
    )
    begins_at = forms.TimeField(
        label=_("Shift from"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    ends_at = forms.TimeField(
        label=_("Shift until"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )

    @classmethod
    def of(cls, desk: Desk | None) -> DeskForm:
        """The form as a desk stands."""
        if desk is None:
            return cls()
        words = {
            name: ", ".join(getattr(desk, name)) for name in ("skills", "languages", "regions")
        }
        same = {name: getattr(desk, name) for name in ("room", "a_day", "begins_at", "ends_at")}
        return cls(initial=words | same | {"weekdays": [str(one) for one in desk.weekdays]})

    def wanted(self) -> DeskWanted:
        """The desk that was asked for."""
        told = dict(self.cleaned_data)
        return DeskWanted(**told | {"weekdays": tuple(int(one) for one in told["weekdays"])})


class AbsenceForm(forms.Form):
    """When somebody is not at work."""

    from_on = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty until further notice."),
    )
    from_at = forms.TimeField(
        label=_("From this hour of the first day"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("By the clock of the house; empty: the whole day."),
    )
    until_at = forms.TimeField(
        label=_("Until this hour of the last day"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("Empty: the whole day."),
    )
