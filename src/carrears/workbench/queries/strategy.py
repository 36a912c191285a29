"""Strategies as the screens show them."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.http import QueryDict

from carrears.access.models import User
from carrears.dayrun.decided import first_undecided_day
from carrears.strategy.cadences import PART, CadenceError
from carrears.strategy.difference import Difference, compare
from carrears.strategy.errors import DocumentError
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
from carrears.workbench.queries.cadence import cadences_shown
from carrears.workbench.queries.language import side_of
from carrears.workbench.queries.paging import make_pager
from carrears.workbench.view_models.cadence import CadenceOfHouse
from carrears.workbench.view_models.strategy import (
    ChangeRow,
    Changes,
    DraftPage,
    DraftRow,
    Head,
    HistoryRow,
    NodeView,
    PublicationRow,
    Row,
    StrategyPage,
    VersionPage,
)

_HISTORY = 50
_RULES = 100  # of a table on one page
_CHANGES = 200


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
        cadences=cadences_shown(current.document),
    )


def version_page(
    version: StrategyVersion, against: StrategyVersion | None, params: QueryDict
) -> VersionPage:
    """A kept version, and what changed since ``against``, else since the one before it."""
    document, _ = strategy_document(version)
    base = against or _one_before(version)
    publications = version.publications.select_related("version", "proposed_by", "approved_by")
    return VersionPage(
        pk=version.pk,
        name=version.name,
        version=version.version,
        kept_at=version.published_at,
        publications=tuple(_publication(p, None) for p in publications),
        nodes=tuple(node_view(node, params) for node in document.nodes),
        others=_others(version),
        against_id=base.pk if base else None,
        changes=_changes(base, document),
        may_roll_back=publications.exists(),
        cadences=cadences_shown(version.document),
        has_cadences=PART in version.document,
    )


def draft_page(draft: Draft, user: User, params: QueryDict) -> DraftPage:
    """A draft for whoever works on it or judges it."""
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
        nodes=tuple(node_view(node, params) for node in document.nodes) if document else (),
        changes=changes_of(draft),
        history=_history(draft.events.all()),
        may_edit=is_open and may_change,
        may_submit=is_open and may_change,
        may_approve=is_submitted and may_approve and not touched,
        may_return=is_submitted and (may_approve or may_change),
        earliest=first_undecided_day(),
        cadences=_cadences(draft),
        has_cadences=PART in draft.document,
    )


def _cadences(draft: Draft) -> tuple[CadenceOfHouse, ...]:
    """Those that the draft would have said; none while what it carries cannot be read."""
    try:
        return cadences_shown(draft.document)
    except CadenceError:
        return ()


def readable(draft: Draft) -> Document | None:
    """The draft's graph; None while it is no graph."""
    try:
        return parse_document(draft.document)
    except DocumentError:
        return None


def node_view(node: Node, params: QueryDict) -> NodeView:
    """A node to read; of a large table the wanted page."""
    title = node_label(node)
    if isinstance(node, TableNode):
        content = node.content
        heads = [(c, False) for c in content.inputs] + [(c, True) for c in content.outputs]
        pager = make_pager(params, total=len(content.rules), size=_RULES)
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
                for row, rule in enumerate(content.rules[: pager.last])
                if row + 1 >= pager.first
            ),
            pager=pager if pager.pages > 1 else None,
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


def _others(version: StrategyVersion) -> tuple[tuple[int, str], ...]:
    published = Publication.objects.filter(name=version.name).exclude(version=version)
    found = published.values_list("version_id", "version__version")
    return tuple((pk, one[:12]) for pk, one in dict(found).items())


def _one_before(version: StrategyVersion) -> StrategyVersion | None:
    published = version.publications.order_by("effective_on", "pk").first()
    before = Publication.objects.filter(name=version.name).exclude(version=version)
    if published is not None:
        before = before.filter(effective_on__lte=published.effective_on)
    found = before.select_related("version").first()
    return found.version if found else None


def changes_of(draft: Draft) -> Changes:
    """What a draft changes against what it began as; empty while it is no graph."""
    base, document = _base(draft), readable(draft)
    return _changes(base, document) if document else Changes(against=base.version[:12])


def _base(draft: Draft) -> StrategyVersion:
    return draft.base or strategy_in_force(draft.name, on=first_undecided_day())


def _changes(base: StrategyVersion | None, document: Document) -> Changes:
    if base is None:
        return Changes(against="")
    found = compare(strategy_document(base)[0], document)
    return Changes(
        against=base.version[:12],
        rows=tuple(map(change_row, found[:_CHANGES])),
        hidden=max(len(found) - _CHANGES, 0),
    )


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
