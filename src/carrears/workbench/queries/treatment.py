"""Why the strategy chose this treatment: whose version, which rules, and what the loan had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from carrears.access.models import User
from carrears.casework.models import Case, PlannedAction, Ruling
from carrears.database.prepared import Blank, prepared
from carrears.dayrun.loan_facts import facts_decided_on
from carrears.strategy.errors import StrategyError
from carrears.strategy.explaining import Reason, explain
from carrears.strategy.facts import Fact
from carrears.strategy.jdm import Document
from carrears.strategy.models import (
    Draft,
    DraftState,
    Publication,
    PublicationKind,
    StrategyVersion,
)
from carrears.strategy.services import strategy_document
from carrears.strategy.single import decide_one
from carrears.workbench.labels import LABELS, label_of
from carrears.workbench.queries.catalogue import titled
from carrears.workbench.queries.conditions import (
    cell_in_words,
    derived_title,
    fact_title,
    value_in_words,
)
from carrears.workbench.queries.language import side_of
from carrears.workbench.view_models.case import (
    Condition,
    FiredRule,
    InForce,
    PlannedStep,
    Ruled,
    Treatment,
)

_STEPS = 5


def treatment(user: User, case: Case) -> Treatment | None:
    """The treatment in force; None before a strategy decided."""
    version = case.strategy
    if not case.treatment or version is None:
        return None
    named = titled(case.treatment, "treatment")
    return Treatment(
        title=named.title,
        note=named.note,
        stage=case.stage,
        strategy=version.name,
        version=version.version[:12],
        version_id=version.pk if user.has_perm("strategy.view_strategyversion") else None,
        in_force=_in_force(version, case),
        fired=_fired(version, case),
        measures=tuple(_measures(case.decision)),
        next_review_on=case.next_review_on,
        actions=_steps(case),
        ruled=_ruled(case),
    )


def _in_force(version: StrategyVersion, case: Case) -> InForce:
    """Who drafted the version, who approved it, and since when it decides."""
    published = _published.find(name=version.name, on=case.as_of)
    ours = next((one for one in published if one.version_id == version.pk), None)
    drafts = _drafted.find(version=version.pk)
    author = str(drafts[-1].author) if drafts else ""
    if ours is None:
        return InForce(kind="" if published else PublicationKind.FILE, drafted_by=author)
    return InForce(
        kind=ours.kind,
        since=None if ours.kind == PublicationKind.FILE else ours.effective_on,
        drafted_by=author,
        approved_by=str(ours.approved_by) if ours.approved_by else "",
        reason=ours.reason,
    )


@prepared
def _published(name: Blank, on: Blank) -> QuerySet[Publication]:
    found = Publication.objects.filter(name=name, effective_on__lte=on)
    return found.select_related("approved_by")


@prepared
def _drafted(version: Blank) -> QuerySet[Draft]:
    found = Draft.objects.filter(version=version, state=DraftState.PUBLISHED)
    return found.select_related("author")


def _fired(version: StrategyVersion, case: Case) -> tuple[FiredRule, ...]:
    document, declared = strategy_document(version)
    told = dict.fromkeys(declared) | facts_decided_on(case, declared)
    return fired_rules(document, declared, told, _wanted(case).get("rule_id") or "")


def _wanted(case: Case) -> dict[str, Any]:
    """What the strategy wanted, whether or not somebody ruled otherwise."""
    ruled = case.decision.get("ruled")
    wanted: dict[str, Any] = ruled["wanted"] if ruled else case.decision
    return wanted


def _ruled(case: Case) -> Ruled | None:
    ruled = case.decision.get("ruled")
    if not ruled:
        return None
    until_on = Ruling.objects.filter(pk=ruled["ruling"]).values_list("until_on", flat=True).first()
    return Ruled(
        kind=ruled["kind"],
        wanted=titled(ruled["wanted"].get("treatment") or "", "treatment").title,
        until_on=until_on,
    )


def fired_rules(
    document: Document, declared: Mapping[str, Fact], facts: Mapping[str, Any], rule_id: str
) -> tuple[FiredRule, ...]:
    """The engine's own way through the strategy, on the facts that were decided on.

    Nothing, rather than something else, where it does not come to the same rules again.
    """
    try:
        decision = decide_one(document, facts)
    except StrategyError:
        return ()
    if decision.rule_id != rule_id:
        return ()
    return tuple(
        FiredRule(
            rule=step.rule,
            about=side_of(step.description),
            conditions=tuple(_condition(reason, declared) for reason in step.reasons),
        )
        for step in explain(document, decision.trace)
        if step.rule
    )


def _condition(reason: Reason, declared: Mapping[str, Fact]) -> Condition:
    fact = declared.get(reason.field)
    return Condition(
        title=fact_title(fact) if fact else derived_title(reason.field, reason.title),
        wanted=cell_in_words(reason.wanted),
        actual=value_in_words(reason.field, reason.actual),
    )


def _measures(decision: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the strategy wants done, in the order in which a collector asks."""
    if step := decision.get("step"):
        yield _named("step"), titled(str(step), "step").title
    channel = str(decision.get("channel") or "none")
    yield _named("channel"), str(label_of(channel, "channel").text)
    if channel == "none":
        return
    if tone := decision.get("tone"):
        yield _named("tone"), str(label_of(str(tone), "tone").text)
    if offer := decision.get("offer"):
        yield _named("offer"), titled(str(offer), "offer").title
    if days := decision.get("cadence_days"):
        yield _named("cadence_days"), str(days)
    if other := decision.get("else_channel"):
        yield _named("else_channel"), str(label_of(str(other), "channel").text)


def _named(output: str) -> str:
    return str(label_of(output, "strategy_output").text)


def _steps(case: Case) -> tuple[PlannedStep, ...]:
    return tuple(map(step_of, _newest_actions.find(case=case.pk)))


@prepared
def _newest_actions(case: Blank) -> QuerySet[PlannedAction]:
    return PlannedAction.objects.filter(case=case).order_by("-planned_for", "-pk")[:_STEPS]


def step_of(action: PlannedAction) -> PlannedStep:
    """A planned action, and what became of it."""
    return PlannedStep(
        channel=action.channel,
        template=action.template,
        at=action.planned_for,
        state=action.state,
        reason=_reason(action.reason),
    )


# As outreach keeps them.
_WORDS = {
    "nobody on record": gettext_noop("nobody on record"),
    "no e-mail address on record": gettext_noop("no e-mail address on record"),
    "no phone number on record": gettext_noop("no phone number on record"),
    "promise": gettext_noop("a promise stands"),
    "closed day": gettext_noop("closed day"),
    "refused": gettext_noop("he has refused to be reached by any of its ways"),
    "late": gettext_noop("its time was past"),
    "full": gettext_noop("the day it was planned for had no room left"),
    "later": gettext_noop("may not be made on the day it was planned for"),
    "next way": gettext_noop("by the next of its ways"),
}
_INSTEAD = "instead:"


def _reason(code: str) -> str:
    """Why an action was not done, or done on another day or by another channel, in words."""
    kind, colon, rest = code.partition(": ")
    if colon and kind == "hold":
        return str(label_of(rest, "hold").text)
    if code.startswith(_INSTEAD):
        channel = label_of(code.removeprefix(_INSTEAD), "channel").text
        return gettext("instead of: %(channel)s, not possible that day") % {"channel": channel}
    if code in _WORDS:
        return gettext(_WORDS[code])
    for group in ("close_reason", "outcome", "action_state"):
        if code in LABELS[group]:
            return str(label_of(code, group).text)
    return gettext(code) if code else ""
