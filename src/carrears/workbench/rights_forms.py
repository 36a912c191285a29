"""What is typed to register a person's request, and to deal with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from carrears.clock import now
from carrears.parties.correcting import CORRECTABLE
from carrears.rights.models import Asker, Proof, Refusal, RequestChannel, RequestKind
from carrears.rights.request_steps import CHANNELS, Action
from carrears.workbench.labels import label_of

_LAWS = ("cn", "us", "uk", "in")
_WORDED = {"refuse", "extend", "decline", "note", "uphold", "change", "exclude", "lift"}
_TO_THE_PERSON = {"uphold", "change", "exclude"}


def _choices(codes: Any, group: str) -> list[tuple[str, Any]]:
    return [(code, label_of(code, group).text) for code in codes]


class RequestForm(forms.Form):
    """A request: of which person of a loan, for what, how, when, and who made sure it is he."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    loan_no = forms.CharField(max_length=64, widget=forms.HiddenInput)
    person = forms.ChoiceField(label=_("Person"))
    kind = forms.ChoiceField(
        label=_("Asked for"), choices=_choices(RequestKind.values, "request_kind")
    )
    asker = forms.ChoiceField(label=_("Who asks"), choices=_choices(Asker.values, "request_asker"))
    proof = forms.ChoiceField(
        label=_("How it was made sure who asks"), choices=_choices(Proof.values, "request_proof")
    )
    channel = forms.ChoiceField(
        label=_("How the request came in"),
        choices=_choices(RequestChannel.values, "complaint_channel"),
    )
    received_at = forms.DateTimeField(
        label=_("Received at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    text = forms.CharField(
        label=_("The request in words"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        loan_no: str,
        people: Sequence[tuple[str, str]],
        has_law: bool,
    ) -> None:
        given = {"key": uuid.uuid4().hex, "received_at": now(), "loan_no": loan_no}
        super().__init__(data, initial=given)
        self.fields["person"] = forms.ChoiceField(label=_("Person"), choices=people)
        if not has_law:
            self.fields["jurisdiction"] = forms.ChoiceField(
                label=_("Jurisdiction"), choices=_choices(_LAWS, "jurisdiction")
            )

    def clean_received_at(self) -> datetime:
        """It came in before it was written down."""
        received: datetime = self.cleaned_data["received_at"]
        if received > now():
            raise forms.ValidationError(_("The moment is still to come."))
        return received


class RequestStepForm(forms.Form):
    """One step of a request, with the fields that it needs."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    action = forms.CharField(max_length=12, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        step: Action,
        kind: RequestKind,
        treatments: Sequence[tuple[str, str]] = (),
    ) -> None:
        initial = {"key": uuid.uuid4().hex, "action": step}
        super().__init__(data, initial=initial, auto_id=f"{step}-%s")
        self.step, self.kind = step, kind
        if step == "refuse":
            self.fields["refusal"] = forms.ChoiceField(
                label=_("Reason"), choices=_choices(Refusal.values, "request_refusal")
            )
        if step == "fulfil":
            self.fields |= _of_kind(kind)
        if step == "change":
            self.fields |= _of_change(treatments)
        corrects = step == "fulfil" and kind == RequestKind.CORRECTION
        self.fields["text"] = forms.CharField(
            label=_label_of_text(step, corrects=corrects),
            max_length=200 if corrects else 4000,
            required=corrects or step in _WORDED,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    @property
    def shown(self) -> list[tuple[forms.BoundField, str]]:
        """Each visible field with how it is drawn."""
        return [(one, _drawn(one)) for one in self.visible_fields()]


def _drawn(bound: forms.BoundField) -> str:
    if isinstance(bound.field, forms.MultipleChoiceField):
        return "checks"
    if isinstance(bound.field, forms.ChoiceField):
        return "select"
    return "textarea" if isinstance(bound.field.widget, forms.Textarea) else ""


def _label_of_text(step: Action, *, corrects: bool) -> Any:
    if corrects:
        return _("Reason, in words that name nobody")
    return _("Reason, as the person is told it") if step in _TO_THE_PERSON else _("What was done")


def _of_change(treatments: Sequence[tuple[str, str]]) -> dict[str, forms.Field]:
    """Which treatment a person decides instead, and until when."""
    return {
        "treatment": forms.ChoiceField(
            label=_("Treatment of all cases of the person"),
            choices=treatments,
            help_text=_("None that presses harder than the contested one can be chosen."),
        ),
        "until_on": forms.DateField(
            label=_("Ends on"),
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            help_text=_("Until this day, included, no program changes it."),
        ),
    }


def _of_kind(kind: RequestKind) -> dict[str, forms.Field]:
    """What has to be told to fulfil a request of this kind."""
    if kind == RequestKind.CORRECTION:
        codes = [one.value for one in CORRECTABLE]
        return {
            "what": forms.ChoiceField(
                label=_("What is wrong"), choices=_choices(codes, "correctable")
            ),
            "before": forms.CharField(
                label=_("Held now"),
                max_length=200,
                required=False,
                help_text=_("May be left empty for a name or an identity number."),
            ),
            "after": forms.CharField(
                label=_("What is right"),
                max_length=200,
                required=False,
                help_text=_("Empty: the number or address is not the person's."),
            ),
        }
    if kind == RequestKind.RESTRICTION:
        return {
            "until_on": forms.DateField(
                label=_("Ends on"),
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                help_text=_("Leave it empty until it is lifted on the do-not-contact list."),
            )
        }
    if kind == RequestKind.WITHDRAWAL:
        return {
            "channels": forms.MultipleChoiceField(
                label=_("Consent taken back for"),
                choices=_choices(CHANNELS, "channel"),
                widget=forms.CheckboxSelectMultiple,
            )
        }
    return {}
