"""What a strategy was told of one loan, as it was told: for explaining and for trying out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from carrears.casework.models import Case, CaseState
from carrears.dayrun.models import DayRun, RunState
from carrears.strategy.facts import Fact, Kind


def facts_decided_on(case: Case, declared: Mapping[str, Fact]) -> dict[str, Any]:
    """Those of the declared facts on which the case's treatment was decided."""
    kept: dict[str, Any] = case.decision.get("facts") or {}
    return {name: _told(kept[name], declared[name]) for name in declared if name in kept}


def _told(value: Any, fact: Fact) -> Any:
    """A kept fact as it was: decimals are kept as texts."""
    return Decimal(value) if fact.kind is Kind.NUMBER and isinstance(value, str) else value


def facts_of_loan(loan_no: str, declared: Mapping[str, Fact]) -> dict[str, Any] | None:
    """What is known of these facts of a loan: of its open case, else of the newest day run.

    A fact that neither knows is not there. None where no run knows the loan.
    """
    night = _facts_of_night(loan_no, declared)
    case = Case.objects.filter(loan_no=loan_no, state=CaseState.OPEN).first()
    if case is None:
        return night
    return (night or {}) | facts_decided_on(case, declared)


def _facts_of_night(loan_no: str, names: Iterable[str]) -> dict[str, Any] | None:
    run = DayRun.objects.filter(state=RunState.DONE).order_by("-as_of", "-pk").first()
    path = Path(run.folder) / "decided.parquet" if run and run.folder else None
    if path is None or not path.is_file():
        return None
    with duckdb.connect(config={"threads": 1}) as engine:
        query = "select * from read_parquet(?) where loan_no = ?"
        found = engine.execute(query, [str(path), loan_no])
        columns = [column[0] for column in found.description or ()]
        row = found.fetchone()
    known = dict(zip(columns, row, strict=True)) if row else None
    return known and {name: known[name] for name in names if name in known}
