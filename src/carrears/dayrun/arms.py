"""Which strategy decides which loan while an experiment runs, for a whole book.

``experiments.trial.Trial`` says the same of one loan; a differential test holds both together.
"""

# ruff: noqa: S608  names come from the layout and from keys that were checked

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from carrears.experiments.trial import DEBTOR_SQL, Trial
from carrears.portfolio.compact import quoted
from carrears.strategy.batch import decided
from carrears.strategy.compile import Compiled

# What each decision carries beside the strategy's own answer; null outside an experiment.
ARM_COLUMNS = {"arm": "varchar", "strategy_id": "bigint"}


@dataclass(frozen=True, slots=True)
class Placed:
    """The loans that take part (``loan_id`` and ARM_COLUMNS), and the strategies by their id."""

    loans: pa.Table
    strategies: Mapping[int, Compiled]


@dataclass(frozen=True, slots=True)
class Split:
    """A running experiment over a snapshot, its strategies compiled by their id."""

    trial: Trial
    strategies: Mapping[int, Compiled]
    enrolled: Sequence[str]
    snapshot: Path

    def place(self, scored: Path) -> Placed:
        """Put the loans of a day's scores into the arms."""
        engine = duckdb.connect()
        table = pa.table({"debtor": pa.array(list(self.enrolled), pa.string())})
        engine.register("enrolled", table)
        arm = self.trial.arm_sql(enrolled="e.debtor is not null")
        numbers = " ".join(
            f"when '{name}' then {number}" for name, number in self.trial.strategies.items()
        )
        try:
            found = engine.sql(
                f"""
                select loan_id, arm, (case arm {numbers} end)::bigint as strategy_id from (
                  select loan_id, {arm} as arm
                  from (
                    select s.loan_id, s.loan_no, s.currency, s.dpd, l.obligor_no
                    from read_parquet({quoted(scored)}) s
                    join read_parquet({quoted(self.snapshot / "loans.parquet")}) l using (loan_id)
                  ) left join enrolled e on e.debtor = {DEBTOR_SQL}
                ) where arm is not null
                """
            )
            return Placed(found.to_arrow_table(), self.strategies)
        finally:
            engine.close()


@contextmanager
def decided_by_arm(
    engine: duckdb.DuckDBPyConnection, *, strategy: Compiled, placed: Placed | None
) -> Iterator[str]:
    """SQL of the decided rows of ``facts`` with ARM_COLUMNS.

    Loans of an experiment are decided by their arm's strategy, all others by ``strategy``.
    """
    nothing = ", ".join(f"null::{kind} as {name}" for name, kind in ARM_COLUMNS.items())
    with ExitStack() as stack:
        if placed is None:
            query = stack.enter_context(decided(engine, "facts", strategy))
            yield f"select *, {nothing} from ({query})"
            return
        engine.register("armed", placed.loans)
        stack.callback(engine.unregister, "armed")
        _view(engine, "facts_of_none", "anti join armed")
        query = stack.enter_context(decided(engine, "facts_of_none", strategy))
        parts = [f"select *, {nothing} from ({query})"]
        for number, compiled in placed.strategies.items():
            source = f"facts_of_{number}"
            _view(engine, source, f"semi join (from armed where strategy_id = {number})")
            query = stack.enter_context(decided(engine, source, compiled))
            parts.append(
                f"select d.*, a.arm, a.strategy_id from ({query}) d join armed a using (loan_id)"
            )
        yield " union all by name ".join(parts)


def _view(engine: duckdb.DuckDBPyConnection, name: str, join: str) -> None:
    engine.execute(f"create or replace temp view {name} as from facts {join} using (loan_id)")
