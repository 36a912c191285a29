"""What is typed in after a contact: what came of it by its code, when to come back, and a note."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carrears.outreach.outcome_codes import TALKED, OutcomeCode, OutcomeCodes
from carrears.workbench.labels import LABELS, label_of
from carrears.workbench.queries.language import chosen

_MOST_STAFF = 20


class ResultForm(forms.Form):
    """What came of a call: a code, a follow-up day of one's own, and a note.

    ``codes`` are those of the day ``today``; without them the form only shows.
    """

    code = forms.ChoiceField(label=_("Result"))
    follow_up_on = forms.DateField(
        label=_("Come back on"),
        required=False,
        help_text=_("Leave it empty for the day that the result gives."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    channel = "call"

    def __init__(
        self, *args: Any, pk: int, codes: OutcomeCodes, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"id_call{pk}_%s"  # several stand on one page
        self._codes = codes
        self.offer("code", choices_of(codes.of(self.channel)))
        latest = today + timedelta(days=codes.follow_up_at_most)
        self.fields["follow_up_on"].widget.attrs |= {
            "min": today.isoformat(),
            "max": latest.isoformat(),
        }

    def offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        """Put these choices into a field."""
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def clean(self) -> dict[str, Any]:
        """See to it that a call back has its day.

        Raises:
            ValidationError: it has none.
        """
        data = super().clean() or {}
        code = self._codes.find(data.get("code", ""))
        is_asked = code is not None and code.next == "callback"
        if is_asked and not data.get("follow_up_on") and "follow_up_on" not in self.errors:
            self.add_error("follow_up_on", gettext("When is he to be called back?"))
        return data


class ContactForm(ResultForm):
    """A contact that was not booked here: how it came, with whom, when, and what came of it."""

    way = forms.ChoiceField(
        label=_("How"), choices=[(way, one.text) for way, one in LABELS["way"].items()]
    )
    party = forms.ChoiceField(label=_("With whom"))
    at = forms.DateTimeField(
        label=_("When"),
        required=False,
        help_text=_("Leave it empty for now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    staff = forms.IntegerField(
        label=_("How many went"),
        required=False,
        validators=[MinValueValidator(1), MaxValueValidator(_MOST_STAFF)],
        widget=forms.NumberInput(attrs={"min": 1, "max": _MOST_STAFF}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    field_order = ("way", "party", "at", "staff", "code", "follow_up_on", "note", "key")

    def __init__(
        self, *args: Any, people: Iterable[tuple[str, str]], way: str = "in-call", **kwargs: Any
    ) -> None:
        chosen_way = way if way in LABELS["way"] else "in-call"
        self.channel = chosen_way.partition("-")[2]
        super().__init__(*args, pk=0, **kwargs)
        self.auto_id = "id_contact_%s"
        self.initial["way"] = chosen_way
        if self.channel == "call":  # who calls is there: nobody was sought who was not
            there = (one for one in self._codes.of("call") if one.result_by("call") in TALKED)
            self.offer("code", choices_of(there))
        self.offer("party", list(people))
        if not self.is_visit:
            del self.fields["staff"]

    @property
    def is_visit(self) -> bool:
        """Whether somebody went there."""
        return self.channel == "visit"


def choices_of(codes: Iterable[OutcomeCode]) -> list[tuple[Any, Any]]:
    """The codes in the reader's language: first those by which the right party was reached."""
    sides: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for one in codes:
        sides[one.right_party].append((one.code, chosen(one.title.zh, one.title.en)))
    named = [
        (str(label_of(group, "reached").text), sides[is_reached])
        for group, is_reached in (("yes", True), ("no", False))
        if sides[is_reached]
    ]
    return [("", "–"), *named]
