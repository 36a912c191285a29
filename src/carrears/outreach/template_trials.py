"""Which version of a template a debtor's message says while an experiment with its words runs.

By the tone and the offer that were decided a template or one of its variants is said
(``template_choice``); of that the words of the debtor's arm. Only what the strategy sends takes
part: whoever writes himself sees what he sends. The arm follows from the debtor, so that all
messages of a person say the same words; the attempt keeps arm and choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from carrears.access.models import User
from carrears.casework.models import Case, PlannedAction
from carrears.clock import local_day
from carrears.experiments.enrolment import note_exposed
from carrears.experiments.models import Arm, State
from carrears.experiments.services import running_words, stop_arm, stop_experiment
from carrears.experiments.trial import InTrial, WordsTrial, debtor_of
from carrears.outreach.cadences import language_of_step
from carrears.outreach.messages import Wanted
from carrears.outreach.template_book import (
    Found,
    as_template,
    house_in_force,
)
from carrears.outreach.template_choice import Choice, Manner, choose_template
from carrears.outreach.template_models import TemplateState, TemplateVersion
from carrears.outreach.templates import Template, TemplateError
from carrears.portfolio.products import load_products
from carrears.strategy.kept_cadences import KeptCadences
from carrears.strategy.models import StrategyVersion


class Chosen(NamedTuple):
    """What is said, by which arm of an experiment, and why it and no variant of it."""

    found: Found
    trial: InTrial | None
    choice: Choice | None


def words_of_actions(
    actions: Sequence[PlannedAction], kept: KeptCadences, *, on: date
) -> dict[int, Chosen]:
    """What each action says on a day, by its id (``words_of``), in the language of its step."""
    asked = [(one.case, one.template, language_of_step(one, kept)) for one in actions]
    return {one.pk: said for one, said in zip(actions, words_of(asked, on=on), strict=True)}


def words_of(asked: Sequence[tuple[Case, str, str]], *, on: date) -> list[Chosen]:
    """What the strategy says on a day to the debtors of these cases, in their order.

    Asked is by which template, and in which language (empty: the debtor's own). By the tone and the
    offer that were decided for the case the template or one of its variants is said
    (``template_choice``); of that the words of the debtor's arm, else what is in force.

    An experiment holds only while one of its versions is in force: what was approved since
    goes before it. An arm whose version was withdrawn says what is in force.
    """
    found = house_in_force(key for _, key, _ in asked) if asked else {}
    manners = _manners(asked)
    chosen = [_choose(manner, found) for manner in manners]
    keys = {one.template.key: found[one.template.key] for one in chosen if isinstance(one, Choice)}
    trials = {
        key: trial
        for key, trial in running_words(keys, on=on).items()
        if _is_tried(found[key], trial)
    }
    words = _approved(trials.values())
    return [
        _chosen(case, one, trials, words) for (case, *_), one in zip(asked, chosen, strict=True)
    ]


def _choose(manner: Manner, found: Mapping[str, Found]) -> Choice | TemplateError:
    try:
        return choose_template(manner, found)
    except TemplateError as error:
        return error


def _manners(asked: Sequence[tuple[Case, str, str]]) -> list[Manner]:
    """How the strategy wants these debtors spoken to; its documents are long, and not read."""
    deciding = {case.strategy_id for case, *_ in asked if case.strategy_id is not None}
    rows = StrategyVersion.objects.filter(pk__in=deciding)
    versions = dict(rows.values_list("pk", "version"))
    products = load_products(Path(settings.CARREARS_HOME))
    return [
        _manner(
            case, key, language=language or products[case.product].locale,
            is_asked=bool(language), strategy=versions.get(case.strategy_id or 0, ""),
        )
        for case, key, language in asked
    ]  # fmt: skip


def _manner(case: Case, key: str, *, language: str, is_asked: bool, strategy: str) -> Manner:
    decision, own = case.decision, case.party.language if case.party else ""
    return Manner(
        named=key,
        tone=str(decision.get("tone") or ""),
        offer=str(decision.get("offer") or ""),
        stage=case.stage,
        language=language if is_asked else own or language,
        rule=str(decision.get("rule_id") or ""),
        strategy=strategy[:12],
    )


def _is_tried(found: Found, trial: WordsTrial) -> bool:
    return isinstance(found, Template) and found.version in trial.words.values()


def _approved(trials: Iterable[WordsTrial]) -> dict[str, Template]:
    versions = {version for trial in trials for version in trial.words.values()}
    if not versions:
        return {}
    rows = TemplateVersion.objects.filter(version__in=versions, state=TemplateState.APPROVED)
    return {row.version: as_template(row) for row in rows}


def _chosen(
    case: Case,
    choice: Choice | TemplateError,
    trials: Mapping[str, WordsTrial],
    words: Mapping[str, Template],
) -> Chosen:
    if isinstance(choice, TemplateError):
        return Chosen(choice, None, None)
    trial = trials.get(choice.template.key)
    if trial is None:
        return Chosen(choice.template, None, choice)
    debtor = debtor_of(obligor_no=case.loan.get("obligor_no"), loan_no=case.loan_no)
    arm = trial.arm_of(
        obligor_no=case.loan.get("obligor_no"), loan_no=case.loan_no, currency=case.currency
    )
    if arm is None or trial.words[arm] not in words:
        return Chosen(choice.template, None, choice)
    said = words[trial.words[arm]]
    return Chosen(said, InTrial(trial.id, trial.arms[arm], debtor), replace(choice, template=said))


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
