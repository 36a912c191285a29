"""A book that grows part by part is the book of all parts at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tape_parts import Row, event, instalment, keyed_by_number, loan, payment, report, write_part

from carrears import layout
from carrears.portfolio import compact
from carrears.portfolio.compact import Base, Part, merge_parts, open_engine

START = date(2026, 1, 1)
DAYS = st.integers(0, 3).map(lambda n: START + timedelta(days=n))
LOANS = st.sampled_from("ABCD")
Tables = dict[str, list[Row]]


@pytest.fixture(scope="module", autouse=True)
def _small_chunks() -> Iterator[None]:
    """So that a few rows come in several batches, and are settled in several chunks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compact, "_BATCH", 2)
        patch.setattr(compact, "_CHUNK", 3)
        yield


def _rows(row: st.SearchStrategy[Row], *identity: str) -> st.SearchStrategy[list[Row]]:
    """A file has no row twice."""
    return st.lists(row, max_size=5, unique_by=lambda r: tuple(r[c] for c in identity))


NUMBERS = st.sampled_from("123")
PAYMENTS = _rows(
    st.builds(
        payment,
        LOANS,
        NUMBERS,
        DAYS,
        st.integers(-9, 9),
        known_on=st.none() | DAYS,
        reverses_no=st.none() | NUMBERS,
    ),
    "loan_no",
    "payment_no",
)
MONTH_ENDS = st.sampled_from([date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)])
TABLES = st.fixed_dictionaries(
    {
        "loans": _rows(st.builds(loan, LOANS, principal=st.integers(1, 9)), "loan_no"),
        "payments": PAYMENTS,
        "instalments": _rows(
            st.builds(
                instalment,
                LOANS,
                st.integers(1, 2),
                DAYS,
                effective_on=st.none() | DAYS,
                known_on=st.none() | DAYS,
            ),
            *("loan_no", "seq", "effective_on"),
        ),
        "events": _rows(
            st.builds(event, LOANS, NUMBERS, DAYS, months=st.integers(1, 3)),
            *("loan_no", "event_no"),
        ),
        "reports": _rows(
            st.builds(
                report,
                LOANS,
                MONTH_ENDS,
                scheduled=st.just(100),
                next_due=st.sampled_from([0, 100, 200]),
                paid=st.sampled_from([0, 100]),
                balance=st.sampled_from([0, 150, 300]),
                modified=st.booleans(),
            ),
            *("loan_no", "period_end"),
        ),
    }
)


@dataclass(frozen=True)
class Step:
    """What comes in before the book is merged again: a file, and payments told to us."""

    tables: Tables
    day: int
    told: list[Row]


STEPS = st.lists(
    st.builds(
        Step,
        st.tuples(TABLES, st.sets(st.sampled_from(list(layout.TABLES)))).map(
            lambda drawn: {name: drawn[0][name] for name in drawn[1]}
        ),
        st.integers(0, 9),
        PAYMENTS,
    ),
    min_size=1,
    max_size=4,
)


@dataclass(frozen=True)
class Books:
    """The parts and payments of ``steps``, and the books that are made of them."""

    engine: duckdb.DuckDBPyConnection
    folder: Path
    steps: list[Step]

    def part(self, step: int) -> Part:
        return Part(self.folder / f"part{step}", rank=10 * self.steps[step].day + step)

    def told(self, steps: range) -> list[Row]:
        """A payment told later is another payment."""
        return [
            row | {"payment_no": f"{step}-{row['payment_no']}"}
            for step in steps
            for row in self.steps[step].told
        ]

    def merge(self, name: str, steps: int, base: Base | None = None) -> dict[str, int]:
        told = self.told(range(steps))
        return merge_parts(
            self.engine,
            [self.part(step) for step in range(steps)],
            registry=self.folder / "registry.parquet",
            received=keyed_by_number("payments", told) if told else None,
            out=self.folder / name,
            base=base,
        )

    def grow(self) -> tuple[Path, dict[str, int]]:
        """Merge step by step, each book on the one before."""
        base = None
        for step in range(len(self.steps)):
            counts = self.merge(f"grown{step}", step + 1, base)
            known = [self.part(n).folder for n in range(step + 1)]
            coming = self.told(range(step + 1, min(step + 2, len(self.steps))))
            following = [row["loan_no"] for row in coming]
            base = Base(self.folder / f"grown{step}", counts, known, {"payments": following})
        return self.folder / f"grown{len(self.steps) - 1}", counts


