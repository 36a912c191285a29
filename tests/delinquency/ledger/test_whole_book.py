"""The ledger over a book's rows and files equals the twin over each loan's account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears import layout
from carrears.delinquency.ledger.book_files import BookFiles
from carrears.delinquency.ledger.book_rows import KINDS
from carrears.delinquency.ledger.entries import RATE_SCALE, Account, Due, Entry, Kind
from carrears.delinquency.ledger.figures import FIGURES, PARTS
from carrears.delinquency.ledger.twin import replay
from carrears.delinquency.ledger.waterfall import Component
from carrears.delinquency.ledger.whole_book import (
    LedgerError,
    reckon_files,
    reckon_tables,
    write_figures,
)
from carrears.delinquency.terms import ledger_terms, penalty_rates, penalty_units
from carrears.portfolio.products import Allocation, Materiality, Penalty, Product, Products

Row = dict[str, Any]
Book = dict[str, list[Row]]
START = date(2025, 1, 15)
PRODUCTS = Products(
    {
        "default": Product(penalty=Penalty(surcharge=Decimal("0.5"), compound=True)),
        "own": Product(
            grace_days=3,
            penalty=Penalty(annual_rate=Decimal("0.24"), grace_days=3, year_days=365),
            allocation=Allocation(style="vertical", advance="last"),
            materiality=Materiality(amount_minor=500),
        ),
        "plain": Product(payoff_interest="whole"),
    }
)
days = st.integers(0, 260).map(lambda n: START + timedelta(days=n))
amounts = st.integers(0, 200_000)


@st.composite
def instalments(draw: st.DrawFn, loan: int) -> list[Row]:
    """Versions of each instalment: the contract's, or one that came later, and what replaced it."""
    rows: list[Row] = []
    for seq in range(1, draw(st.integers(0, 4)) + 1):
        since = draw(st.sampled_from([None, None, None, START + timedelta(days=40)]))
        for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
            ends = draw(st.sampled_from([None, 5, 30]))
            until = None if ends is None else (since or START) + timedelta(days=ends)
            rows.append(
                {
                    "loan_id": loan,
                    "seq": seq,
                    "due_on": START + timedelta(days=30 * seq + draw(st.integers(0, 40))),
                    "principal": draw(amounts),
                    "interest": draw(st.integers(0, 9_000)),
                    "fee": draw(st.sampled_from([0, 0, 500])),
                    "effective_on": since,
                    "superseded_on": until,
                    "known_on": draw(st.none() | days) if since else None,
                    "superseded_known_on": draw(st.none() | days) if until else None,
                }
            )
            if until is None:
                break
            since = until
    return rows


@st.composite
def payments(draw: st.DrawFn, loan: int) -> list[Row]:
    rows: list[Row] = []
    for number in range(draw(st.integers(0, 7))):
        amount = draw(st.integers(-100_000, 300_000))
        row = {
            "loan_id": loan,
            "payment_no": str(number),
            "paid_on": draw(days),
            "amount": amount,
            "kind": "reversal" if amount < 0 else draw(st.sampled_from(["payment", "recovery"])),
            "known_on": draw(st.none() | days),
            "reverses_no": None,
        }
        earlier = [other for other in rows if other["amount"] > 0]
        if amount < 0 and earlier and draw(st.booleans()):
            target = draw(st.sampled_from(earlier))
            row |= {"reverses_no": target["payment_no"], "paid_on": target["paid_on"]}
        rows.append(row)
    return sorted(rows, key=lambda row: (row["paid_on"], row["payment_no"]))


@st.composite
def events(draw: st.DrawFn, loan: int, seqs: list[int]) -> list[Row]:
    rows: list[Row] = []
    for number in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from([*KINDS, "returned_debit"]))
        is_move = KINDS.get(kind) is Kind.MOVE_DUE
        rows.append(
            {
                "loan_id": loan,
                "event_no": str(number),
                "happened_on": draw(days),
                "kind": kind,
                "amount": draw(amounts),
                "known_on": draw(st.none() | days),
                "part": draw(st.sampled_from(PARTS)) if kind == "waiver" else None,
                "seq": draw(st.sampled_from([None, *seqs])) if is_move else None,
                "until_on": draw(days),
                "annual_rate": Decimal("0.3") if kind == "penalty_rate" else None,
            }
        )
    return sorted(rows, key=lambda row: (row["happened_on"], row["event_no"]))


@st.composite
def books(draw: st.DrawFn) -> Book:
    book: Book = {"loans": [], "instalments": [], "payments": [], "events": []}
    for loan in range(1, draw(st.integers(1, 4)) + 1):
        rows = draw(instalments(loan))
        book["loans"].append(
            {
                "loan_id": loan,
                "loan_no": str(loan),
                "product": draw(st.sampled_from(["default", "own", "plain", "unnamed"])),
                "currency": "CNY",
                "obligor_no": "1",
                "originated_on": START,
                "annual_rate": draw(st.sampled_from([None, Decimal("0.1234"), Decimal("0.12")])),
                "principal": 1,
                "closed_on": draw(st.sampled_from([None, None, None, START + timedelta(days=90)])),
            }
        )
        book["instalments"] += rows
        book["payments"] += draw(payments(loan))
        book["events"] += draw(events(loan, sorted({row["seq"] for row in rows})))
    return book


