"""The columnar half of a day: state, scores and decisions of every loan, as Parquet.

Each result is a file that appears only when it is whole. One loan goes through the same
expressions in ``carrears.dayrun.asking``; only where the rows come from differs.
"""

# ruff: noqa: S608  names come from the layout, paths are quoted, values are parameters

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
from django.conf import settings

from carrears.dayrun.arms import Placed, decided_by_arm
from carrears.dayrun.facts import debtor_totals, make_facts
from carrears.dayrun.questions import Questions
from carrears.dayrun.reckoning import stated
from carrears.layout import TABLES
from carrears.portfolio.compact import open_engine, quoted, table_query
from carrears.portfolio.products import Products
from carrears.strategy.compile import Compiled


@contextmanager
def book_engine(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the snapshot's tables as views."""
    engine = open_engine(Path(settings.BOOK_DIR) / "scratch")
    try:
        for name in TABLES:
            engine.execute(
                f"create view {name} as {table_query(name, snapshot / f'{name}.parquet')}"
            )
        yield engine
    finally:
        engine.close()


def add_terms(engine: duckdb.DuckDBPyConnection, products: Products) -> None:
    """Make the table ``terms`` of the products that the view ``loans`` names."""
    names = [row[0] for row in engine.execute("select distinct product from loans").fetchall()]
    engine.register("terms_given", products.terms(names))
    engine.execute("create or replace table terms as from terms_given")
    engine.unregister("terms_given")


def write_state(
    snapshot: Path, out: Path, *, as_of: date, products: Products, questions: Questions
) -> dict[int, int]:
    """Compute and keep the state of every open loan; returns loans by bucket."""
    with book_engine(snapshot) as engine:
        with stated(engine, snapshot, questions=questions, products=products, as_of=as_of) as query:
            keep(engine, f"from ({query}) order by loan_id", out)
        counts = engine.execute(
            f"select bucket, count(*) from read_parquet({quoted(out)}) group by 1"
        ).fetchall()
    return {int(bucket): int(number) for bucket, number in counts}


def write_scores(snapshot: Path, state: Path, out: Path, *, questions: Questions) -> None:
    """Score every loan and keep the result."""
    with book_engine(snapshot) as engine:
        engine.execute(f"create view state as from read_parquet({quoted(state)})")
        keep(engine, f"from ({questions.score}) order by loan_id", out)


def write_decisions(
    scored: Path,
    out: Path,
    *,
    cases: pa.Table,
    products: Products,
    strategy: Compiled,
    questions: Questions,
    placed: Placed | None = None,
) -> None:
    """Decide the treatment of every loan and keep the result; see ``arms`` for ``placed``."""
    engine = open_engine(Path(settings.BOOK_DIR) / "scratch")
    try:
        engine.execute(f"create view scored as from read_parquet({quoted(scored)})")
        make_facts(
            engine,
            question=questions.facts,
            cases=cases,
            debtors=debtor_totals(engine, "scored"),
            products=products,
        )
        with decided_by_arm(engine, strategy=strategy, placed=placed) as query:
            keep(engine, f"from ({query}) order by loan_id", out)
    finally:
        engine.close()


@contextmanager
def wanted_loans(
    snapshot: Path,
    decisions: Path,
    *,
    loan_nos: Sequence[str],
    behind: bool = True,
    within: tuple[int, int] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with ``wanted``: every loan of ``loan_nos``, and every loan ``behind``.

    ``within`` leaves all others out than those with ids from the first to the last of the two.
    """
    narrowed = f"where loan_id between {within[0]:d} and {within[1]:d}" if within else ""
    engine = open_engine(Path(settings.BOOK_DIR) / "scratch")
    try:
        for name, path in (("loans", snapshot / "loans.parquet"), ("decisions", decisions)):
            engine.execute(f"create view {name} as from read_parquet({quoted(path)}) {narrowed}")
        engine.register("named", pa.table({"loan_no": pa.array(list(loan_nos), pa.string())}))
        engine.execute(
            """
            create temp table wanted as
            select loan_id from decisions where dpd > 0 and $behind
            union select loan_id from loans semi join named using (loan_no)
            """,
            {"behind": behind},
        )
        yield engine
    finally:
        engine.close()


def forget_moved(
    engine: duckdb.DuckDBPyConnection,
    *,
    snapshot: Path,
    decisions: Path,
    bounds: Sequence[tuple[int, int]],
) -> None:
    """Take those loans out of ``wanted`` that an earlier run, of these files, moved already.

    It moved the loans within ``bounds``. A loan of which both runs say the same in every column
    would come to where it is. Files of other columns tell nothing.
    """
    engine.register(
        "reached",
        pa.table({name: [one[at] for one in bounds] for at, name in enumerate(("low", "high"))}),
    )
    same = []
    for name, path in (("loans", snapshot / "loans.parquet"), ("decisions", decisions)):
        engine.execute(f"create view earlier_{name} as from read_parquet({quoted(path)})")
        now, before = (
            engine.execute(f"describe {view}").fetchall() for view in (name, f"earlier_{name}")
        )
        if now != before:
            return
        same.append(
            f"select loan_id from (from {name} semi join wanted using (loan_id)"
            f" intersect from earlier_{name} semi join wanted using (loan_id))"
        )
    engine.execute(
        f"delete from wanted where loan_id in ({' intersect '.join(same)})"
        " and exists (from reached where loan_id between low and high)"
    )


def case_rows(
    engine: duckdb.DuckDBPyConnection, *, facts: Sequence[str], strategies: Sequence[Compiled]
) -> dict[str, pa.Table]:
    """The rows of the session's tables ``loans``, ``facts`` and ``chosen`` of the wanted loans.

    ``facts`` names the columns of the table of that name. Lists are written as PostgreSQL
    writes them. A decision holds the facts that it was made on, so that it can be explained.
    """
    written = dict.fromkeys(name for each in strategies for name in each.outputs)
    written |= dict.fromkeys(("rule_id", "arm"))
    kinds = {row[0]: row[1] for row in engine.execute("describe decisions").fetchall()}
    declared = dict.fromkeys(name for each in strategies for name in each.declared)
    told = {n: kinds[n] for n in declared if n in kinds and n not in written}
    listed = ", ".join(
        "'{' || array_to_string(reasons, ',') || '}' as reasons" if name == "reasons" else name
        for name in facts
    )
    queries = {
        "loans": "from loans semi join wanted using (loan_id) order by loan_id",
        "facts": f"select {listed} from decisions semi join wanted using (loan_id)"
        " order by loan_id",
        "chosen": "select loan_id, cast(to_json(json_object("
        f"{_pairs(dict.fromkeys(written, ''))}, 'facts', json_object({_pairs(told)})))"
        " as varchar) as decision, strategy_id"
        " from decisions d semi join wanted using (loan_id) order by loan_id",
    }
    return {name: engine.sql(query).to_arrow_table() for name, query in queries.items()}


def _pairs(kinds: Mapping[str, str]) -> str:
    """Names and values for ``json_object``; decimals as texts, which keep every digit."""
    return ", ".join(
        f"'{name}', d.\"{name}\"" + ("::varchar" if kind.startswith("DECIMAL") else "")
        for name, kind in kinds.items()
    )


def keep(engine: duckdb.DuckDBPyConnection, query: str, out: Path) -> None:
    """Write a query's rows to ``out``, which appears only when it is whole."""
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_suffix(".making")
    engine.execute(f"copy ({query}) to {quoted(fresh)} (format parquet)")
    fresh.replace(out)


def sha256(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
