"""Plan, start and stop experiments. Each function is one transaction and leaves evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from carrears.access.models import User
from carrears.evidence.services import record
from carrears.experiments.assignment import check_shares
from carrears.experiments.models import OF_WORDS, Arm, Experiment, Metric, State
from carrears.experiments.planning import sample_size
from carrears.experiments.trial import Trial, WordsTrial
from carrears.parties.words import commit_words
from carrears.strategy.adoption import worked_on
from carrears.strategy.models import StrategyVersion
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.services import strategy_in_force

# The guard rails that there are; each counts a debtor's first event after entry.
GUARDS = ("complaint", "block", "opt_out")
_TOLERATED = 1.25


class ExperimentError(ValueError):
    """What was asked cannot be done to this experiment; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenger:
    """A strategy, or words, that challenge, and the share of the debtors in basis points."""

    name: str
    share: int
    strategy: StrategyVersion | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is fixed before an experiment begins; units as in ``models.Experiment``.

    ``baseline`` is the champion's rate as known before (for all but recovery), ``deviation`` the
    standard deviation of what a debtor pays within the window (for recovery). With a ``template``
    its versions challenge each other, by the SHA-256 of their words.
    """

    key: str
    title: str
    currency: str
    metric: Metric
    window_days: int
    matters: float
    challengers: tuple[Challenger, ...]
    champion: StrategyVersion | None = None
    template: str = ""
    champion_words: str = ""
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
                baseline=None if self.metric == Metric.RECOVERY else self.baseline,
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
                template=plan.template,
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
    for each in (_champion(plan), *plan.challengers):
        Arm.objects.create(
            experiment=experiment,
            name=each.name,
            strategy=each.strategy,
            words=each.words,
            share=each.share,
            is_champion=each.name == "champion",
        )
    tell_experiment(experiment, "planned", by=by, at=at, more=_plan_facts(experiment))
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
    _check_arms(plan)


def _check_arms(plan: Plan) -> None:
    arms = (_champion(plan), *plan.challengers)
    tried = [each.words if plan.template else each.strategy for each in arms]
    if not all(tried):
        raise ExperimentError("each arm needs a version")
    if len(set(tried)) < len(tried) and plan.template:
        raise ExperimentError("each arm needs words of its own")
    if plan.metric in OF_WORDS and not plan.template:
        raise ExperimentError("strategies are compared by cure or recovery")
    try:
        check_shares({each.name: each.share for each in arms})
    except ValueError as error:
        raise ExperimentError(reason_of(error)) from error


def _champion(plan: Plan) -> Challenger:
    """What is in force, with what the challengers leave it."""
    return Challenger(
        name="champion",
        share=10_000 - sum(each.share for each in plan.challengers),
        strategy=plan.champion,
        words=plan.champion_words,
    )


@transaction.atomic
def start_experiment(experiment: Experiment, *, on: date, by: User | None, at: datetime) -> None:
    """Let the arms decide from ``on``.

    Raises:
        ExperimentError: it is not planned, another is running, the champion is no longer in
            force, or ``by`` worked on a challenger that nobody else has approved yet.
    """
    locked = lock_experiment(experiment)
    if locked.state != State.PLANNED:
        raise ExperimentError(_standing(locked, State.PLANNED))
    same = Experiment.objects.filter(state=State.RUNNING, template=locked.template)
    if running := same.first():
        told = say("{key} is running; two cannot decide one debtor", key=running.key)
        raise ExperimentError(told)
    _check_challengers(locked, on=on, by=by)
    locked.state, locked.started_on = State.RUNNING, on
    locked.save(update_fields=["state", "started_on"])
    tell_experiment(locked, "started", by=by, at=at, more={"on": on.isoformat()})


@transaction.atomic
def stop_experiment(
    experiment: Experiment, *, on: date, reason: str, by: User | None, at: datetime
) -> None:
    """Stop a running experiment: the published strategy decides everybody again.

    Raises:
        ExperimentError: it is not running, or no reason is given.
    """
    locked = lock_experiment(experiment)
    if locked.state != State.RUNNING:
        raise ExperimentError(_standing(locked, State.RUNNING))
    if not reason.strip():
        raise ExperimentError("stopping needs a reason")
    locked.state, locked.stopped_on, locked.stop_reason = State.STOPPED, on, reason.strip()
    locked.save(update_fields=["state", "stopped_on", "stop_reason"])
    tell_experiment(
        locked, "stopped", by=by, at=at, more={"on": on.isoformat(), "reason": reason.strip()}
    )


@transaction.atomic
def drop_experiment(experiment: Experiment, *, by: User | None, at: datetime) -> None:
    """Give a plan up before it began.

    Raises:
        ExperimentError: it is not planned.
    """
    locked = lock_experiment(experiment)
    if locked.state != State.PLANNED:
        raise ExperimentError(_standing(locked, State.PLANNED))
    locked.state = State.DROPPED
    locked.save(update_fields=["state"])
    tell_experiment(locked, "dropped", by=by, at=at)


@transaction.atomic
def stop_arm(arm: Arm, *, on: date, reason: str, by: User | None, at: datetime) -> None:
    """Stop one challenger: the champion's strategy decides its debtors from now on.

    The last challenger's stop stops the experiment.

    Raises:
        ExperimentError: the champion, a stopped arm, or an experiment that is not running.
    """
    experiment = lock_experiment(arm.experiment)
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
    tell_experiment(experiment, f"arm_stopped:{arm.name}", by=by, at=at, more=more)
    if not experiment.arms.filter(is_champion=False, stopped_on=None).exists():
        stop_experiment(experiment, on=on, reason=reason, by=by, at=at)


def running_trial(*, on: date | None = None) -> Trial | None:
    """The running experiment with strategies, as the day and events need it.

    None on a day ``on`` before its first: what that day decided stays.
    """
    experiment = Experiment.objects.filter(state=State.RUNNING, template="").first()
    if experiment is None or (on and experiment.started_on and on < experiment.started_on):
        return None
    arms = list(experiment.arms.all())
    champion = next(arm for arm in arms if arm.is_champion)
    return Trial(
        id=experiment.pk,
        key=experiment.key,
        currency=experiment.currency,
        shares={arm.name: arm.share for arm in arms},
        strategies={
            arm.name: number
            for arm in arms
            if (number := (champion if arm.stopped_on else arm).strategy_id) is not None
        },
    )


def running_words(templates: Iterable[str], *, on: date) -> dict[str, WordsTrial]:
    """The running experiments with words, by template; none on a day before its first."""
    running = Experiment.objects.filter(
        state=State.RUNNING, template__in={*templates} - {""}, started_on__lte=on
    )
    found = {}
    for experiment in running.prefetch_related("arms"):
        arms = list(experiment.arms.all())
        champion = next(arm for arm in arms if arm.is_champion)
        found[experiment.template] = WordsTrial(
            id=experiment.pk,
            key=experiment.key,
            currency=experiment.currency,
            shares={arm.name: arm.share for arm in arms},
            arms={arm.name: arm.pk for arm in arms},
            words={arm.name: (champion if arm.stopped_on else arm).words for arm in arms},
        )
    return found


def lock_experiment(experiment: Experiment) -> Experiment:
    """The experiment, its row held until the transaction ends."""
    return Experiment.objects.select_for_update().get(pk=experiment.pk)


def _standing(experiment: Experiment, wanted: State) -> str:
    return say(
        "the experiment is {state}, not {wanted}", state=experiment.state, wanted=wanted.value
    )


def _check_challengers(experiment: Experiment, *, on: date, by: User | None) -> None:
    """A start is the approval of what nobody has approved yet, so a second person gives it."""
    for arm in experiment.arms.select_related("strategy"):
        if arm.strategy is None:
            continue  # words are approved before
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
        **({"template": experiment.template} if experiment.template else {}),
        "window_days": experiment.window_days,
        "matters": str(experiment.matters),
        "alpha": str(experiment.alpha),
        "planned_debtors": experiment.planned_debtors,
        "guards": {name: str(times) for name, times in experiment.guards.items()},
        "arms": [
            {
                "arm": arm.name,
                "share": arm.share,
                "words" if experiment.template else "strategy": arm.version,
            }
            for arm in experiment.arms.select_related("strategy")
        ],
    }


def tell_experiment(
    experiment: Experiment,
    what: str,
    *,
    by: User | None,
    at: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Leave evidence of a step; ``what`` is its kind, and after a colon what tells it apart.

    Of the ``reason`` among what ``more`` tells, it has a commitment.
    """
    key = f"experiment:{experiment.pk}:{what}"
    told = dict(more or {})
    said = {"reason": told.pop("reason")} if "reason" in told else {}
    record(
        f"experiment.{what.partition(':')[0]}",
        subject=experiment.key,
        payload={"experiment": experiment.key, **told, **commit_words(key, said, party=None)},
        actor=by.get_username() if by else "",
        key=key,
        occurred_at=at,
    )
