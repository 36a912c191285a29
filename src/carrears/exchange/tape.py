"""Read a tape through a mapping, checking every row.

A row with anything wrong is put aside whole, with all that is wrong in it, and the rest goes
on. A file that breaks in the middle is no tape: reading raises and the caller discards what
it has got of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carrears.exchange import canonical
from carrears.exchange.checks import check_rows
from carrears.exchange.chunks import UNREADABLE, Chunk
from carrears.exchange.columns import Bounds, Mask, read_column
from carrears.exchange.discover import format_of
from carrears.exchange.errors import TapeError
from carrears.exchange.keys import SeenKeys
from carrears.exchange.mapping import Column, Columns, Mapping, Table, parse_of
from carrears.exchange.periods import split_periods
from carrears.exchange.sniffing import refuse_foreign
from carrears.exchange.sources import chunks_of


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; ``field`` is empty where it is the whole row."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A row put aside: data rows count from 1, ``line`` is where a CSV row begins."""

    file: str
    table: str
    row: int
    line: int | None
    errors: tuple[FieldError, ...]
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file is read."""

    rows: int
    bytes_read: int
    bytes_total: int


@dataclass(slots=True)
class Batch:
    """A part of a tape, in the tables of ``canonical.TABLES``."""

    tables: dict[str, pa.Table]
    rejects: list[Reject] = field(default_factory=list)
    rows: int = 0


def read_tape(
    path: Path, mapping: Mapping, *, progress: Callable[[Progress], None] = lambda _: None
) -> Iterator[Batch]:
    """The tape at ``path`` in batches, in the order of the file and in bounded memory.

    Raises:
        TapeError: the file as a whole cannot be used; nothing of it may be kept.
    """
    reader = _Reader(path, mapping)
    total = path.stat().st_size
    rows = 0
    kind = format_of(path, mapping)
    refuse_foreign(path, mapping, kind)
    for chunk in chunks_of(path, mapping, kind):
        batch = reader.take(chunk)
        rows += batch.rows
        progress(Progress(rows, min(chunk.bytes_read, total), total))
        yield batch
    progress(Progress(rows, total, total))


class _Reader:
    """Turns chunks into batches, and remembers the keys it has seen."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        self._path, self._mapping = path, mapping
        self._tables = mapping.tables_of(path.name)
        if not self._tables:
            wanted = ", ".join(str(table.files) for table in mapping.tables.values())
            raise TapeError(path, f"the mapping {mapping.name} knows files named {wanted}")
        self._engine = duckdb.connect(config={"threads": 1})
        self._seen: dict[str, SeenKeys] = defaultdict(lambda: SeenKeys(self._engine))
        self._checked_header = False

    def take(self, chunk: Chunk) -> Batch:
        """Read one chunk."""
        rejects = [self._broken(row) for row in chunk.broken]
        batch = Batch({}, rejects, len(chunk.rows) + len(chunk.broken))
        if len(chunk.rows) == 0:
            return batch
        self._check_header(chunk)
        work = _Work(self._mapping, chunk)
        read = {name: work.read_table(name, table) for name, table in self._tables.items()}
        told = self._read_periods(work) if self._mapping.period else []
        for name, table in read.items():
            check_rows(name, table, self._mapping.currency, work.blame)
        self._refuse_repeats(work, read, told)
        rejects.extend(work.rejects(self._path.name))
        self._fill(batch, work, read, told)
        return batch

    def _broken(self, row: Any) -> Reject:
        error = FieldError("", row.reason)
        name = next(iter(self._tables))
        return Reject(self._path.name, name, row.row, row.line, (error,), {UNREADABLE: row.text})

    def _check_header(self, chunk: Chunk) -> None:
        """A column that every row must have is missing from the whole file: no such tape."""
        if self._checked_header:
            return
        self._checked_header = True
        columns = [c for table in self._tables.values() for c in table.columns.values()]
        wanted = [c.source for c in columns if c.source and c.required and c.default is None]
        missing = [name for name in wanted if _found(chunk, name)[0] is None]
        if missing:
            listed = ", ".join(dict.fromkeys(missing))
            raise TapeError(self._path, f"has no column {listed}, which {self._mapping.name} needs")

    def _read_periods(self, work: _Work) -> list[pa.Table]:
        """The period's own columns, then those of each month after it."""
        period, months = self._mapping.period, self._mapping.months
        assert period is not None  # noqa: S101  asked by the caller
        told = [work.read_columns("period", period.columns, canonical.PERIOD)]
        for k in range(1, months.count + 1) if months else ():
            assert months is not None  # noqa: S101  the same
            numbered = {
                name: column.model_copy(update={"source": str(column.source).format(k=k)})
                for name, column in months.columns.items()
            }
            if all(work.lacks(column) for column in numbered.values()):
                break  # the tape ends here; `count` is the most it may tell
            month = work.read_columns("period", numbered, canonical.PERIOD)
            told.append(_set(month, "period_end", _months_later(told[0]["period_end"], k)))
        return told

    def _refuse_repeats(self, work: _Work, read: dict[str, pa.Table], told: list[pa.Table]) -> None:
        good = np.flatnonzero(~work.bad)
        for name, table in read.items():
            keyed = table
            columns = list(canonical.KEYS[name])
            if name == "loans" and told:  # one record a loan and period
                keyed = _set(table, "period_end", told[0]["period_end"])
                columns.append("period_end")
            arrays = [keyed[c].combine_chunks().take(pa.array(good)) for c in columns]
            for place in self._seen[name].find_repeats(arrays):
                row = int(good[place])
                values = [str(keyed[c][row].as_py()) for c in columns if keyed[c][row].is_valid]
                work.blame(name, row, columns[0], f"{' '.join(values)!r} is in this file twice")

    def _fill(
        self, batch: Batch, work: _Work, read: dict[str, pa.Table], told: list[pa.Table]
    ) -> None:
        keep = pa.array(~work.bad)
        if told:
            split = split_periods(self._engine, _stack(read["loans"]["loan_no"], told, ~work.bad))
            read["loans"] = _with_endings(read["loans"], split.endings)
            batch.tables.update({name: t for name, t in split.tables.items() if t.num_rows})
        for name, table in read.items():
            kept = table.filter(keep)
            if kept.num_rows:
                batch.tables[name] = kept


