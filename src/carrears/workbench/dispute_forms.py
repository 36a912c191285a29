"""What is typed to raise a dispute, and to deal with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import local_day, now
from carrears.conduct.dispute_kinds import load_dispute_kinds
from carrears.conduct.dispute_models import DisputeOutcome
from carrears.conduct.dispute_steps import Kind
from carrears.conduct.disputes import LoanWanted
from carrears.money import MoneyError, exponent, to_minor
from carrears.vault.models import StoredObject
from carrears.workbench.labels import label_of
from carrears.workbench.queries.language import chosen

_DIGITS = 15  # of an amount

_WAYS = ("phone", "message", "email", "letter", "web", "in_person", "other")


def _choices(codes: Iterable[str], group: str) -> list[tuple[str, Any]]:
    return [(code, label_of(code, group).text) for code in codes]


class DisputeForm(forms.Form):
    """A dispute of loans of one borrower: which of them, how much of each, why, how and when.

    ``cases`` are those that may be named, the first chosen; amounts are in major units of each
    case's currency. ``cleaned_data["loans"]`` has what is disputed.
    """

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reply = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("What is disputed"))
    channel = forms.ChoiceField(
        label=_("By which way it came in"), choices=_choices(_WAYS, "complaint_channel")
    )
    received_at = forms.DateTimeField(
        label=_("Received at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    text = forms.CharField(
        label=_("What the borrower says"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        cases: Sequence[Case],
        initial: dict[str, Any] | None = None,
    ) -> None:
        given = {"key": uuid.uuid4().hex, "received_at": now(), **(initial or {})}
        super().__init__(data, initial=given)
        self.cases = cases
        cast("forms.ChoiceField", self.fields["kind"]).choices = _kinds()
        for nth, case in enumerate(cases):
            self.fields[f"with_{case.pk}"] = forms.BooleanField(
                label=case.loan_no, required=False, initial=nth == 0
            )
            smallest = str(Decimal(1).scaleb(-exponent(case.currency)))
            self.fields[f"amount_{case.pk}"] = forms.DecimalField(
                label=_("Disputed amount, %(currency)s") % {"currency": case.currency},
                min_value=Decimal(smallest),
                max_digits=_DIGITS,
                required=False,
                widget=forms.NumberInput(attrs={"step": smallest, "inputmode": "decimal"}),
            )

    def loans(self) -> Iterator[tuple[Case, forms.BoundField, forms.BoundField]]:
        """Each case with its two fields."""
        for case in self.cases:
            yield case, self[f"with_{case.pk}"], self[f"amount_{case.pk}"]

    def clean_received_at(self) -> datetime:
        """It came in before it was written down."""
        received: datetime = self.cleaned_data["received_at"]
        if received > now():
            raise forms.ValidationError(_("The moment is still to come."))
        return received

    def clean(self) -> dict[str, Any]:
        """At least one loan is disputed, in whole units of its currency."""
        told: dict[str, Any] = super().clean() or {}
        told["loans"] = [
            LoanWanted(loan=case, amount=self._amount(case, told))
            for case in self.cases
            if told.get(f"with_{case.pk}")
        ]
        if not told["loans"]:
            self.add_error(None, gettext("a dispute names a loan"))
        return told

    def _amount(self, case: Case, told: Mapping[str, Any]) -> int | None:
        amount = told.get(f"amount_{case.pk}")
        try:
            return None if amount is None else to_minor(amount, case.currency)
        except MoneyError:
            self.add_error(f"amount_{case.pk}", _("Finer than the currency's smallest unit."))
            return None


class AsideForm(forms.Form):
    """What is lacking in a dispute that an event told: its kind, and how much of the loan.

    The amount is in major units of the loan's currency; none disputes all that is owed.
    """

    kind = forms.ChoiceField(label=_("What is disputed"))
    amount = forms.DecimalField(
        label=_("Disputed amount"), min_value=Decimal("0.001"), max_digits=15, required=False
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="aside-%s")
        cast("forms.ChoiceField", self.fields["kind"]).choices = _kinds()


class HardshipAsideForm(forms.Form):
    """What was wrong in hardship that an event told: its last day; none: until it is lifted."""

    until_on = forms.DateField(required=False)


def _kinds() -> list[tuple[str, str]]:
    """The kinds that hold today, in the reader's language."""
    today = local_day(now(), settings.TIME_ZONE)
    kinds = load_dispute_kinds(Path(settings.CARREARS_HOME), on=today).kinds
    return [(one.code, chosen(one.title.zh, one.title.en)) for one in kinds]


class DisputeStepForm(forms.Form):
    """One step of a dispute, with the fields that it needs; ``files`` can be attached."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    kind = forms.CharField(max_length=12, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        step: Kind,
        asks: str = "",
        files: Sequence[tuple[StoredObject, str]] = (),
    ) -> None:
        initial = {"key": uuid.uuid4().hex, "kind": step, "text": asks if step == "ask" else ""}
        super().__init__(data, initial=initial, auto_id=f"{step}-%s")
        self.step = step
        if step == "answer":
            self.fields["outcome"] = forms.ChoiceField(
                label=_("Outcome"), choices=_choices(DisputeOutcome.values, "dispute_outcome")
            )
        if step == "assign":
            people = User.objects.filter(is_active=True).exclude(groups=None).order_by("username")
            self.fields["assign_to"] = forms.ModelChoiceField(
                label=_("Assigned to"), queryset=people.distinct(), empty_label="–"
            )
        if step == "attach":
            self.fields["file"] = forms.ChoiceField(
                label=_("File"), choices=[(str(one.pk), name) for one, name in files]
            )
        if step not in {"assign", "attach"}:
            self.fields["text"] = forms.CharField(
                label=_WORDS.get(step, _("What was done")),
                max_length=4000,
                required=step in {"ask", "answer", "withdraw", "note"},
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    @property
    def has_files(self) -> bool:
        """Whether there is a file to attach."""
        field = self.fields.get("file")
        return isinstance(field, forms.ChoiceField) and bool(field.choices)

    @property
    def selects(self) -> list[forms.BoundField]:
        """The fields to choose in."""
        return [one for one in self.visible_fields() if isinstance(one.field, forms.ChoiceField)]

    @property
    def words(self) -> forms.BoundField | None:
        """The field for words, where the step has one."""
        return self["text"] if "text" in self.fields else None


_WORDS = {
    "ask": _("What is asked of the borrower"),
    "answer": _("What he is answered"),
    "withdraw": _("Why it is withdrawn"),
    "inform": _("What came in"),
}
