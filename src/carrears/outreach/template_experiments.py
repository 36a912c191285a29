"""Experiments with the words of a template: plan, start, and adopt the winner.

Assignment, figures, guard rails and the end are those of experiments with strategies
(``experiments``). An arm holds an approved version, which the database keeps to
(``migrations/0021_template_arms``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from carrears.access.models import User
from carrears.experiments.asking import make_plan
from carrears.experiments.ending import confirm_by
from carrears.experiments.models import Arm, Experiment
from carrears.experiments.services import (
    Challenger,
    ExperimentError,
    Plan,
    plan_experiment,
    start_experiment,
)
from carrears.outreach.template_book import template_in_force, today
from carrears.outreach.template_models import TemplateState, TemplateVersion
from carrears.outreach.template_versions import (
    TemplateRefusal,
    approve_template,
    keep_file_in_force,
    open_template,
    propose_template,
    row_words,
)
from carrears.outreach.templates import Template, TemplateError
from carrears.strategy.reasons import say


def make_words_plan(
    *, template: str, challengers: Iterable[tuple[str, str, int]], **given: Any
) -> Plan:
    """A plan against the version in force today; ``given`` as ``make_plan`` takes it.

    Challengers are (name, version, basis points), a version being its number or the beginning of
    its SHA-256.

    Raises:
        ExperimentError: nothing is in force, or a version is none that is approved for the same
            channel and purpose.
    """
    champion = _in_force(template)
    named = tuple(
        Challenger(name=name, words=_find_words(said, champion).version, share=share)
        for name, said, share in challengers
    )
    plan = make_plan(challengers=(), **given)
    return replace(
        plan, champion=None, challengers=named, template=template, champion_words=champion.version
    )


def _in_force(key: str) -> Template:
    try:
        return template_in_force(key)
    except TemplateError as error:
        raise ExperimentError(str(error)) from error


def _find_words(said: str, champion: Template) -> TemplateVersion:
    rows = TemplateVersion.objects.filter(key=champion.key, state=TemplateState.APPROVED)
    by_number = said.isdecimal() and len(said) < 8  # noqa: PLR2004  a SHA-256 is said by 8 and more
    found = rows.filter(number=int(said)) if by_number else rows.filter(version__startswith=said)
    row = found.first()
    if row is None or not said:
        raise ExperimentError(
            say("{key} has no approved version {version}", key=champion.key, version=said)
        )
    if (row.channel, row.purpose) != (champion.channel, champion.purpose):
        raise ExperimentError(
            say("version {version} is for another channel or purpose", version=str(row.number))
        )
    return row


def plan_of(*, template: str = "", **given: Any) -> Plan:
    """A plan of words where a template is named, else of strategies.

    Raises:
        ExperimentError: as ``make_words_plan`` and ``make_plan``.
    """
    if template:
        return make_words_plan(template=template, **given)
    return make_plan(**given)


@transaction.atomic
def plan_any(plan: Plan, *, by: User | None, at: datetime) -> Experiment:
    """Keep a plan of ``plan_of``; a file of words that is in force becomes a version by it.

    Raises:
        ExperimentError: as ``plan_experiment``.
    """
    if plan.template:
        keep_file_in_force(plan.template, at=at)
    return plan_experiment(plan, by=by, at=at)


@transaction.atomic
def start_any(experiment: Experiment, *, on: date, by: User | None, at: datetime) -> None:
    """Start an experiment, whatever it tries.

    Raises:
        ExperimentError: as ``start_experiment``; or of words: the champion's are no longer in
            force, or a challenger's were withdrawn.
    """
    if experiment.template:
        for arm in experiment.arms.all():
            _check_words(experiment, arm)
    start_experiment(experiment, on=on, by=by, at=at)


def _check_words(experiment: Experiment, arm: Arm) -> None:
    if arm.is_champion:
        if _in_force(experiment.template).version != arm.words:
            raise ExperimentError("the champion is no longer in force; plan it anew")
        return
    if not TemplateVersion.objects.filter(version=arm.words, state=TemplateState.APPROVED).exists():
        raise ExperimentError(say("the words of {arm} were withdrawn; plan it anew", arm=arm.name))


def adopting(experiment: Experiment) -> str:
    """The permission of who confirms or refuses the proposed winner."""
    return "outreach.approve_template" if experiment.template else "strategy.approve_draft"


def confirm_words(
    experiment: Experiment, *, effective_on: date, reason: str, by: User, at: datetime
) -> TemplateVersion:
    """A second person confirms the proposed words: they become the template's newest version.

    Proposed by who proposed the end, approved by ``by``, sent from ``effective_on`` on; where they
    are in force already nothing changes.

    Raises:
        ExperimentError: nothing is proposed, it is the same person, a version of the template is in
            the making, or the rules do not let the words go any more.
    """

    def publish(winner: Arm, proposer: User) -> TemplateVersion:
        try:
            return _adopt(winner, proposer)
        except TemplateRefusal as error:
            raise ExperimentError(str(error)) from error

    def _adopt(winner: Arm, proposer: User) -> TemplateVersion:
        row = TemplateVersion.objects.get(version=winner.words)
        if by.pk in {proposer.pk, row.author_id}:
            raise ExperimentError("a second person, who did not write the words, must confirm")
        if not reason.strip():
            raise ExperimentError("adopting needs a reason")
        if _in_force(row.key).version == row.version:
            return row
        draft = open_template(row.key, words=row_words(row), by=proposer, at=at)
        told = f"{experiment.key}: {reason.strip()}"
        propose_template(
            draft.pk, effective_on=effective_on, reason=told, by=proposer, at=at,
            not_before=today(),
        )  # fmt: skip
        return approve_template(draft.pk, reason=told, by=by, at=at, not_before=today())

    return confirm_by(experiment, publish, on=effective_on, reason=reason, by=by, at=at)