def arrow(book: Book) -> dict[str, pa.Table]:
    return {
        name: pa.Table.from_pylist(
            [{f.name: row.get(f.name) for f in layout.TABLES[name]} for row in rows],
            schema=layout.TABLES[name],
        )
        for name, rows in book.items()
    }


def account_of(loan: Row, book: Book, *, as_of: date, known_on: date) -> Account:
    """The loan's account, told in the ledger's own words."""
    own = {n: [r for r in rows if r["loan_id"] == loan["loan_id"]] for n, rows in book.items()}
    schedule: list[Due] = []
    entries: list[Entry] = []
    starts, seqs = loan["originated_on"], sorted({row["seq"] for row in own["instalments"]})
    for place, seq in enumerate(seqs):
        versions = sorted(
            (row for row in own["instalments"] if row["seq"] == seq),
            key=lambda row: row["effective_on"] or date.min,
        )
        first = versions[0]
        now = {
            k: 0 if first["effective_on"] else first[k] for k in ("principal", "interest", "fee")
        }
        schedule.append(Due(starts_on=starts, due_on=first["due_on"], **now))
        starts = first["due_on"]
        begins = {row["effective_on"] for row in versions}
        fee = now["fee"]
        for row in versions:
            if row["effective_on"]:
                same: Row = {"day": row["effective_on"], "known_on": row["known_on"], "row": place}
                if row["fee"] != fee:
                    entries.append(Entry(kind=Kind.RESTATE_FEE, amount=row["fee"], **same))
                    fee = row["fee"]
                entries.append(
                    Entry(
                        kind=Kind.RESTATE,
                        amount=row["principal"],
                        interest=row["interest"],
                        until=row["due_on"],
                        **same,
                    )
                )
        for row in versions:
            if row["superseded_on"] and row["superseded_on"] not in begins:
                same = {"day": row["superseded_on"], "known_on": row["superseded_known_on"]}
                entries += [
                    Entry(kind=k, row=place, **same) for k in (Kind.RESTATE, Kind.RESTATE_FEE)
                ]
    told = [row for row in own["events"] if row["kind"] in KINDS]
    happened = [entry for row in told if (entry := event_entry(row, seqs)) is not None]
    entries += [entry for entry in happened if entry.kind is not Kind.REFUND]
    entries += money_kept(own["payments"], as_of=as_of, known_on=known_on)
    entries += [entry for entry in happened if entry.kind is Kind.REFUND]
    terms = ledger_terms(PRODUCTS[loan["product"]], contract_rate=loan["annual_rate"] or Decimal(0))
    return Account(terms=terms, schedule=tuple(schedule), entries=tuple(entries))


def event_entry(row: Row, seqs: list[int]) -> Entry | None:
    kind = KINDS[row["kind"]]
    if kind is Kind.MOVE_DUE and row["seq"] is None:
        return None
    is_rate = kind is Kind.PENALTY_RATE
    return Entry(
        kind=kind,
        day=row["happened_on"],
        known_on=row["known_on"],
        amount=int(row["annual_rate"] * RATE_SCALE) if is_rate else row["amount"],
        row=seqs.index(row["seq"]) if row["seq"] in seqs else -1,
        component=Component(PARTS.index(row["part"] or "penalty")),
        until=row["until_on"],
    )


def money_kept(rows: list[Row], *, as_of: date, known_on: date) -> list[Entry]:
    """What is left of each payment once money taken back is gone."""
    rows = [
        row
        for row in rows
        if row["kind"] != "recovery"
        and row["paid_on"] <= as_of
        and (row["known_on"] or row["paid_on"]) <= known_on
    ]
    paid = [[row["paid_on"], row["amount"]] for row in rows if row["amount"] >= 0]
    backs = [
        [row["paid_on"], -row["amount"], row["reverses_no"]] for row in rows if row["amount"] < 0
    ]
    for back in backs:
        same_day = [p for p in reversed(paid) if back[2] is not None and p[0] == back[0]]
        take(back, same_day)
    for back in backs:
        take(back, [p for p in reversed(paid) if p[0] <= back[0]])
        take(back, [p for p in paid if p[0] > back[0]])
    return [Entry(kind=Kind.PAYMENT, day=day, amount=amount) for day, amount in paid]


def take(back: list[Any], paid: list[list[Any]]) -> None:
    for payment in paid:
        part = min(back[1], payment[1])
        payment[1] -= part
        back[1] -= part


def expected(loan: Row, book: Book, *, as_of: date, known_on: date | None) -> Row:
    account = account_of(loan, book, as_of=as_of, known_on=known_on or date.max)
    position = replay(account, as_of=as_of, known_on=known_on)
    sums = {n: getattr(position, n) for n in ("arrears", "overdue", "outstanding")}
    return {
        "loan_id": loan["loan_id"],
        "due_total": position.due_total,
        **{name: sum(parts) for name, parts in sums.items()},
        **{f"{n}_{part}": parts[i] for n, parts in sums.items() for i, part in enumerate(PARTS)},
        "oldest_due_on": position.oldest_due_on,
        "dpd": position.dpd,
        "instalments_behind": position.behind,
        "next_due_on": position.next_due_on,
        "next_due_amount": position.next_amount if position.next_due_on else None,
        "paid_ahead": position.paid_ahead,
        "overpaid": position.credit,
        "paused_days": position.paused_days,
        "payoff": position.payoff,
    }


