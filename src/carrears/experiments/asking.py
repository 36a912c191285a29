"""A plan out of words, as a command or a request gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from carrears.experiments.models import Arm, Experiment, Metric
from carrears.experiments.services import Challenger, ExperimentError, Plan
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.services import UnknownVersionError, find_version, published_strategy

_STRATEGY = "treatment"


def find_experiment(key: str) -> Experiment:
    """The experiment of this key.

    Raises:
        ExperimentError: there is none.
    """
    found = Experiment.objects.filter(key=key).first()
    if found is None:
        raise ExperimentError(say("there is no experiment {key}", key=key))
    return found


def find_arm(experiment: Experiment, name: str) -> Arm:
    """The arm of this name.

    Raises:
        ExperimentError: there is none.
    """
    found = experiment.arms.filter(name=name).first()
    if found is None:
        raise ExperimentError(say("{key} has no arm {name}", key=experiment.key, name=name))
    return found


def make_plan(
    *,
    key: str,
    title: str,
    currency: str,
    metric: str,
    window_days: int,
    matters: float,
    challengers: Iterable[tuple[str, str, int]],
    baseline: float | None = None,
    deviation: float | None = None,
    cap: int = 0,
    alpha: float = 0.05,
    power: float = 0.8,
    note: str = "",
    guards: Mapping[str, float] | None = None,
    on: date | None = None,
) -> Plan:
    """A plan against the strategy in force on the day ``on``, today where none is given.

    Challengers are (name, version, basis points).

    Raises:
        ExperimentError: an unknown metric, or a version that is none.
    """
    if metric not in Metric.values:
        raise ExperimentError(f"metric: {metric!r} is none of {', '.join(Metric.values)}")
    try:
        named = tuple(
            Challenger(name=name, strategy=find_version(said, name=_STRATEGY), share=share)
            for name, said, share in challengers
        )
    except UnknownVersionError as error:
        raise ExperimentError(reason_of(error)) from error
    plan = Plan(
        key=key,
        title=title,
        currency=currency,
        metric=Metric(metric),
        window_days=window_days,
        matters=matters,
        champion=published_strategy(on),
        challengers=named,
        baseline=baseline,
        deviation=deviation,
        cap=cap,
        alpha=alpha,
        power=power,
        note=note,
    )
    if guards is None:
        return plan
    return replace(plan, guards=dict(guards))
