"""Plan, start, stop and end experiments. Each function is one transaction and leaves evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from carrears.access.models import User
from carrears.evidence.services import record
from carrears.experiments.assignment import check_shares
from carrears.experiments.models import Arm, Conclusion, Experiment, Metric, State
from carrears.experiments.planning import sample_size
from carrears.experiments.trial import Trial
from carrears.strategy.adoption import adopt_version, worked_on
from carrears.strategy.drafts import DraftError
from carrears.strategy.models import Publication, StrategyVersion
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.services import strategy_in_force

# The guard rails that there are; each counts a debtor's first event after entry.
GUARDS = ("complaint", "block", "opt_out")
_TOLERATED = 1.25


class ExperimentError(ValueError):
    """What was asked cannot be done to this experiment; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenger:
    """A strategy that challenges, and its share of the debtors in basis points."""

    name: str
    strategy: StrategyVersion
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is fixed before an experiment begins; units as in ``models.Experiment``.

    ``baseline`` is the champion's cure rate as known before (for cure), ``deviation`` the
    standard deviation of what a debtor pays within the window (for recovery).
    """

    key: str
    title: str
    currency: str
    metric: Metric
    window_days: int
    matters: float
    champion: StrategyVersion
    challengers: tuple[Challenger, ...]
    baseline: float | None = None
    deviation: float | None = None
    cap: int = 0
    alpha: float = 0.05
    power: float = 0.8
    note: str = ""
    guards: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(GUARDS, _TOLERATED))

    def debtors(self) -> int:
        """How many debtors the plan needs in all arms together, looked at daily.

        Raises:
            ValueError: the plan's figures do not hold together.
        """
        champion = 10_000 - sum(each.share for each in self.challengers)
        needed = []
        for each in self.challengers:
            pair = each.share + champion
            size = sample_size(
                effect=self.matters,
                baseline=self.baseline if self.metric == Metric.CURE else None,
                deviation=self.deviation if self.metric == Metric.RECOVERY else None,
                cap=self.cap if self.metric == Metric.RECOVERY else 1.0,
                share=each.share / pair,
                alpha=self.alpha / len(self.challengers),
                power=self.power,
            )
            needed.append(-(-size.daily_looks * 10_000 // pair))
        return max(needed)


@transaction.atomic
def plan_experiment(plan: Plan, *, by: User | None, at: datetime) -> Experiment:
    """Keep a plan.

    Raises:
        ExperimentError: the plan's figures do not hold together, or its key is taken.
    """
    planned = planned_debtors(plan)
    try:
        with transaction.atomic():
            experiment = Experiment.objects.create(
                key=plan.key,
                title=plan.title,
                note=plan.note,
                currency=plan.currency,
                metric=plan.metric,
                window_days=plan.window_days,
                matters=plan.matters,
                baseline=plan.baseline,
                deviation=plan.deviation,
                cap=plan.cap if plan.metric == Metric.RECOVERY else 1,
                alpha=plan.alpha,
                power=plan.power,
                planned_debtors=planned,
                guards=dict(plan.guards),
                planned_by=by,
            )
    except IntegrityError as error:
        told = say("there is an experiment {key} already", key=plan.key)
        raise ExperimentError(told) from error
    shares = _shares(plan)
    strategies = {"champion": plan.champion} | {e.name: e.strategy for e in plan.challengers}
    for name, share in shares.items():
        Arm.objects.create(
            experiment=experiment,
            name=name,
            strategy=strategies[name],
            share=share,
            is_champion=name == "champion",
        )
    _tell(experiment, "planned", by=by, at=at, more=_plan_facts(experiment))
    return experiment


def planned_debtors(plan: Plan) -> int:
    """How many debtors a plan needs, looked at daily; nothing is kept.

    Raises:
        ExperimentError: the plan's figures do not hold together.
    """
    _check(plan)
    try:
        return plan.debtors()
    except ValueError as error:
        raise ExperimentError(reason_of(error)) from error


def _check(plan: Plan) -> None:
    if not plan.challengers:
        raise ExperimentError("an experiment needs a challenger")
    names = [each.name for each in plan.challengers]
    if len({"champion", *names}) <= len(names):
        raise ExperimentError("each challenger needs a name of its own, other than champion")
    if plan.window_days <= 0:
        raise ExperimentError("the window must be a day or longer")
    if plan.matters <= 0:
        raise ExperimentError("the difference that matters must be above 0")
    if unknown := set(plan.guards) - set(GUARDS):
        raise ExperimentError(say("there is no guard rail {name}", name=min(unknown)))
    if any(times < 1 for times in plan.guards.values()):
        raise ExperimentError("a challenger is always allowed the champion's own risk")
    try:
        check_shares(_shares(plan))
    except ValueError as error:
        raise ExperimentError(reason_of(error)) from error


def _shares(plan: Plan) -> dict[str, int]:
    challenging = {each.name: each.share for each in plan.challengers}
    return {"champion": 10_000 - sum(challenging.values())} | challenging


@transaction.atomic
def start_experiment(experiment: Experiment, *, on: date, by: User | None, at: datetime) -> None:
    """Let the arms decide from ``on``.

    Raises:
        ExperimentError: it is not planned, another is running, the champion is no longer in
            force, or ``by`` worked on a challenger that nobody else has approved yet.
    """
    locked = _lock(experiment)
    if locked.state != State.PLANNED:
        raise ExperimentError(_standing(locked, State.PLANNED))
    if running := Experiment.objects.filter(state=State.RUNNING).first():
        told = say("{key} is running; two cannot decide one debtor", key=running.key)
        raise ExperimentError(told)
    _check_challengers(locked, on=on, by=by)
    locked.state, locked.started_on = State.RUNNING, on
    locked.save(update_fields=["state", "started_on"])
    _tell(locked, "started", by=by, at=at, more={"on": on.isoformat()})


@transaction.atomic
def stop_experiment(
    experiment: Experiment, *, on: date, reason: str, by: User | None, at: datetime
) -> None:
    """Stop a running experiment: the published strategy decides everybody again.

    Raises:
        ExperimentError: it is not running, or no reason is given.
    """
    locked = _lock(experiment)
    if locked.state != State.RUNNING:
        raise ExperimentError(_standing(locked, State.RUNNING))
    if not reason.strip():
        raise ExperimentError("stopping needs a reason")
    locked.state, locked.stopped_on, locked.stop_reason = State.STOPPED, on, reason.strip()
    locked.save(update_fields=["state", "stopped_on", "stop_reason"])
    _tell(locked, "stopped", by=by, at=at, more={"on": on.isoformat(), "reason": reason.strip()})


@transaction.atomic
def drop_experiment(experiment: Experiment, *, by: User | None, at: datetime) -> None:
    """Give a plan up before it began.

    Raises:
        ExperimentError: it is not planned.
    """
    locked = _lock(experiment)
    if locked.state != State.PLANNED:
        raise ExperimentError(_standing(locked, State.PLANNED))
    locked.state = State.DROPPED
    locked.save(update_fields=["state"])
    _tell(locked, "dropped", by=by, at=at)


@transaction.atomic
def stop_arm(arm: Arm, *, on: date, reason: str, by: User | None, at: datetime) -> None:
    """Stop one challenger: the champion's strategy decides its debtors from now on.

    The last challenger's stop stops the experiment.

    Raises:
        ExperimentError: the champion, a stopped arm, or an experiment that is not running.
    """
    experiment = _lock(arm.experiment)
    arm = Arm.objects.select_for_update().get(pk=arm.pk)
    if experiment.state != State.RUNNING or arm.stopped_on is not None:
        raise ExperimentError(say("{arm} is not running", arm=arm.name))
    if arm.is_champion:
        raise ExperimentError("the champion cannot be stopped; stop the experiment")
    if not reason.strip():
        raise ExperimentError("stopping needs a reason")
    arm.stopped_on, arm.stop_reason = on, reason.strip()
    arm.save(update_fields=["stopped_on", "stop_reason"])
    more = {"arm": arm.name, "on": on.isoformat(), "reason": reason.strip()}
    _tell(experiment, f"arm_stopped:{arm.name}", by=by, at=at, more=more)
    if not experiment.arms.filter(is_champion=False, stopped_on=None).exists():
        stop_experiment(experiment, on=on, reason=reason, by=by, at=at)


@transaction.atomic
def conclude(experiment: Experiment, *, winner: Arm, by: User, at: datetime) -> Conclusion:
    """End a stopped experiment: keep the champion at once, or propose a challenger.

    Raises:
        ExperimentError: it is not stopped, has ended, or the arm is another's.
    """
    locked = _lock(experiment)
    if locked.state != State.STOPPED or locked.conclusion:
        raise ExperimentError(say("{key} is not waiting for a conclusion", key=locked.key))
    if winner.experiment_id != locked.pk:
        raise ExperimentError("this arm is of another experiment")
    locked.conclusion = Conclusion.KEPT if winner.is_champion else Conclusion.PROPOSED
    locked.winner, locked.proposed_by = winner, by
    locked.save(update_fields=["conclusion", "winner", "proposed_by"])
    _tell(locked, f"{locked.conclusion}:{at.isoformat()}", by=by, at=at, more={"arm": winner.name})
    return Conclusion(locked.conclusion)


@transaction.atomic
def confirm_adoption(
    experiment: Experiment,
    *,
    effective_on: date,
    reason: str,
    by: User,
    at: datetime,
    not_before: date,
) -> Publication:
    """A second person confirms the proposed challenger, which is published by it.

    ``not_before`` is the first day that no day run has decided yet.

    Raises:
        ExperimentError: nothing is proposed, or the strategy's rules refuse it: the same person,
            somebody who worked on it, no reason, a day that is decided already.
    """
    locked = _lock(experiment)
    winner, proposer = locked.winner, locked.proposed_by
    if locked.conclusion != Conclusion.PROPOSED or winner is None or proposer is None:
        raise ExperimentError(say("{key} has no proposal to confirm", key=locked.key))
    try:
        publication = adopt_version(
            winner.strategy,
            effective_on=effective_on,
            proposed_by=proposer,
            approved_by=by,
            reason=reason,
            at=at,
            not_before=not_before,
        )
    except DraftError as error:
        raise ExperimentError(reason_of(error)) from error
    locked.conclusion = Conclusion.ADOPTED
    locked.save(update_fields=["conclusion"])
    more = {"arm": winner.name, "on": effective_on.isoformat(), "reason": reason.strip()}
    _tell(locked, "adopted", by=by, at=at, more=more)
    return publication


@transaction.atomic
def reject_adoption(experiment: Experiment, *, reason: str, by: User, at: datetime) -> None:
    """A second person refuses the proposed challenger; the experiment waits for another end.

    Raises:
        ExperimentError: nothing is proposed, or no reason is given.
    """
    locked = _lock(experiment)
    if locked.conclusion != Conclusion.PROPOSED or locked.winner is None:
        raise ExperimentError(say("{key} has no proposal to confirm", key=locked.key))
    if not reason.strip():
        raise ExperimentError("refusing needs a reason")
    more = {"arm": locked.winner.name, "reason": reason.strip()}
    locked.conclusion, locked.winner, locked.proposed_by = Conclusion.NONE, None, None
    locked.save(update_fields=["conclusion", "winner", "proposed_by"])
    _tell(locked, f"rejected:{at.isoformat()}", by=by, at=at, more=more)


def running_trial(*, on: date | None = None) -> Trial | None:
    """The running experiment, as the day and events need it.

    None on a day ``on`` before its first: what that day decided stays.
    """
    experiment = Experiment.objects.filter(state=State.RUNNING).first()
    if experiment is None or (on and experiment.started_on and on < experiment.started_on):
        return None
    arms = list(experiment.arms.all())
    champion = next(arm for arm in arms if arm.is_champion)
    return Trial(
        id=experiment.pk,
        key=experiment.key,
        currency=experiment.currency,
        shares={arm.name: arm.share for arm in arms},
        strategies={arm.name: (champion if arm.stopped_on else arm).strategy_id for arm in arms},
    )


def _lock(experiment: Experiment) -> Experiment:
    return Experiment.objects.select_for_update().get(pk=experiment.pk)


def _standing(experiment: Experiment, wanted: State) -> str:
    return say(
        "the experiment is {state}, not {wanted}", state=experiment.state, wanted=wanted.value
    )


def _check_challengers(experiment: Experiment, *, on: date, by: User | None) -> None:
    """A start is the approval of what nobody has approved yet, so a second person gives it."""
    for arm in experiment.arms.select_related("strategy"):
        if arm.is_champion:
            if strategy_in_force(arm.strategy.name, on=on) != arm.strategy:
                raise ExperimentError("the champion is no longer in force; plan it anew")
        elif by is not None and worked_on(arm.strategy, by=by):
            raise ExperimentError(
                say("whoever worked on {arm} cannot start it; a second person must", arm=arm.name)
            )


def _plan_facts(experiment: Experiment) -> dict[str, Any]:
    return {
        "metric": experiment.metric,
        "window_days": experiment.window_days,
        "matters": str(experiment.matters),
        "alpha": str(experiment.alpha),
        "planned_debtors": experiment.planned_debtors,
        "guards": {name: str(times) for name, times in experiment.guards.items()},
        "arms": [
            {"arm": arm.name, "share": arm.share, "strategy": arm.strategy.version}
            for arm in experiment.arms.select_related("strategy")
        ],
    }


def _tell(
    experiment: Experiment,
    what: str,
    *,
    by: User | None,
    at: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    record(
        f"experiment.{what.partition(':')[0]}",
        subject=experiment.key,
        payload={"experiment": experiment.key, **(more or {})},
        actor=by.get_username() if by else "",
        key=f"experiment:{experiment.pk}:{what}",
        occurred_at=at,
    )