@settings(deadline=None)
@given(book=books(), as_of=days, known_on=st.none() | days)
def test_a_book_stands_as_the_twin_says(book: Book, as_of: date, known_on: date | None) -> None:
    found = reckon_tables(arrow(book), products=PRODUCTS, as_of=as_of, known_on=known_on)
    seen = as_of if known_on is None else min(as_of, known_on)
    assert found.schema == FIGURES
    assert found.to_pylist() == [
        expected(loan, book, as_of=as_of, known_on=known_on)
        for loan in book["loans"]
        if loan["originated_on"] <= as_of and (loan["closed_on"] or date.max) > seen
    ]


def sample_book(loans: int) -> Book:
    book: Book = {"loans": [], "instalments": [], "payments": [], "events": []}
    for loan in range(1, loans + 1):
        same = {"loan_id": loan, "loan_no": str(loan), "obligor_no": "1", "currency": "CNY"}
        book["loans"].append(
            same | {"product": "default", "originated_on": START, "principal": 1}
            | {"annual_rate": Decimal("0.12")}
        )  # fmt: skip
        for seq in range(1, 1 + loan % 5):
            due = {"due_on": START + timedelta(days=30 * seq), "principal": 90_000, "interest": 900}
            book["instalments"].append({"loan_id": loan, "seq": seq, "fee": 0, **due})
        for number in range(loan % 3):
            paid = {"payment_no": str(number), "paid_on": START + timedelta(days=40 + loan)}
            book["payments"].append({"loan_id": loan, "amount": 50_000, "kind": "payment", **paid})
    return book


def write_files(tables: Mapping[str, pa.Table], folder: Path) -> dict[str, Path]:
    files = {name: folder / f"{name}.parquet" for name in tables}
    for name, table in tables.items():
        pq.write_table(table, files[name], row_group_size=7)
    return files


def test_files_in_parts_give_what_the_tables_give(tmp_path: Path) -> None:
    tables = arrow(sample_book(60))
    files = write_files(tables, tmp_path)
    as_of = START + timedelta(days=100)
    whole = reckon_tables(tables, products=PRODUCTS, as_of=as_of)
    parts = BookFiles(files).parts(rows=20)
    assert len(parts) > 3
    read = [BookFiles(files).read(part) for part in parts]
    own = ["loan_id", "paid_on", "amount"]
    payments = pa.concat_tables([part["payments"].select(own) for part in read])
    assert payments == tables["payments"].select(own)
    each = [reckon_tables(part, products=PRODUCTS, as_of=as_of) for part in read]
    assert pa.concat_tables(each) == whole
    for threads in (1, 2):
        found = reckon_files(files, products=PRODUCTS, as_of=as_of, threads=threads)
        assert pa.concat_tables(found) == whole
    target = tmp_path / "figures.parquet"
    assert write_figures(files, target, products=PRODUCTS, as_of=as_of) == whole.num_rows
    assert pq.read_table(target) == whole
    assert not target.with_name("figures.parquet.partial").exists()


def test_rows_out_of_order_are_refused(tmp_path: Path) -> None:
    tables = arrow(sample_book(8))
    tables["payments"] = tables["payments"].sort_by([("loan_id", "descending")])
    with pytest.raises(LedgerError, match="payments: not sorted by loan_id at loan 7"):
        reckon_tables(tables, products=PRODUCTS, as_of=START)
    files = write_files(tables, tmp_path)
    with pytest.raises(LedgerError, match="payments: not sorted"):
        list(reckon_files(files, products=PRODUCTS, as_of=START))


def test_a_move_of_no_instalment_is_refused() -> None:
    book = sample_book(3)
    book["events"].append(
        {"loan_id": 2, "event_no": "1", "happened_on": START, "kind": "deferral"}
        | {"seq": 7, "until_on": START}
    )
    with pytest.raises(LedgerError, match="events: loan 2 has no instalment with seq 7"):
        reckon_tables(arrow(book), products=PRODUCTS, as_of=START)


@given(
    surcharge=st.none() | st.decimals(0, 2, places=4),
    rates=st.lists(st.decimals(0, 1, places=6), max_size=5),
)
def test_rates_of_many_loans_are_those_of_each(
    surcharge: Decimal | None, rates: list[Decimal]
) -> None:
    own = None if surcharge is not None else Decimal("0.2400005")
    product = Product(penalty=Penalty(surcharge=surcharge, annual_rate=own))
    units = np.array([int(rate * RATE_SCALE) for rate in rates], np.int64)
    assert penalty_rates(product, contract_rates=units).tolist() == [
        penalty_units(product, contract_rate=rate) for rate in rates
    ]
