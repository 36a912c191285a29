from __future__ import annotations

import tracemalloc
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from carrears.samplebook import Summary, generate_book
from carrears.samplebook.book import CHUNK_LOANS, draw_chunk

AS_OF = date(2026, 10, 31)
TABLES = ("loans", "schedule", "payments", "events", "people")
SORTED_BY = {
    "loans": "loan_no",
    "schedule": "loan_no, seq, effective_on nulls first",
    "payments": "loan_no, paid_on, payment_no",
    "events": "loan_no, happened_on, event_no",
    "people": "loan_no",
}


@pytest.fixture
def sql(demo_book: tuple[Path, Summary]) -> duckdb.DuckDBPyConnection:
    """The demo book as SQL tables; ``live`` is its schedule as it stands on the last day."""
    engine = duckdb.connect()
    for name in TABLES:
        engine.execute(f"create view {name} as from '{demo_book[0] / name}.parquet'")
    engine.execute(
        """
        create view live as select * from schedule qualify row_number() over (
            partition by loan_no, seq order by effective_on desc nulls last) = 1
        """
    )
    return engine


def _bad_rows(engine: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return engine.execute(query).fetchall()[:3]


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate_book(tmp_path / name, loans=300, seed=7, as_of=AS_OF)
    for table in TABLES:
        one, two = (tmp_path / name / f"{table}.parquet" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_another_seed_gives_another_book(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate_book(tmp_path / str(seed), loans=50, seed=seed, as_of=AS_OF)
    one, two = (pq.read_table(tmp_path / name / "loans.parquet") for name in ("1", "2"))
    assert one != two


def test_a_larger_book_begins_with_the_same_whole_chunks(
    tmp_path: Path, demo_book: tuple[Path, Summary]
) -> None:
    generate_book(tmp_path, loans=CHUNK_LOANS, seed=1, as_of=AS_OF)
    for table in TABLES:
        small = pq.read_table(tmp_path / f"{table}.parquet")
        assert pq.read_table(demo_book[0] / f"{table}.parquet").slice(0, len(small)) == small


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_csv_holds_the_same_in_major_units(tmp_path: Path, locale: str) -> None:
    for kind in ("csv", "parquet"):
        generate_book(tmp_path, loans=40, seed=3, as_of=AS_OF, locale=locale, file_format=kind)
    for table in TABLES:
        text = pc.read_csv(tmp_path / f"{table}.csv")
        exact = pq.read_table(tmp_path / f"{table}.parquet")
        assert text.column_names == [name.removesuffix("_minor") for name in exact.column_names]
        for name in exact.column_names:
            if name.endswith("_minor"):
                major = [_minor(value) for value in text[name.removesuffix("_minor")].to_pylist()]
                assert major == exact[name].to_pylist()
    currency = pc.read_csv(tmp_path / "loans.csv")["currency"].to_pylist()
    assert set(currency) == {"CNY" if locale == "zh-CN" else "USD"}


def _minor(value: float | None) -> int | None:
    return None if value is None else int((Decimal(str(value)) * 100).to_integral_exact())


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_sorted(sql: duckdb.DuckDBPyConnection, table: str) -> None:
    key = SORTED_BY[table]
    assert not _bad_rows(
        sql,
        f"from (select *, row_number() over () as stands from {table})"  # noqa: S608
        f" qualify stands <> row_number() over (order by {key}, stands)",
    )


def test_schedules_repay_the_principal(sql: duckdb.DuckDBPyConnection) -> None:
    assert not _bad_rows(
        sql,
        """
        select loan_no from loans join live using (loan_no) group by all
        having sum(live.principal_minor) <> any_value(loans.principal_minor)
            or count(*) <> any_value(term_months) or max(seq) <> count(*)
            or min(due_on) < any_value(first_due_on)
        """,
    )
    assert not _bad_rows(
        sql,
        """
        from schedule s join loans l using (loan_no)
        where seq < term_months and s.principal_minor + interest_minor <> instalment_minor
        """,
    )


def test_a_repaid_loan_paid_what_it_owed(sql: duckdb.DuckDBPyConnection) -> None:
    # Everything due by the month of closing, and the principal that was to come.
    assert not _bad_rows(
        sql,
        """
        with owed as (
          select loan_no, any_value(closed_on) as closed_on,
            sum(s.principal_minor) + coalesce(sum(s.interest_minor)
              filter (due_on <= last_day(closed_on)), 0) as owed,
            sum(s.principal_minor + s.interest_minor) as whole
          from loans join live s using (loan_no) where closed_reason = 'paid_off' group by loan_no),
        paid as (select loan_no, sum(amount_minor) as paid, max(paid_on) as last from payments
                 group by loan_no)
        from owed left join paid using (loan_no)
        where last <> closed_on or paid is null or (paid <> owed and paid <> whole)
        """,
    )


def test_an_open_loan_never_paid_more_than_its_schedule(sql: duckdb.DuckDBPyConnection) -> None:
    assert not _bad_rows(
        sql,
        """
        with whole as (select loan_no, sum(principal_minor + interest_minor) as whole from live
                       group by loan_no)
        select loan_no from loans join payments using (loan_no) join whole using (loan_no)
        where closed_on is null group by loan_no, whole
        having sum(amount_minor) >= whole or sum(amount_minor) < 0
        """,
    )


def test_nothing_happens_before_the_loan_or_after_the_last_day(
    sql: duckdb.DuckDBPyConnection,
) -> None:
    for table, day in (("payments", "paid_on"), ("events", "happened_on")):
        assert not _bad_rows(
            sql,
            f"from {table} join loans using (loan_no)"
            f" where {day} > date '{AS_OF}' or {day} < originated_on",
        )
    assert not _bad_rows(
        sql, f"from schedule where effective_on > date '{AS_OF}' or effective_on > due_on"
    )
    assert not _bad_rows(
        sql,
        "from payments join loans using (loan_no)"
        " where (paid_on > closed_on) <> (payments.kind = 'recovery')",
    )


def test_each_reversal_takes_a_payment_back_and_is_an_event(
    sql: duckdb.DuckDBPyConnection,
) -> None:
    assert sql.execute("select count(*) from payments where kind = 'reversal'").fetchone() > (
        3_000,
    )
    assert not _bad_rows(
        sql,
        """
        from payments r where kind = 'reversal' and not exists (
          from payments p where p.loan_no = r.loan_no and p.kind = 'payment'
            and p.amount_minor = -r.amount_minor and p.paid_on <= r.paid_on)
        """,
    )
    assert not _bad_rows(
        sql,
        """
        (select loan_no, paid_on, -amount_minor from payments where kind = 'reversal'
         except all
         select loan_no, happened_on, amount_minor from events where kind = 'returned_debit')
        union all
        (select loan_no, happened_on, amount_minor from events where kind = 'returned_debit'
         except all
         select loan_no, paid_on, -amount_minor from payments where kind = 'reversal')
        """,
    )
    assert not _bad_rows(sql, "from payments where (amount_minor < 0) <> (kind = 'reversal')")


def test_a_deferral_moves_the_rest_by_its_months(sql: duckdb.DuckDBPyConnection) -> None:
    assert sql.execute("select count(*) from events where kind = 'deferral'").fetchone() > (500,)
    assert not _bad_rows(
        sql,
        """
        with moved as (
          select loan_no, seq, due_on, effective_on, lag(due_on) over (
            partition by loan_no, seq order by effective_on nulls first) as before
          from schedule)
        from moved full join (from events where kind = 'deferral') e
          on moved.loan_no = e.loan_no and moved.effective_on = e.happened_on
        where (effective_on is not null or e.kind is not null)
          and (before + to_months(months) = due_on) is not true
        """,
    )


def test_a_charged_off_loan_has_its_event_and_balance(sql: duckdb.DuckDBPyConnection) -> None:
    assert not _bad_rows(
        sql,
        """
        from (from loans where closed_reason = 'charged_off') l
        full join (from events where kind = 'charge_off') e
          on l.loan_no = e.loan_no and l.closed_on = e.happened_on
        where l.loan_no is null or e.loan_no is null
          or e.amount_minor not between 1 and l.principal_minor
        """,
    )


def test_summary_counts_what_is_in_the_files(
    sql: duckdb.DuckDBPyConnection, demo_book: tuple[Path, Summary]
) -> None:
    summary = demo_book[1]
    found = sql.execute(
        """
        with due as (select loan_no, sum(principal_minor + interest_minor) as due from live
                     where due_on <= ? group by loan_no),
        paid as (select loan_no, sum(amount_minor) as paid from payments
                 where kind <> 'recovery' group by loan_no)
        select count(*) filter (closed_on is null),
          count(*) filter (closed_reason = 'charged_off'),
          count(*) filter (closed_on is null and coalesce(paid, 0) < coalesce(due, 0))
        from loans left join due using (loan_no) left join paid using (loan_no)
        """,
        [AS_OF],
    ).fetchall()
    assert found == [(summary.open_loans, summary.charged_off, summary.behind)]
    for name, rows in summary.rows.items():
        assert len(sql.table(name).to_arrow_table()) == rows


def test_the_book_stands_where_it_is_cut(tmp_path: Path) -> None:
    day = date(2026, 10, 12)
    generate_book(tmp_path, loans=400, seed=5, as_of=day)
    paid = pq.read_table(tmp_path / "payments.parquet")["paid_on"].to_pylist()
    assert max(paid) == day
    closed = pq.read_table(tmp_path / "loans.parquet")["closed_on"].to_pylist()
    assert max(value for value in closed if value) <= day


def test_risk_is_priced_and_seen_in_score_and_income(sql: duckdb.DuckDBPyConnection) -> None:
    row = sql.execute(
        "select corr(bureau_score, annual_rate), corr(bureau_score, payment_to_income),"
        " corr(bureau_score, principal_minor / vehicle_value_minor),"
        " max(principal_minor / vehicle_value_minor), min(annual_rate), max(annual_rate)"
        " from loans"
    ).fetchone()
    assert row is not None
    with_rate, with_pti, with_ltv, highest_ltv, lowest_rate, highest_rate = row
    assert with_rate < -0.2
    assert with_pti < -0.1
    assert with_ltv < -0.1
    assert highest_ltv <= 1
    assert (lowest_rate, highest_rate <= Decimal("0.24")) == (0, True)


def test_progress_counts_loans(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    generate_book(
        tmp_path, loans=CHUNK_LOANS + 5, seed=1, as_of=AS_OF, history_months=2,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen == [(CHUNK_LOANS, CHUNK_LOANS + 5), (CHUNK_LOANS + 5, CHUNK_LOANS + 5)]


def test_a_chunk_needs_bounded_memory() -> None:
    # A book keeps at most three chunks at a time, whatever its size.
    tracemalloc.start()
    draw_chunk(3, CHUNK_LOANS, seed=1, as_of=AS_OF, history_months=36, locale="zh-CN")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150 * 2**20


@pytest.mark.parametrize(
    "wrong",
    [{"loans": 0}, {"history_months": 0}, {"locale": "xx"}, {"file_format": "xlsx"}],
)
def test_impossible_books_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"at least one|no market|no file format"):
        generate_book(tmp_path, **({"loans": 1, "seed": 1, "as_of": AS_OF} | wrong))
