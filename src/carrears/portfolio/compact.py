"""Merge imported parts into one book, and cut a snapshot out of it.

A part is what one file brought: Parquet tables keyed by the lender's ``loan_no``. Parts are
ranked by the day they speak of, then by arrival; where two speak of the same row the later
one holds, so that a corrected file mends what it corrects and nothing else. Everything here
is plain files and DuckDB, and gives the same bytes for the same parts.
"""

# ruff: noqa: S608  names come from the layout, paths are quoted, no value of a tape gets in

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from carrears import layout

# What makes two rows of two parts the same row.
_IDENTITY = {
    "loans": ("loan_no",),
    "instalments": ("loan_no", "seq", "effective_on"),
    "payments": ("loan_no", "payment_no"),
    "events": ("loan_no", "event_no"),
    "reports": ("loan_no", "period_end"),
}
_DERIVED = ("superseded_on", "superseded_known_on")
# Small enough to read one loan out of a million in a millisecond, and as quick to scan.
_ROW_GROUP = 16_384


@dataclass(frozen=True, slots=True)
class Part:
    """One imported file's tables, in ``folder``; ``rank`` orders parts, highest wins."""

    folder: Path
    rank: int

    def table(self, name: str) -> Path:
        """Where the part's table would be."""
        return self.folder / f"{name}.parquet"


def open_engine(scratch: Path, *, memory: str = "1GB") -> duckdb.DuckDBPyConnection:
    """A DuckDB connection that spills into ``scratch`` rather than dying."""
    scratch.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(
        config={"memory_limit": memory, "temp_directory": str(scratch), "threads": 2}
    )


def merge_parts(
    engine: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    *,
    registry: Path,
    received: pa.Table | None,
    out: Path,
    received_events: pa.Table | None = None,
) -> dict[str, int]:
    """Write the book of all ``parts`` into ``out`` and return rows by table.

    ``registry`` keeps each loan's dense id and grows by the loans it has not seen.
    ``received`` are payments told to us one at a time, in the columns of PAYMENTS but with
    ``loan_no``; ``received_events`` likewise of EVENTS. Rows that name a loan no part knows are
    left out and counted as
    ``orphan_…``; they come in by themselves once the loan does.
    """
    out.mkdir(parents=True, exist_ok=True)
    _stage(engine, "loans", parts)
    _assign_ids(engine, registry)
    counts = {"loans": _write(engine, "loans", "staged_loans", out)}
    for name, told in (("events", received_events), ("reports", None)):
        _stage(engine, name, parts, extra=told)
        counts |= _write_children(engine, name, out)
    _stage(engine, "payments", parts, extra=received)
    _date_reversals(engine)
    counts |= _write_children(engine, "payments", out, source="dated_payments")
    _stage(engine, "instalments", parts)
    _add_derived_instalments(engine, out)
    _mark_superseded(engine)
    return counts | _write_children(engine, "instalments", out, source="dated_schedule")


def _columns(name: str) -> list[str]:
    return [field.name for field in layout.TABLES[name] if field.name != "loan_id"]


def _stage(
    engine: duckdb.DuckDBPyConnection,
    name: str,
    parts: Sequence[Part],
    *,
    extra: pa.Table | None = None,
) -> None:
    """A view ``staged_<name>``: the rows of all parts, later parts over earlier ones."""
    present = [part for part in parts if part.table(name).exists()]
    columns = ["loan_no", *[c for c in _columns(name) if c not in {"loan_no", *_DERIVED}]]
    sources = [
        f"select {_listed(name, columns, pq.read_schema(part.table(name)).names)},"
        f" {part.rank} as rank from read_parquet({quoted(part.table(name))})"
        for part in present
    ]
    if extra is not None and extra.num_rows:
        engine.register(f"received_{name}", extra)
        listed = _listed(name, columns, extra.column_names)
        sources.append(f"select {listed}, {2**31} as rank from received_{name}")
    if not sources:
        empty = pa.table(
            {c: pa.array([], _tape_type(name, c)) for c in columns}
            | {"rank": pa.array([], "int64")}
        )
        engine.register(f"empty_{name}", empty)
        sources.append(f"select * from empty_{name}")
    union = " union all ".join(sources)
    keep = (
        f"qualify row_number() over (partition by {', '.join(_IDENTITY[name])}"
        f" order by rank desc) = 1"
        if len(sources) > 1
        else ""
    )
    engine.execute(f"create or replace temp view staged_{name} as select * from ({union}) {keep}")


def _listed(name: str, columns: Iterable[str], present: Collection[str]) -> str:
    """The columns, null where a part of an older layout lacks one."""
    return ", ".join(
        c if c in present else f"null::{_sql_type(_tape_type(name, c))} as {c}" for c in columns
    )


