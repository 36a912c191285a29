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
    OF_WORDS = (
        (Metric.PAID, _("Paid: anything within the window")),
        (Metric.PROMISED, _("Promised: a promise to pay within the window")),
        (Metric.REPLIED, _("Replied: an answer within the window")),
        (Metric.DELIVERED, _("Delivered: a message arrived within the window")),
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
        help_text=_("For recovery an amount a debtor, else in percentage points."),
    )
    baseline = _percent(_("Champion's rate, %"), help_text=_("As known before; not for recovery."))
    deviation = _amount(
        _("Standard deviation of payments"), _("For recovery: how much debtors differ, an amount.")
    )
    cap = _amount(_("Counted up to"), _("For recovery: what a debtor pays above it is left out."))
    alpha = _percent(_("Chance of a false alarm, %"), initial="5")
    power = _percent(_("Chance to see what is there, %"), initial="80")

    def __init__(
        self, *args: Any, currencies: list[str], template: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choice, told = self.fields["currency"], _("Debtors behind on loans in %(currency)s")
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101  for the type checker
        if template:
            metric = self.fields["metric"]
            assert isinstance(metric, forms.ChoiceField)  # noqa: S101  for the type checker
            metric.choices = [*self.OF_WORDS, *metric.choices]  # type: ignore[misc]
            told = _("Debtors with loans in %(currency)s whom the template is sent to")
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
        if given["metric"] == Metric.RECOVERY:
            self._check_recovery(given)
        else:
            self._check_rate(given)
        return given

    def _check_rate(self, given: dict[str, Any]) -> None:
        if given["baseline"] is None:
            self.add_error("baseline", _("This needs the champion's rate."))
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
        is_rate = given["metric"] != Metric.RECOVERY
        same = ("key", "title", "currency", "metric", "window_days", "note")

        def minor(name: str) -> int:
            return to_minor(given[name], given["currency"])

        return {name: given[name] for name in same} | {
            "matters": float(given["matters"] / 100) if is_rate else float(minor("matters")),
            "baseline": float(given["baseline"] / 100) if is_rate else None,
            "deviation": None if is_rate else float(minor("deviation")),
            "cap": 0 if is_rate else minor("cap"),
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
