"""End experiments: conclude, and let a second person adopt or refuse the winner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from django.db import transaction

from carrears.access.models import User
from carrears.experiments.models import Arm, Conclusion, Experiment, State
from carrears.experiments.services import ExperimentError, lock_experiment, tell_experiment
from carrears.strategy.adoption import adopt_version
from carrears.strategy.drafts import DraftError
from carrears.strategy.models import Publication
from carrears.strategy.reasons import reason_of, say

_T = TypeVar("_T")


@transaction.atomic
def conclude(experiment: Experiment, *, winner: Arm, by: User, at: datetime) -> Conclusion:
    """End a stopped experiment: keep the champion at once, or propose a challenger.

    Raises:
        ExperimentError: it is not stopped, has ended, or the arm is another's.
    """
    locked = lock_experiment(experiment)
    if locked.state != State.STOPPED or locked.conclusion:
        raise ExperimentError(say("{key} is not waiting for a conclusion", key=locked.key))
    if winner.experiment_id != locked.pk:
        raise ExperimentError("this arm is of another experiment")
    locked.conclusion = Conclusion.KEPT if winner.is_champion else Conclusion.PROPOSED
    locked.winner, locked.proposed_by = winner, by
    locked.save(update_fields=["conclusion", "winner", "proposed_by"])
    tell_experiment(
        locked, f"{locked.conclusion}:{at.isoformat()}", by=by, at=at, more={"arm": winner.name}
    )
    return Conclusion(locked.conclusion)


def confirm_adoption(
    experiment: Experiment,
    *,
    effective_on: date,
    reason: str,
    by: User,
    at: datetime,
    not_before: date,
) -> Publication:
    """A second person confirms the proposed strategy, which is published by it.

    ``not_before`` is the first day that no day run has decided yet.

    Raises:
        ExperimentError: nothing is proposed, or the strategy's rules refuse it: the same person,
            somebody who worked on it, no reason, a day that is decided already.
    """

    def publish(winner: Arm, proposer: User) -> Publication:
        if winner.strategy is None:
            raise ExperimentError(say("{key} is about words", key=experiment.key))
        try:
            return adopt_version(
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

    return confirm_by(experiment, publish, on=effective_on, reason=reason, by=by, at=at)


@transaction.atomic
def confirm_by(
    experiment: Experiment,
    publish: Callable[[Arm, User], _T],
    *,
    on: date,
    reason: str,
    by: User,
    at: datetime,
) -> _T:
    """Adopt the proposed challenger: ``publish`` is given it and who proposed it.

    Raises:
        ExperimentError: nothing is proposed.
    """
    locked = lock_experiment(experiment)
    winner, proposer = locked.winner, locked.proposed_by
    if locked.conclusion != Conclusion.PROPOSED or winner is None or proposer is None:
        raise ExperimentError(say("{key} has no proposal to confirm", key=locked.key))
    published = publish(winner, proposer)
    locked.conclusion = Conclusion.ADOPTED
    locked.save(update_fields=["conclusion"])
    more = {"arm": winner.name, "on": on.isoformat(), "reason": reason.strip()}
    tell_experiment(locked, "adopted", by=by, at=at, more=more)
    return published


@transaction.atomic
def reject_adoption(experiment: Experiment, *, reason: str, by: User, at: datetime) -> None:
    """A second person refuses the proposed challenger; the experiment waits for another end.

    Raises:
        ExperimentError: nothing is proposed, or no reason is given.
    """
    locked = lock_experiment(experiment)
    if locked.conclusion != Conclusion.PROPOSED or locked.winner is None:
        raise ExperimentError(say("{key} has no proposal to confirm", key=locked.key))
    if not reason.strip():
        raise ExperimentError("refusing needs a reason")
    more = {"arm": locked.winner.name, "reason": reason.strip()}
    locked.conclusion, locked.winner, locked.proposed_by = Conclusion.NONE, None, None
    locked.save(update_fields=["conclusion", "winner", "proposed_by"])
    tell_experiment(locked, f"rejected:{at.isoformat()}", by=by, at=at, more=more)
