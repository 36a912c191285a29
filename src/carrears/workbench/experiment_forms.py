"""What is fixed before an experiment begins, as staff type it in: per cent and major units."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from carrears.experiments.models import Metric
from carrears.experiments.services import GUARDS
from carrears.money import to_minor
from carrears.workbench.labels import label_of

MOST_CHALLENGERS = 3
_KEY = r"[a-z0-9][a-z0-9_\-]{0,39}"
_WORDS = {"new"}  # addresses of their own


def _percent(label: Any, *, initial: str = "", help_text: Any = "") -> forms.DecimalField:
    field = forms.DecimalField(
        label=label,
        min_value=Decimal("0.01"),
        max_value=Decimal("99.99"),
        decimal_places=2,
        required=bool(initial),
        initial=initial,
        help_text=help_text,
    )
    field.widget.attrs |= {"inputmode": "decimal"}
    return field


def _amount(label: Any, help_text: Any) -> forms.DecimalField:
    field = forms.DecimalField(
        label=label, min_value=Decimal("0.01"), required=False, help_text=help_text
    )
    field.widget.attrs |= {"inputmode": "decimal"}
    return field


class ExperimentForm(forms.Form):
    """A plan against the strategy in force; challengers are forms of their own."""

    title = forms.CharField(label=_("What is tried"), max_length=120)
    key = forms.RegexField(
        f"^{_KEY}$",
        label=_("Short name"),
        max_length=40,
        help_text=_("Small letters, digits, - and _. It decides who falls into which arm."),
    )
    currency = forms.ChoiceField(label=_("Who takes part"))
    note = forms.CharField(
        label=_("Note"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    metric = forms.ChoiceField(
        label=_("What counts"),
        choices=lambda: [
            (Metric.CURE, _("Cure: no loan behind at the window's end")),
            (Metric.RECOVERY, _("Recovery: what a debtor pays within the window")),
        ],
    )
    window_days = forms.IntegerField(
        label=_("Window in days"),
        min_value=1,
        max_value=366,
        initial=30,
        help_text=_("Days after which a debtor's outcome is read."),
    )
    matters = forms.DecimalField(
        label=_("Smallest difference worth acting on"),
        min_value=Decimal("0.01"),
        help_text=_("For cure in percentage points, for recovery an amount a debtor."),
    )
    baseline = _percent(
        _("Champion's cure rate, %"), help_text=_("For cure: as known before, from Analytics.")
    )
    deviation = _amount(
        _("Standard deviation of payments"), _("For recovery: how much debtors differ, an amount.")
    )
    cap = _amount(_("Counted up to"), _("For recovery: what a debtor pays above it is left out."))
    alpha = _percent(_("Chance of a false alarm, %"), initial="5")
    power = _percent(_("Chance to see what is there, %"), initial="80")

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["currency"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        told = _("Debtors behind on loans in %(currency)s")
        choice.choices = [(code, told % {"currency": code}) for code in currencies]
        for guard in GUARDS:
            field = forms.DecimalField(
                label=str(label_of(guard, "guard").text),
                min_value=1,
                max_value=100,
                required=False,
                initial=Decimal("1.25"),
                help_text=_("times the champion's risk; empty for no guard rail"),
            )
            field.widget.attrs |= {"inputmode": "decimal", "step": "0.05"}
            self.fields[guard] = field

    @property
    def guards(self) -> list[forms.BoundField]:
        """The fields of the guard rails."""
        return [self[name] for name in GUARDS]

    def clean_key(self) -> str:
        """The key, unless an address has it."""
        key: str = self.cleaned_data["key"]
        if key in _WORDS:
            raise forms.ValidationError(_("This name is taken by an address; choose another."))
        return key

    def clean(self) -> dict[str, Any]:
        """The plan's figures in the units of ``experiments.asking.make_plan``."""
        given = super().clean() or {}
        if self.errors:
            return given
        if given["metric"] == Metric.CURE:
            self._check_cure(given)
        else:
            self._check_recovery(given)
        return given

    def _check_cure(self, given: dict[str, Any]) -> None:
        if given["baseline"] is None:
            self.add_error("baseline", _("Cure needs the champion's rate."))
        elif given["baseline"] + given["matters"] > 100:  # noqa: PLR2004  per cent
            self.add_error("matters", _("With the champion's rate this is more than all."))

    def _check_recovery(self, given: dict[str, Any]) -> None:
        for name in ("deviation", "cap"):
            if given[name] is None:
                self.add_error(name, _("Recovery needs this amount."))
                return
        if given["deviation"] > given["cap"] / 2:
            self.add_error("deviation", _("At most half of what is counted."))
        for name in {"matters", "deviation", "cap"} - set(self.errors):
            try:
                to_minor(given[name], given["currency"])
            except ValueError:
                self.add_error(name, _("Too many decimal places."))

    def plan(self) -> dict[str, Any]:
        """What ``make_plan`` asks for, but for the challengers."""
        given = self.cleaned_data
        is_cure = given["metric"] == Metric.CURE
        same = ("key", "title", "currency", "metric", "window_days", "note")

        def minor(name: str) -> int:
            return to_minor(given[name], given["currency"])

        return {name: given[name] for name in same} | {
            "matters": float(given["matters"] / 100) if is_cure else float(minor("matters")),
            "baseline": float(given["baseline"] / 100) if is_cure else None,
            "deviation": None if is_cure else float(minor("deviation")),
            "cap": 0 if is_cure else minor("cap"),
            "alpha": float(given["alpha"] / 100),
            "power": float(given["power"] / 100),
            "guards": {name: float(given[name]) for name in GUARDS if given[name] is not None},
        }


