"""Experiments as the screens show them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.dayrun.decided import first_undecided_day
from carrears.dayrun.pace import Pace, pace_of, pace_of_words
from carrears.evidence.models import Entry
from carrears.experiments.models import Arm, Conclusion, Enrolment, Experiment, Figure, State
from carrears.outreach.models import TemplateState, TemplateVersion
from carrears.outreach.template_book import templates_in_force, today
from carrears.outreach.template_experiments import adopting
from carrears.outreach.templates import Template
from carrears.strategy.adoption import worked_on
from carrears.strategy.models import DraftState, StrategyVersion
from carrears.strategy.services import published_strategy
from carrears.workbench.queries.experiment_page import (
    advised_of,
    arm_rows,
    drawings_of,
    guard_rows,
    outcome_rows,
    share_text,
    size_of,
)
from carrears.workbench.queries.experiment_words import plan_facts, stop_reason
from carrears.workbench.view_models.experiments import ExperimentPage, ExperimentRow, LogRow, Steps

_NAME = "treatment"
_SHOWN = 100


def experiments_page() -> tuple[ExperimentRow, ...]:
    """All experiments, the newest first."""
    found = list(Experiment.objects.prefetch_related("arms")[:_SHOWN])
    entered = dict(
        Enrolment.objects.filter(experiment__in=found)
        .values_list("experiment")
        .annotate(Count("pk"))
    )
    newest = _newest(Arm.objects.filter(experiment__in=found))
    return tuple(
        ExperimentRow(
            key=each.key,
            title=each.title,
            state=each.state,
            conclusion=each.conclusion,
            arms=tuple((arm.name, share_text(arm.share)) for arm in each.arms.all()),
            since=each.started_on,
            entered=entered.get(each.pk, 0),
            planned=each.planned_debtors,
            advice=tuple(
                (arm.name, newest[arm.pk].advice if arm.pk in newest else "")
                for arm in each.arms.all()
                if not arm.is_champion and each.started_on
            ),
        )
        for each in found
    )


def experiment_page(experiment: Experiment, user: User) -> ExperimentPage:
    """How one experiment stands, and what this user may do."""
    arms = list(experiment.arms.select_related("strategy"))
    figures: dict[int, list[Figure]] = defaultdict(list)
    for figure in Figure.objects.filter(arm__in=arms):
        figures[figure.arm_id].append(figure)
    newest = {pk: rows[-1] for pk, rows in figures.items()}
    counts = _counts(experiment)
    entered = sum(row["entered"] for row in counts.values())
    known = sum(row["known"] for row in counts.values())
    return ExperimentPage(
        key=experiment.key,
        title=experiment.title,
        template=experiment.template,
        note=experiment.note,
        state=experiment.state,
        conclusion=experiment.conclusion,
        winner=experiment.winner.name if experiment.winner else "",
        started_on=experiment.started_on,
        stopped_on=experiment.stopped_on,
        stop_reason=stop_reason(experiment.stop_reason),
        advised=advised_of(experiment, arms, newest) if experiment.started_on else (),
        plan=plan_facts(experiment),
        size=size_of(
            experiment.planned_debtors,
            arms=[(arm.name, arm.share) for arm in arms],
            pace=pace_of_plan(experiment.template, experiment.currency),
            window_days=experiment.window_days,
            day=first_undecided_day(),
            template=experiment.template,
        ),
        arms=arm_rows(experiment, arms, newest, counts),
        drawings=drawings_of(experiment, arms, figures),
        outcomes=outcome_rows(experiment, arms, newest),
        guards=guard_rows(experiment, arms, newest),
        log=_log(experiment),
        steps=_steps(experiment, user),
        has_recovery=experiment.metric == "recovery",
        entered=entered,
        known=known,
        progress=min(100, round(100 * known / max(experiment.planned_debtors, 1))),
    )


def version_choices() -> list[tuple[str, str]]:
    """What may challenge: versions that were in force or submitted, but for the one in force."""
    versions = (
        StrategyVersion.objects.filter(name=_NAME)
        .filter(
            Q(publications__isnull=False)
            | Q(drafts__state__in=[DraftState.SUBMITTED, DraftState.PUBLISHED])
        )
        .exclude(pk=published_strategy(first_undecided_day()).pk)
        .distinct()
        .prefetch_related("drafts")[:_SHOWN]
    )
    return [(each.version, _version_text(each)) for each in versions]


def pace_of_plan(template: str, currency: str) -> Pace:
    """How soon this book brings debtors to an experiment with a template's words, or strategies."""
    return pace_of_words(template, currency) if template else pace_of(currency)


