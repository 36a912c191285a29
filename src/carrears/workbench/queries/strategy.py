"""Strategies as the screens show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.clock import now
from carrears.dayrun.models import DayRun
from carrears.strategy.difference import Difference, compare
from carrears.strategy.errors import DocumentError, PlacedError, StrategyError
from carrears.strategy.facts import Fact, Kind
from carrears.strategy.faults import find_faults
from carrears.strategy.jdm import (
    Document,
    ExpressionNode,
    Node,
    SwitchNode,
    TableNode,
    node_label,
    parse_document,
    rule_id,
)
from carrears.strategy.models import (
    Draft,
    DraftState,
    Publication,
    PublicationKind,
    StrategyEvent,
    StrategyVersion,
)
from carrears.strategy.services import strategy_document, strategy_in_force
from carrears.strategy.single import decide_one
from carrears.workbench.queries.language import chosen, side_of
from carrears.workbench.view_models.strategy import (
    ChangeRow,
    DraftPage,
    DraftRow,
    FactField,
    Fault,
    Head,
    HistoryRow,
    NodeView,
    PublicationRow,
    Row,
    StrategyPage,
    Tried,
    VersionPage,
)

_HISTORY = 50


def first_undecided_day() -> date:
    """The day after the newest one that was run; today where none was."""
    newest = DayRun.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    return newest + timedelta(days=1) if newest else now().date()


def strategy_page(name: str) -> StrategyPage:
    """What decides, what is being made, what happened."""
    current = strategy_in_force(name, on=first_undecided_day())
    publications = Publication.objects.filter(name=name).select_related(
        "version", "proposed_by", "approved_by"
    )
    in_force = next((p for p in publications if p.effective_on <= first_undecided_day()), None)
    drafts = Draft.objects.filter(name=name).select_related("author")
    return StrategyPage(
        name=name,
        in_file=in_force is None or in_force.kind == PublicationKind.FILE,
        current_id=current.pk,
        current=current.version[:12],
        publications=tuple(_publication(p, in_force) for p in publications),
        drafts=tuple(
            DraftRow(
                pk=draft.pk,
                title=draft.title,
                state=draft.state,
                author=str(draft.author),
                changed_at=draft.changed_at,
                effective_on=draft.effective_on,
            )
            for draft in drafts
        ),
        history=_history(StrategyEvent.objects.filter(name=name)),
    )


def version_page(version: StrategyVersion, against: StrategyVersion | None) -> VersionPage:
    """A kept version, and what changed since ``against``."""
    document, _ = strategy_document(version)
    base = against or _one_before(version)
    publications = version.publications.select_related("version", "proposed_by", "approved_by")
    return VersionPage(
        pk=version.pk,
        name=version.name,
        version=version.version,
        kept_at=version.published_at,
        publications=tuple(_publication(p, None) for p in publications),
        nodes=tuple(map(node_view, document.nodes)),
        against=base.version[:12] if base else "",
        changes=_changes(base, document),
        may_roll_back=publications.exists(),
    )


def draft_page(draft: Draft, user: User) -> DraftPage:
    """A draft for whoever works on it or judges it."""
    facts = {name: Fact.model_validate(fact) for name, fact in draft.facts.items()}
    base = draft.base or strategy_in_force(draft.name, on=first_undecided_day())
    document = readable(draft)
    is_open, is_submitted = draft.state == DraftState.OPEN, draft.state == DraftState.SUBMITTED
    touched = draft.events.filter(by=user).exclude(kind="returned").exists()
    newest = draft.events.filter(kind="submitted").first()
    may_change = user.has_perm("strategy.change_draft")
    may_approve = user.has_perm("strategy.approve_draft")
    return DraftPage(
        pk=draft.pk,
        name=draft.name,
        title=draft.title,
        state=draft.state,
        revision=draft.revision,
        author=str(draft.author),
        submitted_by=str(draft.submitted_by) if draft.submitted_by else "",
        effective_on=draft.effective_on,
        reason=newest.reason if newest and is_submitted else "",
        nodes=tuple(map(node_view, document.nodes)) if document else (),
        faults=faults_of(draft.document, facts) if is_open else (),
        changes=_changes(base, document) if document else (),
        against=base.version[:12],
        history=_history(draft.events.all()),
        facts=fact_fields(facts, {}),
        may_edit=is_open and may_change,
        may_submit=is_open and may_change,
        may_approve=is_submitted and may_approve and not touched,
        may_return=is_submitted and (may_approve or may_change),
        earliest=first_undecided_day(),
    )


def editor_data(document: Mapping[str, Any], page: DraftPage) -> dict[str, Any]:
    """What the editor begins with, its words in the reader's language among it."""
    return {
        "document": document,
        "facts": [{"name": one.name, "title": one.title} for one in page.facts],
        "faults": [asdict(fault) for fault in page.faults],
        "words": {
            "addRule": gettext("Add a rule"),
            "addInput": gettext("Add a condition column"),
            "addOutput": gettext("Add a result column"),
            "removeColumn": gettext("Remove the column"),
            "removeRule": gettext("Remove the rule"),
            "copyRule": gettext("Copy the rule"),
            "up": gettext("Move up"),
            "down": gettext("Move down"),
            "undo": gettext("Undo"),
            "redo": gettext("Redo"),
            "rule": gettext("Rule"),
            "about": gettext("In words (中文｜English)"),
            "title": gettext("Title"),
            "field": gettext("Field"),
            "saving": gettext("Saving …"),
            "saved": gettext("Saved"),
            "unsaved": gettext("Not saved yet"),
            "failed": gettext("Not saved; it is tried again with the next change."),
            "stale": gettext("Somebody else saved this draft; load it again."),
            "ready": gettext("It can decide a whole book."),
            "faults": gettext("It cannot decide yet:"),
            "row": gettext("rule"),
            "addLine": gettext("Add a line"),
            "removeLine": gettext("Remove the line"),
            "condition": gettext("Condition"),
            "value": gettext("Value"),
            "hitPolicy": gettext("Which rules count"),
            "first": gettext("the first that fits"),
            "collect": gettext("all that fit"),
            "readOnly": gettext("This node can only be read here."),
            "graph": gettext("The graph"),
        },
    }