@contextmanager
def books_of(steps: list[Step]) -> Iterator[Books]:
    with tempfile.TemporaryDirectory() as home, open_engine(Path(home) / "scratch") as engine:
        books = Books(engine, Path(home), steps)
        for number, step in enumerate(steps):
            write_part(books.part(number).folder, step.tables)
        yield books


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_a_book_grows_into_what_merging_everything_gives(steps: list[Step]) -> None:
    with books_of(steps) as books:
        grown, counts = books.grow()

        assert books.merge("whole", len(steps)) == counts
        for path in (books.folder / "whole").iterdir():
            assert pq.read_table(grown / path.name).to_pylist() == pq.read_table(path).to_pylist()
            assert (grown / path.name).read_bytes() == path.read_bytes()


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_of_payments_the_latest_word_holds(steps: list[Step]) -> None:
    """Against a plain reckoning, a dictionary that later files write over."""
    with books_of(steps) as books:
        counts = books.merge("whole", len(steps))
        ids = _ids(books.folder / "registry.parquet")
        found = pq.read_table(books.folder / "whole" / "payments.parquet").to_pylist()

    held: dict[tuple[str, str], Row] = {}
    by_rank = sorted(range(len(steps)), key=lambda step: books.part(step).rank)
    files = [steps[step].tables.get("payments", []) for step in by_rank]
    for rows in [*files, books.told(range(len(steps)))]:
        held |= {(row["loan_no"], row["payment_no"]): row for row in rows}
    expected = [
        {"loan_id": ids[number]}
        | {c: row[c] for c in layout.PAYMENTS.names[1:]}
        | _dated(row, held)
        for (number, _), row in held.items()
        if number in ids
    ]
    assert found == sorted(
        expected, key=lambda row: [row[key] for key in layout.SORT_KEYS["payments"]]
    )
    assert counts.get("orphan_payments", 0) == len(held) - len(expected)


def _ids(registry: Path) -> dict[str, int]:
    return {row["loan_no"]: row["loan_id"] for row in pq.read_table(registry).to_pylist()}


def _dated(row: Row, held: dict[tuple[str, str], Row]) -> Row:
    if row["reverses_no"] is None:
        return {}
    named = held.get((row["loan_no"], row["reverses_no"]), row)
    return {"paid_on": named["paid_on"], "known_on": row["known_on"] or row["paid_on"]}


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_a_reissued_instalment_ends_the_one_before(steps: list[Step]) -> None:
    without_reports = [replace(s, tables=s.tables | {"reports": []}) for s in steps]
    with books_of(without_reports) as books:
        books.merge("whole", len(steps))
        found = pq.read_table(books.folder / "whole" / "instalments.parquet").to_pylist()

    versions: dict[tuple[int, int], list[Row]] = {}
    for row in found:
        versions.setdefault((row["loan_id"], row["seq"]), []).append(row)
    for rows in versions.values():
        rows.sort(key=lambda row: row["effective_on"] or date.min)
        ended = [(row["superseded_on"], row["superseded_known_on"]) for row in rows]
        assert ended == [
            *((row["effective_on"], row["known_on"]) for row in rows[1:]),
            (None, None),
        ]


def test_what_nothing_new_speaks_of_is_not_written_again() -> None:
    first = Step(
        {"loans": [loan("A"), loan("B")], "instalments": [instalment("A", 1, START)]}, 0, []
    )
    late = Step({"payments": [payment("B", "1", START, 5)]}, 1, [])
    with books_of([first, late]) as books:
        grown, counts = books.grow()
        before = books.folder / "grown0"
        same = {path.name for path in grown.iterdir() if path.samefile(before / path.name)}

    assert counts == {"loans": 2, "instalments": 1, "payments": 1, "events": 0, "reports": 0}
    assert same == {f"{name}.parquet" for name in layout.TABLES if name != "payments"}


def test_payments_come_in_once_their_loan_does() -> None:
    early = Step({"payments": [payment("A", "1", START, 5)]}, 0, [payment("A", "2", START, 6)])
    with books_of([early, Step({"loans": [loan("A")]}, 1, [])]) as books:
        assert books.merge("early", 1) == dict.fromkeys(layout.TABLES, 0) | {"orphan_payments": 2}
        grown, counts = books.grow()
        assert counts == dict.fromkeys(layout.TABLES, 0) | {"loans": 1, "payments": 2}
        assert pq.read_table(grown / "payments.parquet")["amount"].to_pylist() == [6, 5]