class _Work:
    """One chunk being read: its columns, and what is wrong by row."""

    def __init__(self, mapping: Mapping, chunk: Chunk) -> None:
        self._mapping, self._chunk = mapping, chunk
        self.bad: Mask = np.zeros(len(chunk.rows), dtype=np.bool_)
        self._errors: dict[int, list[tuple[str, FieldError]]] = defaultdict(list)
        self._sources: dict[tuple[str, str], str] = {}

    def blame(self, table: str, row: int, column: str, reason: str) -> None:
        """Put ``row`` aside; its field is told by its name in the file.

        The first fault of a field is told: what follows from it would only distract.
        """
        self.bad[row] = True
        shown = self._sources.get((table, column), column)
        if all(known.field != shown for _, known in self._errors[row]):
            self._errors[row].append((table, FieldError(shown, reason)))

    def read_table(self, name: str, table: Table) -> pa.Table:
        """A table of the book, with what the tape leaves to the mapping."""
        read = self.read_columns(name, table.columns, canonical.TABLES[name])
        if name == "loans":
            for column, fallback in (
                ("product", pa.scalar(self._mapping.product)),
                ("currency", pa.scalar(self._mapping.currency)),
                ("obligor_no", read["loan_no"].combine_chunks()),
            ):
                read = _set(read, column, pc.coalesce(read[column].combine_chunks(), fallback))
        return read

    def read_columns(self, name: str, columns: Columns, schema: pa.Schema) -> pa.Table:
        """All columns of ``schema``; null where nothing maps to one."""
        count = len(self._chunk.rows)
        arrays = [
            self._read(name, part, columns[part.name], count)
            if part.name in columns
            else self._absent(name, part, count)
            for part in schema
        ]
        return pa.Table.from_arrays(
            arrays, schema=pa.schema([p.with_nullable(True) for p in schema])
        )

    def _absent(self, name: str, part: pa.Field, count: int) -> pa.Array:
        default = canonical.DEFAULTS.get((name, part.name))
        if default is None:
            return pa.nulls(count, part.type)
        return self._read(name, part, Column(value=default), count)

    def _read(self, name: str, part: pa.Field, column: Column, count: int) -> pa.Array:
        raw, in_minor = _found(self._chunk, column.source) if column.source else (None, False)
        if column.value is not None:
            raw = pa.repeat(pa.scalar(column.value), count)
        if raw is None:
            raw = pa.nulls(count, pa.string())
        self._sources[name, part.name] = column.source or part.name
        default = column.default or canonical.DEFAULTS.get((name, part.name))
        must = column.required or not part.nullable
        filled = (name, part.name) in canonical.FILLED
        parsed = read_column(
            raw,
            column.model_copy(update={"default": default, "required": must and not filled}),
            parse=parse_of(column, part.type),
            currency=self._mapping.currency,
            nulls=self._mapping.nulls,
            grouping=self._mapping.grouping,
            allowed=canonical.ALLOWED.get((name, part.name), ()),
            bounds=_bounds(name, part.name, column),
            in_minor=in_minor,
        )
        for row, reason in parsed.wrong.items():
            self.blame(name, row, part.name, reason)
        return parsed.values

    def lacks(self, column: Column) -> bool:
        """Whether the file has no such column."""
        return _found(self._chunk, column.source)[0] is None

    def rejects(self, file: str) -> Iterator[Reject]:
        """The rows put aside, in the order of the file."""
        for row in sorted(self._errors):
            found = self._errors[row]
            lines = self._chunk.lines
            yield Reject(
                file,
                found[0][0],
                int(self._chunk.rows[row]),
                None if lines is None else int(lines[row]),
                tuple(error for _, error in found),
                self._chunk.raw(row),
            )