def readable(draft: Draft) -> Document | None:
    """The draft's graph; None while it is no graph."""
    try:
        return parse_document(draft.document)
    except DocumentError:
        return None


def faults_of(document: Mapping[str, Any], facts: Mapping[str, Fact]) -> tuple[Fault, ...]:
    """What keeps a draft from deciding."""
    return tuple(_fault(one) for one in find_faults(document, facts))


def _fault(error: StrategyError) -> Fault:
    if isinstance(error, PlacedError):
        place = error.place
        return Fault(node=place.node, row=place.row, column=place.column, reason=error.reason)
    return Fault(node="", row=None, column="", reason=str(error))


def node_view(node: Node) -> NodeView:
    """A node to read."""
    title = node_label(node)
    if isinstance(node, TableNode):
        content = node.content
        heads = [(c, False) for c in content.inputs] + [(c, True) for c in content.outputs]
        return NodeView(
            title=title,
            kind=node.type,
            hit_policy=content.hit_policy,
            heads=tuple(
                Head(title=c.label, field=c.field or "", is_output=is_output)
                for c, is_output in heads
            ),
            rows=tuple(
                Row(
                    number=row + 1,
                    rule=rule_id(node, row),
                    description=side_of(rule.get("_description", "")),
                    cells=tuple(rule.get(c.id, "") for c, _ in heads),
                )
                for row, rule in enumerate(content.rules)
            ),
        )
    return NodeView(title=title, kind=node.type, lines=_lines(node))


