"""What an experiment's figures are called, with their units, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from carrears.experiments.models import Experiment, Metric
from carrears.strategy.reasons import in_other_words
from carrears.workbench.labels import label_of
from carrears.workbench.queries.formats import count, decimal, money, percent
from carrears.workbench.view_models.experiments import Advised

Told = Callable[[float], str]
_GUARD_RAIL = "guard rail: "

# What the planning of an experiment says, which knows no languages.
_SAID = (
    gettext_noop("no book is large enough for so small an effect"),
    gettext_noop("each arm's share must be above nothing"),
)

_SENTENCES = {
    "continue": gettext_noop(
        "Too early to say: the difference may still lie anywhere between %(lower)s and %(upper)s."
        " Let it run."
    ),
    "adopt": gettext_noop(
        "Better than the champion by %(estimate)s (%(lower)s to %(upper)s). Stop the experiment and"
        " adopt it."
    ),
    "keep": gettext_noop(
        "Not better by what matters (%(matters)s): the difference lies between %(lower)s and"
        " %(upper)s. Keep the champion."
    ),
    "no_difference": gettext_noop(
        "Neither is better by what matters (%(matters)s): the difference lies between %(lower)s and"
        " %(upper)s. Keep the champion, or whichever costs less."
    ),
    "stop_for_harm": gettext_noop(
        "It bears more harm than a guard rail allows; the day run has stopped it. The difference"
        " lies between %(lower)s and %(upper)s."
    ),
}


def level_in(experiment: Experiment, metric: str) -> Told:
    """How a mean of this metric is written."""
    if metric != Metric.RECOVERY:
        return lambda value: percent(value, 1)
    return lambda value: money(round(value), experiment.currency)


def difference_in(experiment: Experiment, metric: str) -> Told:
    """How a difference of this metric is written, with its sign."""

    def tell(value: float) -> str:
        sign = "+" if value > 0 else "−" if value < 0 else ""
        if metric != Metric.RECOVERY:
            points = decimal(abs(value) * 100, 2)
            return sign + _("%(points)s pp") % {"points": points}
        return sign + money(round(abs(value)), experiment.currency)

    return tell


def tick_in(experiment: Experiment, metric: str) -> Told:
    """How an axis of differences writes its values: short, in the unit that the title names."""

    def tell(value: float) -> str:
        sign = "+" if value > 0 else "−" if value < 0 else ""
        if metric != Metric.RECOVERY:
            return sign + decimal(abs(value) * 100, 2)
        return sign + money(round(abs(value)), experiment.currency).removesuffix(".00")

    return tell


def with_interval(tell: Told, found: Mapping[str, float]) -> str:
    """An estimate and its interval."""
    ends = {name: tell(found[name]) for name in ("estimate", "lower", "upper")}
    return _("%(estimate)s (%(lower)s to %(upper)s)") % ends


def advised(
    experiment: Experiment, arm: str, advice: str, values: Mapping[str, Any], as_of: Any
) -> Advised:
    """What is recommended of a challenger, in words."""
    if not advice:
        return Advised(arm, "", _("No day has been run since the start."), None)
    tell = difference_in(experiment, experiment.metric)
    found = values[experiment.metric]["difference"]
    parts = {name: tell(found[name]) for name in ("estimate", "lower", "upper")}
    parts["matters"] = tell(experiment.matters).removeprefix("+")
    return Advised(arm, advice, _(_SENTENCES[advice]) % parts, as_of)


def stop_reason(said: str) -> str:
    """Why an arm stopped; what the day run wrote is told in the reader's language."""
    if not said.startswith(_GUARD_RAIL):
        return said
    names = said.removeprefix(_GUARD_RAIL).split(", ")
    told = ", ".join(str(label_of(name, "guard").text) for name in names)
    return _("Guard rail: %(names)s") % {"names": told}


def plan_facts(experiment: Experiment) -> tuple[tuple[str, str], ...]:
    """What was fixed beforehand."""
    tell = difference_in(experiment, experiment.metric)
    level = level_in(experiment, experiment.metric)
    who = (
        _("Debtors with loans in %(c)s, from their first message on")
        if experiment.template
        else _("Debtors behind in %(c)s")
    )
    facts = [
        *([(_("Template"), experiment.template)] if experiment.template else []),
        (_("Who takes part"), who % {"c": experiment.currency}),
        (_("What counts"), str(label_of(experiment.metric, "metric").text)),
        (_("Window"), _("%(days)s days") % {"days": experiment.window_days}),
        (_("Smallest difference worth acting on"), tell(experiment.matters).removeprefix("+")),
    ]
    if experiment.baseline is not None:
        facts.append((_("Champion's rate as known before"), percent(experiment.baseline, 1)))
    if experiment.metric == Metric.RECOVERY:
        facts.append((_("Standard deviation of payments"), level(experiment.deviation or 0)))
        facts.append((_("Counted up to"), level(experiment.cap)))
    return (
        *facts,
        (_("Chance of a false alarm"), percent(experiment.alpha, 1)),
        (_("Chance to see what is there"), percent(experiment.power, 0)),
        (_("Debtors needed"), count(experiment.planned_debtors)),
    )


def said(error: BaseException) -> str:
    """Why something is refused, in the reader's language."""

    def translate(text: str) -> str:
        return _(text)

    return in_other_words(error, translate)