def _tape_type(name: str, column: str) -> pa.DataType:
    return pa.string() if column == "loan_no" else layout.TABLES[name].field(column).type


def _assign_ids(engine: duckdb.DuckDBPyConnection, registry: Path) -> None:
    """Give new loans the next ids, in the order of their numbers."""
    if registry.exists():
        engine.execute(f"create temp table ids as from read_parquet({quoted(registry)})")
    else:
        engine.execute("create temp table ids (loan_no varchar, loan_id bigint)")
    added = engine.execute(
        """
        insert into ids
        select loan_no, (select coalesce(max(loan_id), 0) from ids)
                        + row_number() over (order by loan_no)
        from (select distinct loan_no from staged_loans anti join ids using (loan_no))
        """
    ).fetchall()
    if registry.exists() and not added[0][0]:
        return
    fresh = registry.with_suffix(".new")
    registry.parent.mkdir(parents=True, exist_ok=True)
    engine.execute(f"copy (from ids order by loan_id) to {quoted(fresh)} (format parquet)")
    fresh.replace(registry)


def _write(engine: duckdb.DuckDBPyConnection, name: str, source: str, out: Path) -> int:
    """Write ``source`` (keyed by loan_no) as the table ``name``, sorted by its key."""
    fields = [
        f"{'ids' if f.name == 'loan_id' else 's'}.{f.name}::{_sql_type(f.type)} as {f.name}"
        for f in layout.TABLES[name]
    ]
    order = ", ".join(layout.SORT_KEYS[name])
    engine.execute(
        f"copy (select {', '.join(fields)} from {source} s join ids using (loan_no)"
        f" order by {order}) to {quoted(out / f'{name}.parquet')}"
        f" (format parquet, row_group_size {_ROW_GROUP})"
    )
    return _rows(engine, out / f"{name}.parquet")


def _write_children(
    engine: duckdb.DuckDBPyConnection, name: str, out: Path, *, source: str = ""
) -> dict[str, int]:
    source = source or f"staged_{name}"
    written = _write(engine, name, source, out)
    orphans = _count(engine, f"select count(*) from {source}") - written
    return {name: written} | ({f"orphan_{name}": orphans} if orphans else {})


def _add_derived_instalments(engine: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Loans whose tape has no schedule get one from the monthly reports."""
    columns = [c for c in _columns("instalments") if c not in _DERIVED]
    engine.execute("create or replace temp view schedule as from staged_instalments")
    if _rows(engine, out / "reports.parquet") == 0:
        return
    import ibis  # noqa: PLC0415  costs a second, which only tapes without a schedule need

    from carrears.portfolio.monthly import derive_instalments  # noqa: PLC0415  see above

    for name in ("reports", "loans"):
        path = quoted(out / f"{name}.parquet")
        engine.execute(f"create or replace temp view merged_{name} as from read_parquet({path})")
    reports, loans = (
        ibis.table(ibis.Schema.from_pyarrow(layout.TABLES[name]), name=f"merged_{name}")
        for name in ("reports", "loans")
    )
    derived = ibis.to_sql(derive_instalments(reports, loans), dialect="duckdb")
    engine.execute(f"create or replace temp table derived as {derived}")
    engine.execute(
        f"""
        create or replace temp view schedule as
        select loan_no, {", ".join(columns)} from staged_instalments
        union all
        select ids.loan_no, {", ".join(f"d.{c}" for c in columns)}
        from derived d join ids using (loan_id)
        anti join (select distinct loan_no from staged_instalments) g using (loan_no)
        """
    )


def _date_reversals(engine: duckdb.DuckDBPyConnection) -> None:
    """A reversal that names a payment counts for that payment's day, and is known on its own."""
    engine.execute(
        """
        create or replace temp table named_reversals as
        select r.* replace (
                 coalesce(p.paid_on, r.paid_on) as paid_on,
                 coalesce(r.known_on, r.paid_on) as known_on)
        from (from staged_payments where reverses_no is not null) r
        left join staged_payments p
          on p.loan_no = r.loan_no and p.payment_no = r.reverses_no
        """
    )
    engine.execute(
        """
        create or replace temp view dated_payments as
        from staged_payments where reverses_no is null
        union all by name from named_reversals
        """
    )


def _mark_superseded(engine: duckdb.DuckDBPyConnection) -> None:
    """A re-issued row ends the one it replaces; only loans with re-issued rows are sorted."""
    columns = ", ".join(c for c in _columns("instalments") if c not in _DERIVED)
    engine.execute(
        f"""
        create or replace temp table moved as
        select loan_no, {columns},
               lead(effective_on) over versions as superseded_on,
               lead(known_on) over versions as superseded_known_on
        from schedule semi join (
          select distinct loan_no from schedule where effective_on is not null) r using (loan_no)
        window versions as (partition by loan_no, seq order by effective_on nulls first)
        """
    )
    engine.execute(
        f"""
        create or replace temp view dated_schedule as
        select loan_no, {columns}, null::date as superseded_on, null::date as superseded_known_on
        from schedule anti join (select distinct loan_no from moved) m using (loan_no)
        union all select loan_no, {columns}, superseded_on, superseded_known_on from moved
        """
    )


def table_query(name: str, path: Path) -> str:
    """The table ``name`` of ``carrears.layout`` out of a file, which an older layout may have made.

    Columns that the file lacks are null.
    """
    columns = layout.TABLES[name].names
    present = _file_columns(path, path.stat().st_mtime_ns)
    return f"select {_listed(name, columns, present)} from read_parquet({quoted(path)})"


@lru_cache(maxsize=1024)
def _file_columns(path: Path, _changed_ns: int) -> frozenset[str]:
    return frozenset(pq.read_schema(path).names)


def quoted(path: Path) -> str:
    """A path as an SQL text."""
    return "'" + str(path).replace("'", "''") + "'"


def _rows(engine: duckdb.DuckDBPyConnection, path: Path) -> int:
    return _count(engine, f"select count(*) from read_parquet({quoted(path)})")


def _count(engine: duckdb.DuckDBPyConnection, query: str) -> int:
    # All rows are fetched: an unread result would block the connection.
    return int(engine.execute(query).fetchall()[0][0])


_SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.int64(): "bigint",
    pa.int32(): "integer",
    pa.string(): "varchar",
    pa.date32(): "date",
    pa.bool_(): "boolean",
    layout.RATE: "decimal(9,6)",
}