def _lines(node: Node) -> tuple[tuple[str, str], ...]:
    raw = node.model_dump(by_alias=True).get("content") or {}
    if isinstance(node, ExpressionNode):
        return tuple((one.get("key", ""), one.get("value", "")) for one in raw["expressions"])
    if isinstance(node, SwitchNode):
        statements = enumerate(raw["statements"], 1)
        return tuple((str(number), one.get("condition") or "…") for number, one in statements)
    return ()


def fact_fields(facts: Mapping[str, Fact], given: Mapping[str, str]) -> tuple[FactField, ...]:
    """What the test bench asks for."""
    return tuple(
        FactField(
            name=name,
            title=chosen(fact.title_zh, fact.title).partition(",")[0] or name,
            kind=fact.kind.value,
            value=given.get(name, ""),
        )
        for name, fact in facts.items()
    )


def try_draft(draft: Draft, given: Mapping[str, str]) -> Tried:
    """Decide one loan, typed in, by the engine itself; empty fields are missing facts."""
    facts = {name: Fact.model_validate(fact) for name, fact in draft.facts.items()}
    document = readable(draft)
    if document is None:
        return Tried(rules=(), outputs=(), error=gettext("The draft is no decision graph yet."))
    try:
        values = {name: _value(facts[name], text) for name, text in given.items() if name in facts}
        decision = decide_one(document, values)
    except (ValueError, InvalidOperation) as error:
        return Tried(rules=(), outputs=(), error=str(error))
    rules = [
        (node_label(node), rule_id(node, row), side_of(rule.get("_description", "")))
        for node in document.nodes
        if isinstance(node, TableNode)
        for row, rule in enumerate(node.content.rules)
        if rule_id(node, row) in decision.rule_ids
    ]
    outputs = [(k, "–" if v is None else str(v)) for k, v in decision.outputs.items()]
    return Tried(rules=tuple(rules), outputs=tuple(outputs))


def _value(fact: Fact, text: str) -> Any:
    if not text.strip():
        return None
    if fact.kind is Kind.NUMBER:
        return Decimal(text)
    if fact.kind is Kind.BOOLEAN:
        return text == "true"
    return date.fromisoformat(text) if fact.kind is Kind.DATE else text


def _one_before(version: StrategyVersion) -> StrategyVersion | None:
    published = version.publications.order_by("effective_on", "pk").first()
    before = Publication.objects.filter(name=version.name).exclude(version=version)
    if published is not None:
        before = before.filter(effective_on__lte=published.effective_on)
    found = before.select_related("version").first()
    return found.version if found else None


def _changes(base: StrategyVersion | None, document: Document) -> tuple[ChangeRow, ...]:
    if base is None:
        return ()
    return tuple(map(change_row, compare(strategy_document(base)[0], document)))


def change_row(one: Difference) -> ChangeRow:
    """One difference to read."""
    return ChangeRow(
        change=one.change.value,
        node=one.node,
        rule=one.rule,
        column=one.column,
        before=one.before,
        after=one.after,
        description=side_of(one.description),
    )


def _publication(one: Publication, in_force: Publication | None) -> PublicationRow:
    return PublicationRow(
        version_id=one.version_id,
        version=one.version.version[:12],
        kind=one.kind,
        effective_on=None if one.effective_on == date.min else one.effective_on,
        proposed_by=str(one.proposed_by) if one.proposed_by else "",
        approved_by=str(one.approved_by) if one.approved_by else "",
        reason=one.reason,
        is_in_force=in_force is not None and one.pk == in_force.pk,
    )


def _history(events: QuerySet[StrategyEvent]) -> tuple[HistoryRow, ...]:
    rows = events.select_related("by", "draft")[:_HISTORY]
    return tuple(
        HistoryRow(
            at=event.at,
            kind=event.kind,
            by=str(event.by) if event.by else "",
            reason=event.reason,
            title=event.draft.title if event.draft else "",
            draft_id=event.draft_id,
        )
        for event in rows
    )
