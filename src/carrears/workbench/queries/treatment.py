"""Why the strategy chose this treatment: the rules that fired and what the case had there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
from django.utils.translation import gettext

from carrears.casework.models import Case
from carrears.dayrun.models import DayRun, RunState
from carrears.strategy.facts import Fact
from carrears.strategy.jdm import Document, TableNode, rule_id
from carrears.strategy.services import strategy_document
from carrears.workbench.labels import LABELS, label_of
from carrears.workbench.queries.cases import treatment_title
from carrears.workbench.queries.conditions import (
    cell_in_words,
    derived_title,
    fact_title,
    value_in_words,
)
from carrears.workbench.queries.language import side_of
from carrears.workbench.view_models.case import Condition, PlannedStep, Treatment

_STEPS = 5


def treatment(case: Case) -> Treatment | None:
    """The treatment in force; None before a strategy decided."""
    if not case.treatment or case.strategy is None:
        return None
    document, declared = strategy_document(case.strategy)
    fired = str(case.decision.get("rule_id") or "").split("/")
    tables = list(_fired(document, fired))
    facts = _facts(case, declared)
    return Treatment(
        title=treatment_title(case.treatment),
        stage=case.stage,
        strategy=case.strategy.name,
        version=case.strategy.version[:12],
        rule=_rule_title(*tables[-1]) if tables else "",
        conditions=tuple(
            condition
            for table, row in tables
            for condition in _conditions(table, row, declared, facts)
        ),
        next_review_on=case.next_review_on,
        actions=_steps(case),
    )


def _fired(document: Document, fired: Iterable[str]) -> Iterator[tuple[TableNode, int]]:
    """The tables that had a say, with the row that fired; ids are unique in a table only."""
    tables = [node for node in document.nodes if isinstance(node, TableNode)]
    for wanted in fired:
        places = ((t, row) for t in tables for row in range(len(t.content.rules)))
        found = next(((t, row) for t, row in places if rule_id(t, row) == wanted), None)
        if found is None:
            continue
        if found[0].content.hit_policy == "first":
            tables.remove(found[0])
        yield found


def _rule_title(table: TableNode, row: int) -> str:
    about = side_of(table.content.rules[row].get("_description", ""))
    return f"{rule_id(table, row)} ({about})" if about else rule_id(table, row)


def _conditions(
    table: TableNode, row: int, declared: Mapping[str, Fact], facts: Mapping[str, Any]
) -> Iterator[Condition]:
    for column in table.content.inputs:
        wanted = table.content.rules[row].get(column.id, "").strip()
        if not wanted:
            continue
        field = column.field or ""
        fact = declared.get(field)
        title = fact_title(fact) if fact else derived_title(field, column.label)
        yield Condition(
            title=title,
            wanted=cell_in_words(wanted),
            actual=value_in_words(field, facts.get(field)),
        )


def _facts(case: Case, declared: Mapping[str, Fact]) -> dict[str, Any]:
    """What the strategy knew: the night's facts, and over them what the case says now."""
    now = {
        "dpd": case.dpd,
        "bucket": case.bucket,
        "band": case.band or None,
        "stage": case.stage or None,
    }
    return _facts_of_night(case, declared) | now


def _facts_of_night(case: Case, declared: Mapping[str, Fact]) -> dict[str, Any]:
    run = DayRun.objects.filter(as_of=case.as_of, state=RunState.DONE).order_by("-pk").first()
    path = Path(run.folder) / "decided.parquet" if run and run.folder else None
    if path is None or not path.is_file():
        return {}
    engine = duckdb.connect(config={"threads": 1})
    try:
        query = "select * from read_parquet(?) where loan_id = ?"
        found = engine.execute(query, [str(path), case.loan_id])
        names = [column[0] for column in found.description or ()]
        row = found.fetchone()
    finally:
        engine.close()
    known = dict(zip(names, row, strict=True)) if row else {}
    return {name: known[name] for name in declared if name in known}


def _steps(case: Case) -> tuple[PlannedStep, ...]:
    newest = case.actions.order_by("-planned_for", "-pk")[:_STEPS]
    return tuple(
        PlannedStep(
            channel=action.channel,
            template=action.template,
            at=action.planned_for,
            state=action.state,
            reason=_reason(action.reason),
        )
        for action in newest
    )


def _reason(code: str) -> str:
    """Why an action was not done, in words."""
    kind, colon, rest = code.partition(": ")
    if colon and kind == "hold":
        return str(label_of(rest, "hold").text)
    if code == "nobody on record":
        return gettext("nobody on record")
    for group in ("close_reason", "outcome", "action_state"):
        if code in LABELS[group]:
            return str(label_of(code, group).text)
    return code
