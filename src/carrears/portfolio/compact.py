"""Merge imported parts into one book.

A part is what one file brought: Parquet tables keyed by the lender's ``loan_no``. Parts are
ranked by the day they speak of, then by arrival; where two speak of the same row the later
one holds, so that a corrected file mends what it corrects and nothing else. Everything here
is plain files and DuckDB, and gives the same bytes for the same parts.

What a book says of a loan follows from that loan's rows alone. So a book that grew (its
``Base``) is not merged anew: a table that nothing new speaks of is a hard link to the base's;
of any other only the loans that are spoken of are read out of all parts, and laid between the
rows of the base. Rows go by as a stream, sorted by DuckDB, which spills; memory does not grow
with the book.
"""

# ruff: noqa: S608  names come from the layout, paths are quoted, no value of a tape gets in

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from carrears import layout
from carrears.portfolio.settling import DERIVED, IDENTITY, settle
from carrears.portfolio.sorted_rows import (
    ROW_GROUP,
    ROW_GROUPS,
    SortedWriter,
    interleaved,
    whole_loans,
    without_loans,
)

_BATCH = 131_072
_CHUNK = 524_288  # rows that are settled at a time


@dataclass(frozen=True, slots=True)
class Part:
    """One imported file's tables, in ``folder``; ``rank`` orders parts, highest wins."""

    folder: Path
    rank: int

    def table(self, name: str) -> Path:
        """Where the part's table would be."""
        return self.folder / f"{name}.parquet"


@dataclass(frozen=True, slots=True)
class Base:
    """A book in ``folder`` that ``merge_parts`` made of fewer parts, with the same registry.

    ``parts`` are the folders of its parts, ``counts`` what merging them returned, ``since``
    the numbers of the loans, by table, of which rows were told that it does not have.
    """

    folder: Path
    counts: Mapping[str, int]
    parts: Collection[Path]
    since: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Merging:
    """What is merged: the parts by rank, and ``told``, a folder of what was told to us."""

    engine: duckdb.DuckDBPyConnection
    parts: Sequence[Part]
    told: Path
    out: Path
    base: Base | None

    def sources(self, name: str) -> list[Path]:
        """The table's files; of two that say the same thing anew the later one holds."""
        tables = [*(part.table(name) for part in self.parts), self.told / f"{name}.parquet"]
        return [path for path in tables if path.exists()]

    def fresh(self, name: str) -> list[Path]:
        """Those that came by parts which the base has not."""
        known = set(self.base.parts) if self.base else set()
        tables = [part.table(name) for part in self.parts if part.folder not in known]
        return [path for path in tables if path.exists()]


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
    base: Base | None = None,
) -> dict[str, int]:
    """Write the book of all ``parts`` into ``out`` and return rows by table.

    ``registry`` keeps each loan's dense id and grows by the loans it has not seen.
    ``received`` are payments told to us one at a time, in the columns of PAYMENTS but with
    ``loan_no``; ``received_events`` likewise of EVENTS. Rows that name a loan no part knows are
    left out and counted as ``orphan_…``; they come in by themselves once the loan
    does. ``base`` spares work and changes nothing of what is written.
    """
    out.mkdir(parents=True, exist_ok=True)
    ordered = sorted(parts, key=lambda part: part.rank)
    with TemporaryDirectory(dir=out.parent, prefix=".told-") as told:
        for name, rows in (("payments", received), ("events", received_events)):
            if rows is not None and rows.num_rows:
                pq.write_table(rows, Path(told) / f"{name}.parquet")
        work = _Merging(engine, ordered, Path(told), out, base)
        _assign_ids(work, registry)
        counts: dict[str, int] = {}
        for name in ("loans", "events", "reports"):
            counts |= _merge_table(work, name)
        with ThreadPoolExecutor(2) as pool:  # while one is written the other is sorted
            large = pool.map(lambda name: _merge_table(work, name), ("instalments", "payments"))
            for merged in large:
                counts |= merged
    return counts


