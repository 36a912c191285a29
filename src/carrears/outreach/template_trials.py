"""Which version of a template a debtor's message says while an experiment with its words runs.

Only what the strategy sends takes part: whoever writes himself sees what he sends. The arm follows
from the debtor, so that all messages of a person say the same words; the attempt keeps the arm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.conf import settings

from carrears.access.models import User
from carrears.casework.models import Case, PlannedAction
from carrears.clock import local_day
from carrears.experiments.enrolment import note_exposed
from carrears.experiments.models import Arm, State
from carrears.experiments.services import running_words, stop_arm, stop_experiment
from carrears.experiments.trial import InTrial, WordsTrial, debtor_of
from carrears.outreach.messages import Wanted
from carrears.outreach.template_book import Found, as_template, templates_in_force
from carrears.outreach.template_models import TemplateState, TemplateVersion
from carrears.outreach.templates import Template

Chosen = tuple[Found, InTrial | None]


def words_of_actions(actions: Sequence[PlannedAction], *, on: date) -> dict[int, Chosen]:
    """What each action says on a day, by its id: its arm's words, else what is in force.

    An experiment holds only while one of its versions is in force: what was approved since
    goes before it. An arm whose version was withdrawn says what is in force.
    """
    found = templates_in_force(action.template for action in actions)
    trials = {
        key: trial
        for key, trial in running_words(found, on=on).items()
        if _is_tried(found[key], trial)
    }
    words = _approved(trials.values())
    return {
        action.pk: _chosen(action.case, found[action.template], trials.get(action.template), words)
        for action in actions
    }


def _is_tried(found: Found, trial: WordsTrial) -> bool:
    return isinstance(found, Template) and found.version in trial.words.values()


def _approved(trials: Iterable[WordsTrial]) -> dict[str, Template]:
    versions = {version for trial in trials for version in trial.words.values()}
    if not versions:
        return {}
    rows = TemplateVersion.objects.filter(version__in=versions, state=TemplateState.APPROVED)
    return {row.version: as_template(row) for row in rows}


def _chosen(
    case: Case, found: Found, trial: WordsTrial | None, words: Mapping[str, Template]
) -> Chosen:
    if trial is None:
        return found, None
    debtor = debtor_of(obligor_no=case.loan.get("obligor_no"), loan_no=case.loan_no)
    arm = trial.arm_of(
        obligor_no=case.loan.get("obligor_no"), loan_no=case.loan_no, currency=case.currency
    )
    if arm is None or trial.words[arm] not in words:
        return found, None
    return words[trial.words[arm]], InTrial(trial.id, trial.arms[arm], debtor)


def enter_exposed(wanted: Iterable[Wanted]) -> None:
    """Let the debtors of these messages take part. Part of the transaction that books them.

    Who was judged takes part whatever the verdict: what the gate stops in one arm counts there.
    """
    shown = [
        (one.trial.experiment, one.trial.arm, one.trial.debtor,
         local_day(one.at, settings.TIME_ZONE))
        for one in wanted
        if one.trial is not None
    ]  # fmt: skip
    if shown:
        note_exposed(shown)


def stop_words(version: str, *, reason: str, on: date, by: User, at: datetime) -> None:
    """Stop the arms that say a version which was withdrawn; with the champion's all end."""
    running = Arm.objects.filter(words=version, stopped_on=None, experiment__state=State.RUNNING)
    for arm in running.select_related("experiment"):
        if arm.is_champion:
            stop_experiment(arm.experiment, on=on, reason=reason, by=by, at=at)
        else:
            stop_arm(arm, on=on, reason=reason, by=by, at=at)
