"""What is typed to have a report mailed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carrears.access.models import User
from carrears.clock import zone
from carrears.reports.kinds import NARROWED_BY
from carrears.reports.models import ReportKind
from carrears.reports.rhythm import Rhythm, RhythmError
from carrears.workbench.allocation_forms import WEEKDAYS
from carrears.workbench.labels import LABELS


def weekday_name(number: int) -> str:
    """A day of the week, 1 Monday."""
    return str(dict(WEEKDAYS)[str(number)])


def narrowed_of(address: str) -> dict[str, str]:
    """What an address says of the part to which a report is narrowed."""
    return {name: value for name, value in parse_qsl(address) if name in NARROWED_BY}


class ReportForm(forms.Form):
    """Which report goes when to whom; ``people`` are the readers whom one can choose."""

    report = forms.ChoiceField(label=_("Report"))
    every = forms.ChoiceField(
        label=_("How often"),
        choices=[("day", _("every day")), ("week", _("every week")), ("month", _("every month"))],
    )
    weekday = forms.ChoiceField(
        label=_("Day of the week"), choices=WEEKDAYS, required=False, help_text=_("If every week.")
    )
    monthday = forms.IntegerField(
        label=_("Day of the month"),
        required=False,
        min_value=1,
        max_value=31,
        help_text=_("If every month; a shorter month takes its last day."),
    )
    clock = forms.TimeField(
        label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = forms.CharField(
        label=_("Time zone"), max_length=64, help_text=_("Such as Asia/Shanghai.")
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("zh-CN", _("Chinese")), ("en-US", _("English"))]
    )
    readers = forms.MultipleChoiceField(
        label=_("Readers"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Everybody gets the figures that he may see himself."),
    )

    narrowed = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: Mapping[int, User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = people
        report, readers = self.fields["report"], self.fields["readers"]
        assert isinstance(report, forms.ChoiceField)  # noqa: S101  declared above
        assert isinstance(readers, forms.MultipleChoiceField)  # noqa: S101  declared above
        report.choices = [(one.value, LABELS["report"][one.value].text) for one in ReportKind]
        readers.choices = [(str(pk), f"{user} <{user.email}>") for pk, user in people.items()]

    def clean_time_zone(self) -> str:
        """An IANA name."""
        name: str = self.cleaned_data["time_zone"].strip()
        try:
            zone(name)
        except ValueError as error:
            raise forms.ValidationError(gettext("this time zone is not known")) from error
        return name

    def clean(self) -> dict[str, Any]:
        """The rhythm has to name a day where it needs one."""
        told = super().clean() or {}
        if not self.errors:
            try:
                self.rhythm()
            except RhythmError as error:
                raise forms.ValidationError(gettext(str(error))) from error
        return told

    def rhythm(self) -> Rhythm:
        """When it is to go.

        Raises:
            RhythmError: a day lacks.
        """
        told = self.cleaned_data
        on = {
            "day": 0,
            "week": int(told["weekday"] or 0),
            "month": told["monthday"] or 0,
        }[told["every"]]
        return Rhythm(told["every"], told["clock"], told["time_zone"], on)

    def part(self) -> dict[str, str]:
        """To what the report of the book is narrowed, as the address of the dashboard names it."""
        if self.cleaned_data["report"] != ReportKind.BOOK:
            return {}
        return narrowed_of(self.cleaned_data["narrowed"])

    def chosen(self) -> list[User]:
        """The readers."""
        return [self._people[int(pk)] for pk in self.cleaned_data["readers"]]
