"""What is known of each challenger at the end of a day, and which guard rails trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carrears.experiments.harm import harm_evidence
from carrears.experiments.models import OF_WORDS, Arm, Enrolment, Experiment, Figure, Metric
from carrears.experiments.recommendation import Advice, recommend
from carrears.experiments.sequences import Sequence as Interval
from carrears.experiments.sequences import confidence_sequence, mean_sequence
from carrears.experiments.services import stop_arm

_SHOWN_ON = {
    Metric.DELIVERED: "delivered_on",
    Metric.REPLIED: "replied_on",
    Metric.PROMISED: "promised_on",
}
_DAY_OF = {"complaint": "complained_on", "block": "blocked_on", "opt_out": "opted_out_on"}


def update_figures(experiment: Experiment, *, as_of: date, at: datetime) -> list[Figure]:
    """Keep the day's figures of every running challenger, and stop those that do harm.

    The same day again keeps the same figures. ``values`` of a figure:

    - ``entered``: debtors by ``champion`` and ``challenger``; ``known``: those whose outcome is
    - ``cure`` and ``recovery``: ``champion``, ``challenger`` and ``difference``, each with
      ``estimate``, ``lower``, ``upper`` (recovery in minor units a debtor)
    - of an experiment with words the same for ``delivered``, ``replied``, ``promised``, ``paid``
    - ``guards``: by name ``champion`` and ``challenger`` events, ``evidence``, ``limit``, ``trips``
    """
    arms = list(experiment.arms.all())
    champion = next(arm for arm in arms if arm.is_champion)
    running = [arm for arm in arms if not arm.is_champion and arm.stopped_on is None]
    challengers = len(arms) - 1
    kept = []
    for arm in running:
        values = measure(experiment, champion, arm, as_of=as_of, challengers=challengers)
        tripped = [name for name, guard in values["guards"].items() if guard["trips"]]
        main = values[experiment.metric]["difference"]
        advice = recommend(
            lower=main["lower"],
            upper=main["upper"],
            matters=experiment.matters,
            harmed=bool(tripped),
        )
        figure, _ = Figure.objects.update_or_create(
            arm=arm, as_of=as_of, defaults={"advice": advice, "values": values}
        )
        kept.append(figure)
        if advice == Advice.STOP_FOR_HARM:
            reason = f"guard rail: {', '.join(tripped)}"
            stop_arm(arm, on=as_of, reason=reason, by=None, at=at)
    return kept


def measure(
    experiment: Experiment, champion: Arm, challenger: Arm, *, as_of: date, challengers: int
) -> dict[str, Any]:
    """The figures of one challenger beside the champion; see ``update_figures``."""
    rows = list(
        Enrolment.objects.filter(arm__in=[champion, challenger], entered_on__lte=as_of)
        .order_by("known_on", "debtor")
        .values(
            "arm_id",
            "entered_on",
            "known_on",
            "cured",
            "recovered",
            *_SHOWN_ON.values(),
            *_DAY_OF.values(),
        )
    )
    known = [row for row in rows if row["known_on"] is not None and row["known_on"] <= as_of]
    arm = np.array([row["arm_id"] == challenger.pk for row in known], bool)
    alpha = experiment.alpha / challengers
    share = challenger.share / (challenger.share + champion.share)
    planned = experiment.planned_debtors * (challenger.share + champion.share) // 10_000
    how: dict[str, Any] = {"share": share, "alpha": alpha, "planned": planned}
    cure = np.array([row["cured"] for row in known], np.float64)
    figures: dict[str, Any] = {
        "entered": _by_arm([row["arm_id"] == challenger.pk for row in rows]),
        "known": _by_arm(arm.tolist()),
        "cure": _compare(cure, arm, cap=1.0, **how),
    }
    for metric in OF_WORDS if experiment.template else ():
        seen = [_is_seen(metric, row, days=experiment.window_days) for row in known]
        figures[metric.value] = _compare(np.array(seen, np.float64), arm, cap=1.0, **how)
    if experiment.metric == Metric.RECOVERY:
        cap = float(experiment.cap)
        paid = np.array([min(max(row["recovered"], 0), experiment.cap) for row in known], float)
        figures["recovery"] = _compare(paid, arm, cap=cap, deviation=experiment.deviation, **how)
    guards = len(experiment.guards) * challengers
    figures["guards"] = {
        name: _guard(
            rows,
            challenger.pk,
            day=_DAY_OF[name],
            first=experiment.started_on or as_of,
            as_of=as_of,
            tolerance=tolerance,
            limit=guards / experiment.alpha,
        )
        for name, tolerance in experiment.guards.items()
    }
    return figures


def _is_seen(metric: Metric, row: Mapping[str, Any], *, days: int) -> bool:
    """Whether it happened within the window of days after entry."""
    if metric == Metric.PAID:
        return bool(row["recovered"] > 0)
    day = row[_SHOWN_ON[metric]]
    return day is not None and (day - row["entered_on"]).days <= days


def _by_arm(in_challenger: Sequence[bool]) -> dict[str, int]:
    number = sum(in_challenger)
    return {"champion": len(in_challenger) - number, "challenger": number}


def _compare(
    outcomes: NDArray[np.float64],
    arm: NDArray[np.bool_],
    *,
    share: float,
    alpha: float,
    cap: float,
    planned: int,
    deviation: float | None = None,
) -> dict[str, dict[str, float]]:
    """Both arms' means and their difference, each with its always-valid interval."""
    how: dict[str, Any] = {"alpha": alpha, "cap": cap, "deviation": deviation}
    difference = confidence_sequence(
        outcomes, arm, share=share, planned=max(planned, 1), looks=[outcomes.size], **how
    )
    means = {}
    for name, mine, part in (("champion", ~arm, 1 - share), ("challenger", arm, share)):
        own = outcomes[mine]
        goal = max(round(planned * part), 1)
        means[name] = _last(mean_sequence(own, planned=goal, looks=[own.size], **how))
    return means | {"difference": _last(difference)}


def _last(interval: Interval) -> dict[str, float]:
    return {
        "estimate": float(interval.estimate[-1]),
        "lower": float(interval.lower[-1]),
        "upper": float(interval.upper[-1]),
    }


def _guard(
    rows: Sequence[Mapping[str, Any]],
    challenger: int,
    *,
    day: str,
    first: date,
    as_of: date,
    tolerance: float,
    limit: float,
) -> dict[str, Any]:
    days = (as_of - first).days + 1
    counts: dict[bool, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
    for mine in (False, True):
        own = [row for row in rows if (row["arm_id"] == challenger) is mine]
        entered = np.array([max((row["entered_on"] - first).days, 0) for row in own], np.int64)
        struck = np.array(
            [(row[day] - first).days for row in own if row[day] is not None and row[day] <= as_of],
            np.int64,
        )
        events = np.bincount(struck.clip(0, days - 1), minlength=days)
        begun = np.cumsum(np.bincount(entered, minlength=days))
        counts[mine] = events, begun - np.cumsum(events) + events
    evidence = harm_evidence(
        challenger_events=counts[True][0],
        champion_events=counts[False][0],
        challenger_at_risk=counts[True][1],
        champion_at_risk=counts[False][1],
        tolerance=tolerance,
    )
    return {
        "champion": int(counts[False][0].sum()),
        "challenger": int(counts[True][0].sum()),
        "evidence": float(evidence.max(initial=1.0)),
        "limit": limit,
        "trips": bool((evidence >= limit).any()),
    }