def _assign_ids(work: _Merging, registry: Path) -> None:
    """Give new loans the next ids, in the order of their numbers."""
    engine = work.engine
    if registry.exists():
        engine.execute(f"create or replace table ids as from read_parquet({quoted(registry)})")
    else:
        engine.execute("create or replace table ids (loan_no varchar, loan_id bigint)")
    added = engine.execute(
        f"""
        insert into ids
        select loan_no, (select coalesce(max(loan_id), 0) from ids)
                        + row_number() over (order by loan_no)
        from (select distinct loan_no from ({_loan_numbers(work.fresh("loans"))})
              anti join ids using (loan_no))
        """
    ).fetchall()
    if registry.exists() and not added[0][0]:
        return
    new = registry.with_suffix(".new")
    registry.parent.mkdir(parents=True, exist_ok=True)
    engine.execute(f"copy (from ids order by loan_id) to {quoted(new)} (format parquet)")
    new.replace(registry)


def _merge_table(work: _Merging, name: str) -> dict[str, int]:
    """Write or link one table; its rows, and those of unknown loans where there are any."""
    with work.engine.cursor() as cursor:
        orphans = _count_orphans(cursor, work, name)
        if work.base and not _touch(cursor, work, work.base, name):
            (work.out / f"{name}.parquet").hardlink_to(work.base.folder / f"{name}.parquet")
            written = work.base.counts[name]
        else:
            written = _write(cursor, work, name)
    return {name: written} | ({f"orphan_{name}": orphans} if orphans else {})


def _touch(cursor: duckdb.DuckDBPyConnection, work: _Merging, base: Base, name: str) -> bool:
    """A table ``touched`` of the loans whose rows may differ from the base's; whether any do."""
    cursor.register("since", pa.table({"loan_no": pa.array(base.since.get(name, ()), "string")}))
    queries = ["select loan_no from since", _loan_numbers(work.fresh(name))]
    if base.counts.get(f"orphan_{name}"):
        queries.append(_loan_numbers(work.fresh("loans")))
    if name == "instalments" and _rows(work.out / "reports.parquet"):  # which may be their source
        queries += [_loan_numbers(work.fresh(source)) for source in ("loans", "reports")]
    cursor.execute(
        "create temp table touched as"
        f" from ids semi join ({' union all '.join(queries)}) using (loan_no)"
    )
    return _count(cursor, "select count(*) from touched") > 0


def _loan_numbers(files: Sequence[Path]) -> str:
    """A query of the loans that these files speak of."""
    if not files:
        return "select null::varchar as loan_no where false"
    return f"select loan_no from read_parquet({_list(files)})"


def _write(cursor: duckdb.DuckDBPyConnection, work: _Merging, name: str) -> int:
    """Write the rows that hold, and what the base has of loans that are not touched."""
    kept: Iterator[pa.Table] = iter(())
    if work.base:
        touched = cursor.sql("select loan_id from touched order by 1").fetchnumpy()["loan_id"]
        kept = without_loans(work.base.folder / f"{name}.parquet", touched)
    rows = ROW_GROUPS.get(name, ROW_GROUP)
    with SortedWriter(work.out / f"{name}.parquet", _schema(name), row_group=rows) as writer:
        for table in interleaved(kept, _settled(work, name, _read_sorted(cursor, work, name))):
            writer.add(table)
    return writer.rows


def _read_sorted(
    cursor: duckdb.DuckDBPyConnection, work: _Merging, name: str
) -> pa.RecordBatchReader:
    """What all parts say of the loans in question, in the order of the layout."""
    loans = "touched" if work.base else "ids"
    files = work.sources(name)
    if name == "instalments" and _rows(work.out / "reports.parquet"):
        files.insert(0, _derive_instalments(cursor, work, loans))
    rows = "s.*" if name == "loans" else "s.* exclude (loan_no)"
    return cursor.sql(
        f"select {loans}.loan_id, {rows} from ({_told_by(files, name)}) s"
        f" join {loans} using (loan_no) order by {', '.join(layout.SORT_KEYS[name])}"
    ).to_arrow_reader(_BATCH)


