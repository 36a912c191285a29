"""What changed between two decision graphs, rule by rule and cell by cell."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carrears.strategy.cadences import PART
from carrears.strategy.jdm import (
    RULE_ID,
    Document,
    Node,
    TableContent,
    TableNode,
    node_label,
    rule_id,
)

_OWN = {RULE_ID, "_description"}


class Change(StrEnum):
    """What happened to a node, a column or a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. ``node`` is the node's name, ``rule`` a rule's id, ``column`` a column's name.

    ``before`` and ``after`` are the texts of the cell, or of what else changed; empty where there
    was none.
    """

    change: Change
    node: str
    rule: str = ""
    column: str = ""
    before: str = ""
    after: str = ""
    description: str = ""


def compare(before: Document, after: Document) -> list[Difference]:
    """All that changed, in the order of the nodes; what was removed from the graph comes last.

    Nodes and columns are the same when their ids are, rules when their ``_id`` is. Positions on an
    editor's canvas are no change.
    """
    old = {node.id: node for node in before.nodes}
    new = {node.id: node for node in after.nodes}
    found: list[Difference] = []
    for key, node in new.items():
        if key not in old:
            found.append(Difference(Change.ADDED, node_label(node)))
            found += _rules_of(node, Change.ADDED)
        else:
            found += _compare_nodes(old[key], node)
    for key, node in old.items():
        if key not in new:
            found.append(Difference(Change.REMOVED, node_label(node)))
    found += _compare_edges(before, after)
    found += _compare_cadences(before.source.get(PART), after.source.get(PART))
    return found


def _compare_cadences(before: object, after: object) -> Iterator[Difference]:
    """Cadence by cadence, term by term, and the steps by their days."""
    was, is_now = _terms_of(before), _terms_of(after)
    for key in dict.fromkeys((*was, *is_now)):
        if key not in was or key not in is_now:
            yield Difference(Change.REMOVED if key in was else Change.ADDED, PART, key)
            continue
        old, new = was[key], is_now[key]
        for term in dict.fromkeys((*old, *new)):
            if old.get(term) != new.get(term):
                told = old.get(term, ""), new.get(term, "")
                yield Difference(Change.CHANGED, PART, key, term, *told)


def _terms_of(cadences: object) -> dict[str, dict[str, str]]:
    """By cadence the text of each term; a step is a term of its own, as ``T+7``."""
    if not isinstance(cadences, dict):
        return {}
    found: dict[str, dict[str, str]] = {}
    for key, terms in cadences.items():
        if not isinstance(terms, dict):
            found[str(key)] = {"": str(terms)}
            continue
        steps = terms.get("steps")
        texts = {name: _text(value) for name, value in terms.items() if name != "steps"}
        for step in steps if isinstance(steps, list) else ():
            day = step.get("day") if isinstance(step, dict) else None
            label = f"T{day:+d}" if isinstance(day, int) else "T"
            texts[label] = _text(step)
        found[str(key)] = texts
    return found


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _compare_nodes(old: Node, new: Node) -> Iterator[Difference]:
    label = node_label(new)
    if node_label(old) != label:
        yield Difference(Change.CHANGED, label, column="name", before=node_label(old), after=label)
    if isinstance(old, TableNode) and isinstance(new, TableNode):
        yield from _compare_settings(label, old.content, new.content)
        yield from _compare_columns(label, old.content, new.content)
        yield from _compare_rules(label, old, new)
    elif old.type != new.type or _content(old) != _content(new):
        yield Difference(Change.CHANGED, label, before=str(_content(old)), after=str(_content(new)))


def _content(node: Node) -> Any:
    return node.content.model_dump() if isinstance(node, TableNode) else node.content


def _compare_settings(label: str, old: TableContent, new: TableContent) -> Iterator[Difference]:
    names = ("hit_policy", "pass_through", "input_field", "output_path", "execution_mode")
    for name in names:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Difference(
                Change.CHANGED, label, column=name, before=str(before), after=str(after)
            )


def _compare_columns(label: str, old: TableContent, new: TableContent) -> Iterator[Difference]:
    was = {column.id: column for column in (*old.inputs, *old.outputs)}
    is_now = {column.id: column for column in (*new.inputs, *new.outputs)}
    for key, column in is_now.items():
        if key not in was:
            yield Difference(Change.ADDED, label, column=column.label, after=column.field or "")
        elif was[key].field != column.field:
            yield Difference(
                Change.CHANGED,
                label,
                column=column.label,
                before=was[key].field or "",
                after=column.field or "",
            )
    for key, column in was.items():
        if key not in is_now:
            yield Difference(Change.REMOVED, label, column=column.label, before=column.field or "")


def _compare_rules(label: str, old: TableNode, new: TableNode) -> Iterator[Difference]:
    was = {rule_id(old, row): rule for row, rule in enumerate(old.content.rules)}
    is_now = {rule_id(new, row): rule for row, rule in enumerate(new.content.rules)}
    columns = {c.id: c.label for c in (*old.content.inputs, *old.content.outputs)}
    columns |= {c.id: c.label for c in (*new.content.inputs, *new.content.outputs)}
    moved = _moved([key for key in was if key in is_now], [key for key in is_now if key in was])
    for key, rule in is_now.items():
        told = rule.get("_description", "")
        if key not in was:
            yield Difference(Change.ADDED, label, key, description=told)
            continue
        if key in moved:
            yield Difference(Change.MOVED, label, key, description=told)
        for cell in dict.fromkeys([*was[key], *rule]):
            before, after = was[key].get(cell, ""), rule.get(cell, "")
            if before != after and (cell in columns or cell == "_description"):
                yield Difference(
                    Change.CHANGED, label, key, columns.get(cell, ""), before, after, told
                )
    for key, rule in was.items():
        if key not in is_now:
            yield Difference(Change.REMOVED, label, key, description=rule.get("_description", ""))


def _rules_of(node: Node, change: Change) -> Iterator[Difference]:
    if isinstance(node, TableNode):
        for row, rule in enumerate(node.content.rules):
            yield Difference(
                change,
                node_label(node),
                rule_id(node, row),
                description=rule.get("_description", ""),
            )


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Which rules left their order: those outside a longest run that kept it.

    Among first-hit rules the order decides, so the fewest that moved say it best.
    """
    place = {key: number for number, key in enumerate(before)}
    ends: list[int] = []  # place of the last rule of the best run of each length
    last: list[str] = []  # that rule
    back: dict[str, str | None] = {}  # the rule before it in its run
    for key in after:
        length = bisect_left(ends, place[key])
        back[key] = last[length - 1] if length else None
        ends[length : length + 1] = [place[key]]
        last[length : length + 1] = [key]
    kept: set[str] = set()
    here = last[-1] if last else None
    while here is not None:
        kept.add(here)
        here = back[here]
    return set(after) - kept


def _compare_edges(before: Document, after: Document) -> Iterator[Difference]:
    was = {(e.source_id, e.target_id, e.source_handle or "") for e in before.edges}
    is_now = {(e.source_id, e.target_id, e.source_handle or "") for e in after.edges}
    names = {node.id: node_label(node) for node in (*before.nodes, *after.nodes)}
    for change, edges in ((Change.ADDED, is_now - was), (Change.REMOVED, was - is_now)):
        for source, target, _handle in sorted(edges):
            yield Difference(change, f"{names[source]} → {names[target]}", column="edge")
