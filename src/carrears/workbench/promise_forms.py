"""The form for a promise to pay: guided amounts, and a split into parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carrears.casework.promise_withdrawal import MISTAKES
from carrears.casework.promises import PartWanted
from carrears.money import Money, exponent, to_minor
from carrears.workbench.labels import label_of
from carrears.workbench.templatetags.workbench import money

WHAT = {"arrears": _("All arrears"), "instalment": _("One instalment")}


class WithdrawForm(forms.Form):
    """A promise was recorded by mistake: which, why, and what was promised in truth, if anything.

    ``cleaned_data["parts"]`` has that, or is empty.
    """

    mistake = forms.ChoiceField(
        label=_("Mistake"),
        choices=[(code, label_of(code, "promise_mistake").text) for code in MISTAKES],
    )
    why = forms.CharField(label=_("Reason"), max_length=2000)
    amount = forms.DecimalField(
        label=_("Promised in truth"),
        help_text=_("Leave it empty where nothing was promised."),
        min_value=Decimal("0.01"),
        required=False,
    )
    due_on = forms.DateField(
        label=_("Will be paid by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "withdraw-%s"
        self._currency = currency
        smallest = str(Decimal(1).scaleb(-exponent(currency)))
        self.fields["amount"].widget.attrs |= {
            "step": smallest, "min": smallest, "inputmode": "decimal",
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Put together what was promised in truth.

        Raises:
            ValidationError: an amount without its day, or a day without its amount.
        """
        data = super().clean() or {}
        amount, due_on = data.get("amount"), data.get("due_on")
        data["parts"] = []
        if (amount is None) != (due_on is None) and not self.errors:
            lacking = "amount" if amount is None else "due_on"
            self.add_error(lacking, gettext("A part needs an amount and a day."))
        elif amount is not None and due_on is not None:
            try:
                data["parts"] = [PartWanted(to_minor(amount, self._currency), due_on)]
            except ValueError:
                self.add_error("amount", gettext("Too many decimal places."))
        return data


class PromiseForm(forms.Form):
    """A promise to pay: amounts in major units of the case's currency, each by a day.

    ``guided`` gives the amounts to choose from (minor units by the codes of ``WHAT``); an amount
    typed in goes before the choice. Where further parts are given, a guided amount is that of all
    parts, and the first part has what the others leave. ``cleaned_data["parts"]`` has the parts.
    """

    what = forms.ChoiceField(label=_("How much"), required=False)
    amount = forms.DecimalField(
        label=_("Another amount"), min_value=Decimal("0.01"), required=False
    )
    due_on = forms.DateField(label=_("Will be paid by"))

    def __init__(
        self,
        *args: Any,
        currency: str,
        today: date,
        latest: date,
        guided: Mapping[str, int] | None = None,
        most_parts: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.guided = currency, guided or {}
        self._further = range(2, most_parts + 1)
        for nth in self._further:
            self.fields[f"amount_{nth}"] = forms.DecimalField(
                label=_("Amount of part %(nth)s") % {"nth": nth},
                min_value=Decimal("0.01"),
                required=False,
            )
            self.fields[f"due_on_{nth}"] = forms.DateField(
                label=_("Part %(nth)s by") % {"nth": nth}, required=False
            )
        self._dress(today, latest)
        choices = [(code, f"{WHAT[code]} {self._said(self.guided[code])}") for code in self.guided]
        if choices:
            self.fields["what"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["what"]
            self.fields["amount"].label = _("Amount")

    def _dress(self, today: date, latest: date) -> None:
        smallest = str(Decimal(1).scaleb(-exponent(self.currency)))
        for name, field in self.fields.items():
            if isinstance(field, forms.DecimalField):
                field.widget.attrs |= {"step": smallest, "min": smallest, "inputmode": "decimal"}
            elif isinstance(field, forms.DateField):
                bounds = {"type": "date", "min": today.isoformat(), "max": latest.isoformat()}
                field.widget = forms.DateInput(attrs=bounds, format="%Y-%m-%d")
                field.widget.is_required = name == "due_on"

    def _said(self, minor: int) -> str:
        return money(Money(minor, self.currency))

    def further(self) -> Iterator[tuple[Any, Any]]:
        """The fields of the parts after the first, in pairs."""
        for nth in self._further:
            yield self[f"amount_{nth}"], self[f"due_on_{nth}"]

    @property
    def is_split(self) -> bool:
        """Whether anything of a further part is filled in."""
        return any(bound.value() for pair in self.further() for bound in pair)

    def clean(self) -> dict[str, Any]:
        """Put the parts together.

        Raises:
            ValidationError: a part that lacks its day or its amount, no amount at all, or parts
                that leave nothing for the first.
        """
        data = super().clean() or {}
        rest = [part for nth in self._further if (part := self._part(nth)) is not None]
        first = self._first(sum(part.amount for part in rest))
        if not self.errors and first is not None:
            data["parts"] = [PartWanted(first, data["due_on"]), *rest]
        return data

    def _first(self, others: int) -> int | None:
        if "amount" in self.errors:
            return None
        typed = self.cleaned_data.get("amount")
        if typed is not None:
            return self._minor(typed, "amount")
        chosen = self.guided.get(self.cleaned_data.get("what") or "")
        if chosen is None:
            self.add_error("amount", gettext("This field is required."))
            return None
        if chosen <= others:
            self.add_error(None, gettext("The other parts leave nothing for the first."))
            return None
        return chosen - others

    def _part(self, nth: int) -> PartWanted | None:
        amount = self.cleaned_data.get(f"amount_{nth}")
        due_on = self.cleaned_data.get(f"due_on_{nth}")
        if amount is None and due_on is None:
            return None
        if amount is None or due_on is None:
            lacking = f"amount_{nth}" if amount is None else f"due_on_{nth}"
            if lacking not in self.errors:
                self.add_error(lacking, gettext("A part needs an amount and a day."))
            return None
        minor = self._minor(amount, f"amount_{nth}")
        return PartWanted(minor, due_on) if minor is not None else None

    def _minor(self, amount: Decimal, name: str) -> int | None:
        try:
            return to_minor(amount, self.currency)
        except ValueError:
            self.add_error(name, gettext("Too many decimal places."))
            return None