def first_adopted(template: str) -> date:
    """The first day on which a winner can be what is in force: messages are made today."""
    return today() if template else first_undecided_day()


def word_choices(template: str) -> list[tuple[str, str]]:
    """Which versions of a template may challenge the one in force: those that are approved."""
    found = templates_in_force([template])[template]
    sent = found.version if isinstance(found, Template) else ""
    rows = TemplateVersion.objects.filter(key=template, state=TemplateState.APPROVED)
    told = gettext_noop("version %(number)s · drafted by %(by)s")
    return [
        (row.version, _(told) % {"number": row.number, "by": row.author or "–"})
        for row in rows.exclude(version=sent).select_related("author").order_by("-number")[:_SHOWN]
    ]


def tried_templates() -> list[str]:
    """The templates of which more than one version is approved."""
    rows = TemplateVersion.objects.filter(state=TemplateState.APPROVED).values("key")
    counted = rows.annotate(number=Count("pk")).filter(number__gt=1).order_by("key")
    return list(counted.values_list("key", flat=True))


def currencies() -> list[str]:
    """The currencies in which somebody is behind, the most frequent first."""
    rows = Case.objects.values_list("currency").annotate(n=Count("pk")).order_by("-n", "currency")
    return [code for code, _number in rows]


def _version_text(version: StrategyVersion) -> str:
    drafts = [each.title for each in version.drafts.all()]
    told = drafts[0] if drafts else date_format(version.published_at, "Y-m-d")
    return f"{version.version[:12]} · {told}"


def _newest(arms: Any) -> dict[int, Figure]:
    rows = Figure.objects.filter(arm__in=arms).order_by("arm_id", "-as_of").distinct("arm_id")
    return {row.arm_id: row for row in rows}


def _counts(experiment: Experiment) -> dict[int, dict[str, int]]:
    rows = Enrolment.objects.filter(experiment=experiment).values("arm_id")
    counted = rows.annotate(
        entered=Count("pk"), known=Count("known_on"), cured=Count("pk", filter=Q(cured=True))
    )
    return {
        row["arm_id"]: {"entered": row["entered"], "known": row["known"], "cured": row["cured"]}
        for row in counted
    }


def _log(experiment: Experiment) -> tuple[LogRow, ...]:
    entries = Entry.objects.filter(subject=experiment.key, kind__startswith="experiment.").order_by(
        "-id"
    )
    return tuple(
        LogRow(
            entry.occurred_at,
            entry.kind.removeprefix("experiment."),
            entry.actor,
            " · ".join(_said(json.loads(entry.payload))),
        )
        for entry in entries
    )


def _said(payload: dict[str, Any]) -> Iterable[str]:
    if payload.get("arm"):
        yield payload["arm"]
    if payload.get("on"):
        yield _("from %(day)s") % {"day": payload["on"]}
    if payload.get("reason"):
        yield stop_reason(payload["reason"])


def _touched(winner: Arm | None, user: User) -> bool:
    """Whether this user worked on what is proposed."""
    if winner is None:
        return False
    if winner.strategy is not None:
        return worked_on(winner.strategy, by=user)
    return TemplateVersion.objects.filter(version=winner.words, author=user).exists()


def _steps(experiment: Experiment, user: User) -> Steps:
    state, ended = experiment.state, experiment.conclusion
    runs = user.has_perm("experiments.run_experiment")
    is_proposed = ended == Conclusion.PROPOSED and user.has_perm(adopting(experiment))
    arms = experiment.arms.filter(is_champion=False).select_related("strategy")
    own = state == State.PLANNED and any(
        arm.strategy is not None and worked_on(arm.strategy, by=user) for arm in arms
    )
    is_first = experiment.proposed_by_id == user.pk
    touched = _touched(experiment.winner, user)
    waits = ""
    if state == State.PLANNED and runs and own:
        waits = _("You worked on a challenger that nobody else approved; a second person starts.")
    elif is_proposed and (is_first or touched):
        waits = _("A second person confirms or refuses the proposal.")
    return Steps(
        day=first_undecided_day(),
        may_start=state == State.PLANNED and runs and not own,
        may_drop=state == State.PLANNED and user.has_perm("experiments.plan_experiment"),
        may_stop=state == State.RUNNING and runs,
        may_conclude=state == State.STOPPED and not ended and runs,
        may_confirm=is_proposed and not is_first and not touched,
        waits=waits,
    )