def _sql_type(kind: pa.DataType) -> str:
    return _SQL_TYPES[kind]


def cut_snapshot(
    engine: duckdb.DuckDBPyConnection, book: Path, *, as_of: date, out: Path
) -> dict[str, int]:
    """Write what ``book`` says of the days up to ``as_of`` into ``out``; rows by table.

    Nothing that happened or was decided later gets in. A table without later rows is a hard
    link to the book's, so that a million loans a night cost no second copy.
    """
    out.mkdir(parents=True, exist_ok=True)
    day = f"date '{as_of.isoformat()}'"
    late = {
        "loans": f"originated_on > {day} or closed_on > {day}",
        "instalments": f"effective_on > {day} or superseded_on > {day}",
        "payments": f"paid_on > {day}",
        "events": f"happened_on > {day}",
        "reports": f"period_end > {day}",
    }
    cut = {
        "loans": f"select * replace (case when closed_on <= {day} then closed_on end as closed_on,"
        f" case when closed_on <= {day} then closed_reason end as closed_reason)"
        f" from t where originated_on <= {day}",
        "instalments": f"select * replace (case when superseded_on <= {day} then superseded_on end"
        f" as superseded_on, case when superseded_on <= {day} then superseded_known_on end"
        f" as superseded_known_on) from t where effective_on is null or effective_on <= {day}",
        "payments": f"from t where paid_on <= {day}",
        "events": f"from t where happened_on <= {day}",
        "reports": f"from t where period_end <= {day}",
    }
    return {name: _cut(engine, book, out, name, late[name], cut[name]) for name in layout.TABLES}


def _cut(  # noqa: PLR0917  one row of a table of arguments
    engine: duckdb.DuckDBPyConnection, book: Path, out: Path, name: str, late: str, cut: str
) -> int:
    source, target = book / f"{name}.parquet", out / f"{name}.parquet"
    engine.execute(f"create or replace temp view t as from read_parquet({quoted(source)})")
    found = engine.execute(f"select 1 from t where {late} limit 1").fetchall()
    target.unlink(missing_ok=True)
    if not found:
        target.hardlink_to(source)
    else:
        order = ", ".join(layout.SORT_KEYS[name])
        engine.execute(
            f"copy (select * from ({cut}) order by {order}) to {quoted(target)}"
            f" (format parquet, row_group_size {_ROW_GROUP})"
        )
    return _rows(engine, target)


def ranked(parts: Iterable[tuple[Path, date | None, int]]) -> list[Part]:
    """Parts by the day they speak of, then by arrival."""
    ordered = sorted(parts, key=lambda p: (p[1] or date.min, p[2]))
    return [Part(folder=folder, rank=rank) for rank, (folder, _, _) in enumerate(ordered)]