class ChallengerForm(forms.Form):
    """A version that challenges, what it is called, and its share."""

    version = forms.ChoiceField(label=_("Version"), required=False)
    name = forms.RegexField(
        f"^{_KEY}$",
        label=_("Called"),
        max_length=40,
        required=False,
        help_text=_("Small letters, digits, - and _."),
    )
    share = forms.DecimalField(
        label=_("Share of debtors, %"),
        min_value=Decimal("0.01"),
        max_value=Decimal("99.99"),
        decimal_places=2,
        required=False,
    )

    def __init__(self, *args: Any, versions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["version"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        choice.choices = [("", _("none")), *versions]
        self.fields["share"].widget.attrs |= {"inputmode": "decimal"}

    def clean(self) -> dict[str, Any]:
        """All three, or none."""
        given = super().clean() or {}
        if self.errors or not any(given.get(name) for name in ("version", "name", "share")):
            return given
        for name in ("version", "name", "share"):
            if not given.get(name):
                self.add_error(name, _("A challenger needs this."))
        return given


if TYPE_CHECKING:
    _FormSet = forms.BaseFormSet[ChallengerForm]
else:
    _FormSet = forms.BaseFormSet  # takes no parameter when it runs


class _Challengers(_FormSet):
    """At least one challenger, and something left for the champion."""

    def clean(self) -> None:
        """Refuse shares that leave the champion nothing."""
        if any(self.errors):
            return
        shares = [share for _name, _version, share in chosen_challengers(self)]
        if not shares:
            raise forms.ValidationError(_("an experiment needs a challenger"))
        if sum(shares) >= 10_000:  # noqa: PLR2004  basis points
            raise forms.ValidationError(_("The challengers' shares leave the champion nothing."))


def chosen_challengers(forms_of_them: _FormSet) -> list[tuple[str, str, int]]:
    """Name, version and basis points of each challenger of a valid form set."""
    rows = (form.cleaned_data for form in forms_of_them.forms)
    return [
        (row["name"], row["version"], int(row["share"] * 100)) for row in rows if row.get("version")
    ]


ChallengerFormSet = forms.formset_factory(
    ChallengerForm, formset=_Challengers, extra=MOST_CHALLENGERS, max_num=MOST_CHALLENGERS
)


class StopForm(forms.Form):
    """What stops, and why."""

    arm = forms.ChoiceField(label=_("What stops"), required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, arms: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["arm"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        choice.choices = [("", _("the whole experiment")), *((name, name) for name in arms)]


class WinnerForm(forms.Form):
    """Which arm's strategy is to decide from now on."""

    winner = forms.ChoiceField(label=_("Who has won"))

    def __init__(self, *args: Any, arms: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["winner"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        choice.choices = arms


class ConfirmForm(forms.Form):
    """From when the winner decides, and why."""

    effective_on = forms.DateField(
        label=_("Decides from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label=_("Why"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