def _settled(work: _Merging, name: str, reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    with work.engine.cursor() as settling:
        for chunk in whole_loans(reader, rows=_CHUNK):
            yield settle(settling, name, chunk)


def _schema(name: str) -> pa.Schema:
    return pa.schema([field.with_nullable(True) for field in layout.TABLES[name]])


def _columns(name: str) -> list[str]:
    """What a part may tell of a row of the table, beside the loan's number."""
    own = {"loan_id", "loan_no", *DERIVED}
    return [field.name for field in layout.TABLES[name] if field.name not in own]


def _told_by(files: Sequence[Path], name: str) -> str:
    """A query of the rows of all files: loan_no, columns, rank (the file's place).

    One scan of all files rather than a union of scans: what DuckDB 2.0 sorts out of a union of
    a large and a small source does not spill.
    """
    columns = ["loan_no", *_columns(name)]
    if not files:
        return f"select {_listed(name, columns, ())}, 0 as rank where false"
    present = {column for path in files for column in pq.read_schema(path).names}
    return (
        f"select {_listed(name, columns, present)}, file_index::bigint as rank"
        f" from read_parquet({_list(files)}, union_by_name = true)"
    )


def _list(files: Iterable[Path]) -> str:
    return f"[{', '.join(map(quoted, files))}]"


def _listed(name: str, columns: Iterable[str], present: Collection[str]) -> str:
    """The columns in their types, null where a part of an older layout lacks one."""
    return ", ".join(
        f"{c if c in present else 'null'}::{_sql_type(_tape_type(name, c))} as {c}" for c in columns
    )


def _tape_type(name: str, column: str) -> pa.DataType:
    return pa.string() if column == "loan_no" else layout.TABLES[name].field(column).type


def _count_orphans(cursor: duckdb.DuckDBPyConnection, work: _Merging, name: str) -> int:
    """Rows of loans that no part knows; counted anew where that may have changed."""
    base = work.base
    known = base.counts.get(f"orphan_{name}", 0) if base else 0
    told = [path for path in work.sources(name) if path.parent == work.told]
    suspects = _loan_numbers(work.fresh(name) + told)
    found = f"select count(*) from (from ({suspects}) anti join ids using (loan_no) limit 1)"
    if not known and not _count(cursor, found):
        return 0
    identity = ", ".join(("loan_no", *IDENTITY[name]))
    unknown = f"from ({_told_by(work.sources(name), name)}) anti join ids using (loan_no)"
    return _count(cursor, f"select count(*) from (select distinct {identity} {unknown})")


def _derive_instalments(cursor: duckdb.DuckDBPyConnection, work: _Merging, loans: str) -> Path:
    """A file of the schedules that follow from monthly reports, of loans without another."""
    for name in ("reports", "loans"):
        path = quoted(work.out / f"{name}.parquet")
        cursor.execute(
            f"create or replace temp view merged_{name} as"
            f" from read_parquet({path}) semi join {loans} using (loan_id)"
        )
    cursor.execute(f"create or replace temp table derived as {_derivation()}")
    derived = work.told / "derived.parquet"
    given = _loan_numbers(work.sources("instalments"))
    cursor.execute(
        f"copy (select loan_no, {', '.join(_columns('instalments'))}"
        f" from derived join {loans} using (loan_id)"
        f" anti join (select distinct loan_no from ({given})) given using (loan_no))"
        f" to {quoted(derived)} (format parquet)"
    )
    return derived


@cache
def _derivation() -> str:
    import ibis  # noqa: PLC0415  costs a second, which only tapes without a schedule need

    from carrears.portfolio.monthly import derive_instalments  # noqa: PLC0415  see above

    reports, loans = (
        ibis.table(ibis.Schema.from_pyarrow(layout.TABLES[name]), name=f"merged_{name}")
        for name in ("reports", "loans")
    )
    return str(ibis.to_sql(derive_instalments(reports, loans), dialect="duckdb"))


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


def _rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)


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


def ranked(parts: Iterable[tuple[Path, date | None, int]]) -> list[Part]:
    """Parts by the day they speak of, then by arrival."""
    ordered = sorted(parts, key=lambda p: (p[1] or date.min, p[2]))
    return [Part(folder=folder, rank=rank) for rank, (folder, _, _) in enumerate(ordered)]