def _found(chunk: Chunk, name: str | None) -> tuple[pa.Array | None, bool]:
    """The column of the file, and whether it holds minor units (``name_minor``)."""
    if name in chunk.columns:
        return chunk.columns[name], False
    minor = chunk.columns.get(f"{name}_minor")
    return minor, minor is not None


def _bounds(table: str, name: str, column: Column) -> Bounds:
    low, high = canonical.RANGES.get((table, name), (None, None))
    above, below = canonical.LIMITS.get((table, name), (None, None))
    return Bounds(
        low=column.min if column.min is not None else low,
        high=column.max if column.max is not None else high,
        above=column.above if column.above is not None else above,
        below=column.below if column.below is not None else below,
    )


def _months_later(ends: pa.ChunkedArray, months: int) -> pa.Array:
    """The last day of the month so many months after each date's."""
    given = ends.combine_chunks()
    days = given.cast(pa.int32()).fill_null(0).to_numpy().astype("datetime64[D]")
    later = (days.astype("datetime64[M]") + months + 1).astype("datetime64[D]") - 1
    return pc.if_else(
        pc.is_valid(given),
        pa.array(later.astype(np.int64).astype(np.int32)).cast(pa.date32()),
        None,
    )


def _stack(loan_no: pa.ChunkedArray, told: list[pa.Table], good: Mask) -> pa.Table:
    """The periods of all good records under each other."""
    places = pa.array(np.flatnonzero(good))
    parts = []
    for k, period in enumerate(told):
        part = period.take(places).append_column("loan_no", loan_no.take(places))
        part = part.append_column("n", places)
        parts.append(part.append_column("k", pa.repeat(pa.scalar(k), len(places))))
    return pa.concat_tables(parts)


def _with_endings(loans: pa.Table, endings: pa.Table) -> pa.Table:
    """Loans with the day and the reason of their end."""
    places = pc.index_in(pa.array(range(loans.num_rows)), value_set=endings["n"].combine_chunks())
    for name in ("closed_on", "closed_reason"):
        ended = endings[name].combine_chunks().cast(loans.schema.field(name).type).take(places)
        loans = _set(loans, name, pc.coalesce(loans[name].combine_chunks(), ended))
    return loans


def _set(table: pa.Table, name: str, values: Any) -> pa.Table:
    place = table.schema.get_field_index(name)
    if place < 0:
        return table.append_column(name, values)
    return table.set_column(place, table.schema.field(name), values)
