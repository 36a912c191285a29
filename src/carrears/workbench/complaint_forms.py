"""What is typed to register a complaint, and to deal with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from carrears.access.models import User
from carrears.clock import now
from carrears.conduct.complaint_models import (
    Complainant,
    ComplaintCategory,
    ComplaintChannel,
    ComplaintOutcome,
    ComplaintRemedy,
)
from carrears.conduct.complaint_steps import AUTHORITIES, Kind
from carrears.workbench.labels import label_of

_LAWS = ("cn", "us", "uk", "in")
_EMPTY = [("", "–")]


def _choices(codes: Any, group: str) -> list[tuple[str, Any]]:
    return [(code, label_of(code, group).text) for code in codes]


def _staff() -> forms.ModelChoiceField[User]:
    people = User.objects.filter(is_active=True).exclude(groups=None).order_by("username")
    return forms.ModelChoiceField(queryset=people.distinct(), required=False, empty_label="–")


class ComplaintForm(forms.Form):
    """A complaint: about which loan, contact, agency or collector, by whom, how and when."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    attempt = forms.IntegerField(required=False, widget=forms.HiddenInput)
    loan_no = forms.CharField(
        label=_("Loan number"),
        max_length=64,
        required=False,
        help_text=_("Leave it empty where the complaint is about no loan on record."),
    )
    category = forms.ChoiceField(
        label=_("Category"), choices=_choices(ComplaintCategory.values, "complaint_category")
    )
    complainant = forms.ChoiceField(
        label=_("Who complains"), choices=_choices(Complainant.values, "complainant")
    )
    channel = forms.ChoiceField(
        label=_("How it came in"), choices=_choices(ComplaintChannel.values, "complaint_channel")
    )
    received_at = forms.DateTimeField(
        label=_("Received at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    text = forms.CharField(
        label=_("What was said"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    agency = forms.RegexField(
        label=_("Agency complained about"),
        regex=r"^[A-Za-z0-9_.-]{1,64}$",
        required=False,
        help_text=_("Leave it empty for the lender's own staff."),
    )
    reference = forms.CharField(label=_("Reference of others"), max_length=64, required=False)
    jurisdiction = forms.ChoiceField(
        label=_("Jurisdiction"),
        required=False,
        choices=_EMPTY + _choices(_LAWS, "jurisdiction"),
        help_text=_("Of the loan, where there is one."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, initial: dict[str, Any] | None = None
    ) -> None:
        given = {"key": uuid.uuid4().hex, "received_at": now(), **(initial or {})}
        super().__init__(data, initial=given)
        self.fields["collector"] = _staff()
        self.fields["collector"].label = cast("str", _("Collector complained about"))

    def clean_received_at(self) -> datetime:
        """It came in before it was written down."""
        received: datetime = self.cleaned_data["received_at"]
        if received > now():
            raise forms.ValidationError(_("The moment is still to come."))
        return received

    def clean(self) -> dict[str, Any]:
        """Without a loan the law has to be named."""
        told: dict[str, Any] = super().clean() or {}
        if not told.get("loan_no") and not told.get("jurisdiction"):
            self.add_error("jurisdiction", _("A loan or a jurisdiction is needed."))
        return told


class StepForm(forms.Form):
    """One step of a complaint, with the fields that it needs."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    kind = forms.CharField(max_length=12, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, step: Kind) -> None:
        initial = {"key": uuid.uuid4().hex, "kind": step}
        super().__init__(data, initial=initial, auto_id=f"{step}-%s")
        self.step = kind = step
        if kind == "escalate":
            self.fields["escalated_to"] = forms.ChoiceField(
                label=_("Escalated to"), choices=_choices(AUTHORITIES, "complaint_channel")
            )
        if kind == "close":
            self.fields["outcome"] = forms.ChoiceField(
                label=_("Outcome"), choices=_choices(ComplaintOutcome.values, "complaint_outcome")
            )
            self.fields["remedy"] = forms.ChoiceField(
                label=pgettext_lazy("complaint", "Remedy"),
                choices=_choices(ComplaintRemedy.values, "complaint_remedy"),
                required=False,
            )
        if kind == "assign":
            self.fields["assign_to"] = _staff()
            self.fields["assign_to"].label = cast("str", _("Assigned to"))
            self.fields["assign_to"].required = True
        if kind != "assign":
            self.fields["text"] = forms.CharField(
                label=_("What was done"),
                max_length=4000,
                required=kind in {"answer", "extend", "note"},
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    @property
    def selects(self) -> list[forms.BoundField]:
        """The fields to choose in."""
        return [one for one in self.visible_fields() if isinstance(one.field, forms.ChoiceField)]

    @property
    def words(self) -> forms.BoundField | None:
        """The field for words, where the step has one."""
        return self["text"] if "text" in self.fields else None
