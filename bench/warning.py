"""How much of next month's newly behind the early warning saw coming, on real tapes.

    .venv/bin/python -m bench.warning          # the shipped card, measured
    .venv/bin/python -m bench.warning --fit    # the points of its fitted attributes as well

Reads the tapes where they lie (CARREARS_SHARED, else ../shared); nothing of them is written but
counts and points. The method is told in docs/early-warning.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bench.fit_scorecard import Sample, codes, fit_logistic, month_end, tape_folder, weights
from carrears import layout
from carrears.delinquency.engine import fetch, open_duckdb, register_tables
from carrears.delinquency.reckoning.columns import COLUMNS
from carrears.delinquency.reckoning.reckon import reckon
from carrears.delinquency.state import loan_states
from carrears.exchange import canonical
from carrears.exchange.discover import collect_files, detect_mapping
from carrears.exchange.tape import read_tape
from carrears.portfolio.monthly import derive_instalments
from carrears.portfolio.products import Products, load_products
from carrears.risk.scorecard import Scorecard, score_row
from carrears.warning.card import load_card
from carrears.warning.features import DEBTORS, warning_features
from carrears.warning.signals import load_signals

# Months after 2017-05 (bench.fit_scorecard.month_end).
FIT = range(10, 20)  # 2018-03 … 2018-12
LATER = range(20, 33)  # 2019-01 … 2020-01, whose next month ends before the spring of 2020
HISTORY = 12
PDO = 20  # points that double the odds
SEED = 20261127
HELD_OUT = 0.3
REPEATS = 400

# Where the bins are cut; chosen by hand on the months of the fit, coarse enough to read.
CUTS: dict[str, list[float]] = {
    "late_12": [1, 2, 4, 7],
    "skipped_12": [1, 2, 3, 5, 8],
    "since_skipped": [1, 2, 3, 5, 8],
    "worst_delay": [1, 31, 46, 62],
    "last_delay": [-5, 1, 16, 30],
    "is_ahead": [1],
}
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Month:
    """The loans not behind at a month's end: features, and who is behind at the end of the next."""

    end: date
    sample: Sample
    history: Floats  # month-ends behind of the last 12, then the longest of them in days


@dataclass(frozen=True)
class Book:
    """The tables of a book in DuckDB, and the rows that the ledger reads."""

    engine: duckdb.DuckDBPyConnection
    tables: Mapping[str, ir.Table]
    rows: Mapping[str, pa.Table]
    products: Products

    def state_at(self, day: date) -> ir.Table:
        """Every open loan's state at the end of the day, by the ledger as at night."""
        reckoned = reckon(self.rows, products=self.products, as_of=day)
        known = register_tables(self.engine, {"reckoned": reckoned})
        return loan_states(self.tables["loans"], known["reckoned"], as_of=day)

    def dpd_at(self, day: date) -> dict[int, int]:
        """Days past due of every loan that is open at the end of the day."""
        states = fetch(self.engine, self.state_at(day).select("loan_id", "dpd"))
        return dict(zip(*(states.column(n).to_pylist() for n in ("loan_id", "dpd")), strict=True))


def main() -> None:
    with TemporaryDirectory() as home:
        ally = observe_book(ally_paths(), FIT.start, LATER.stop, Path(home))
        print("Ally Auto Receivables Trust 2017-3")
        fit = joined(m.sample for m in ally if m.end <= month_end(FIT.stop - 1))
        if "--fit" in sys.argv:
            describe_fit(fit.where(~held_out(fit)))
        card = load_card()
        later = [m for m in ally if m.end > month_end(FIT.stop - 1)]
        print("out of time, all loans:")
        report(later, card, by_month=True)
        print("out of time, only the loans that the points have not seen:")
        report([only_held_out(m) for m in later], card)
        print("\nAmeriCredit (GM Financial), another lender:")
        report(observe_book(americredit_paths(), 6, LATER.stop, Path(home)), card)


def ally_paths() -> list[Path]:
    return sorted(tape_folder().glob("ally-2017-3-*.csv.gz"))


def americredit_paths() -> list[Path]:
    return [tape_folder() / "abs-ee"]


def observe_book(paths: list[Path], first: int, stop: int, home: Path) -> list[Month]:
    """Each month's end from ``first`` on with its outcome a month later."""
    book = read_book(open_duckdb(memory="2GB"), paths, home)
    dpd = {n: book.dpd_at(month_end(n)) for n in range(first - HISTORY, stop + 1)}
    return [observe(book, n, dpd) for n in range(first, stop)]


def read_book(engine: duckdb.DuckDBPyConnection, paths: list[Path], home: Path) -> Book:
    """The tapes as the tables of a book, the last file's word on each loan."""
    parts: dict[str, list[pa.Table]] = {name: [] for name in canonical.TABLES}
    for path in collect_files(paths):
        for batch in read_tape(path, detect_mapping(path)):
            for name, table in batch.tables.items():
                parts[name].append(table)
    read = {name: pa.concat_tables(tables) for name, tables in parts.items() if tables}
    read["loans"] = read["loans"].append_column("place", pa.array(range(len(read["loans"]))))
    for name, table in read.items():
        engine.register(f"tape_{name}", table)
    engine.execute(
        "create table numbered as select *, row_number() over (order by loan_no) as loan_id from"
        " tape_loans qualify row_number() over (partition by loan_no order by place desc) = 1"
    )
    tables = {"loans": columns(engine, "numbered", layout.LOANS)}
    for name in ("reports", "payments"):
        engine.execute(
            f"create view joined_{name} as"
            f" select n.loan_id, t.* from tape_{name} t join numbered n using (loan_no)"
        )
        tables[name] = columns(engine, f"joined_{name}", layout.TABLES[name])
    tables["events"] = layout.EVENTS.empty_table()
    known = register_tables(engine, tables | {"debtors": DEBTORS.to_pyarrow().empty_table()})
    tables["instalments"] = fetch(engine, derive_instalments(known["reports"], known["loans"]))
    rows = {name: tables[name].sort_by("loan_id") for name in COLUMNS}
    return Book(engine, known, rows, load_products(home))


def columns(engine: duckdb.DuckDBPyConnection, source: str, schema: pa.Schema) -> pa.Table:
    known = {row[0] for row in engine.execute(f"describe {source}").fetchall()}
    rows = engine.sql(f"from {source}").to_arrow_table()
    arrays = [
        rows[f.name].cast(f.type) if f.name in known else pa.nulls(len(rows), f.type)
        for f in schema
    ]
    return pa.Table.from_arrays(arrays, names=schema.names)


def observe(book: Book, number: int, dpd: Mapping[int, dict[int, int]]) -> Month:
    day = month_end(number)
    asked = warning_features(book.state_at(day), book.tables, as_of=day, signals=load_signals())
    rows = fetch(book.engine, asked).sort_by("loan_id").to_pydict()
    loans = rows["loan_id"]
    values = {n: np.array([np.nan if v is None else float(v) for v in rows[n]]) for n in CUTS}
    behind = np.array([dpd[number + 1].get(loan, 0) > 0 for loan in loans])
    past = [
        [dpd[n].get(loan, 0) for n in range(number - HISTORY + 1, number + 1)] for loan in loans
    ]
    history = np.array([sum(d > 0 for d in one) * 10_000 + max(one) for one in past], np.float64)
    return Month(day, Sample(values, behind, np.array(loans, np.int64), CUTS), history)


def held_out(sample: Sample) -> Flags:
    rng = np.random.default_rng(SEED)
    chosen: Flags = rng.random(100_000)[sample.loan_id] < HELD_OUT
    return chosen


def only_held_out(month: Month) -> Month:
    mask = held_out(month.sample)
    return Month(month.end, month.sample.where(mask), month.history[mask])


def joined(samples: Iterable[Sample]) -> Sample:
    parts = list(samples)
    return Sample(
        {n: np.concatenate([p.columns[n] for p in parts]) for n in CUTS},
        np.concatenate([p.is_bad for p in parts]),
        np.concatenate([p.loan_id for p in parts]),
        CUTS,
    )


def describe_fit(train: Sample) -> None:
    woe = {name: weights(train, name) for name in CUTS}
    design = np.column_stack([woe[n][codes(train, n)] for n in CUTS])
    intercept, beta = fit_logistic(design, train.is_bad)
    base = round(600 - PDO / np.log(2) * (intercept + np.log(20)))
    print(f"fit: {len(train.is_bad)} loan-months, behind {train.is_bad.mean():.2%}, base {base}")
    for (name, cuts), slope in zip(CUTS.items(), beta, strict=True):
        points = np.rint(-PDO / np.log(2) * slope * woe[name])
        print(f"{name} (coefficient {slope:.2f})")
        code = codes(train, name)
        labels = [*(f"< {cut:g}" for cut in cuts), f">= {cuts[-1]:g}", "missing"]
        for number, label in enumerate(labels):
            chosen = code == number
            rate = train.is_bad[chosen].mean() if chosen.any() else float("nan")
            print(f"  {label:10} {chosen.sum():7d} {rate:8.2%} {points[number]:+5.0f}")


def scores(sample: Sample, card: Scorecard) -> Floats:
    names = [attribute.name for attribute in card.attributes]
    rows = zip(*(sample.columns[name] for name in names), strict=True)
    found = [score_row(card, dict(zip(names, row, strict=True))) for row in rows]
    return np.array(found, np.float64)


def caught(risk: Floats, behind: Flags, share: float = 0.1) -> Floats:
    """Of each loan, how much of it is within the ``share`` of loans with the highest risk.

    Those at the edge that are alike share the places that are left.
    """
    places = share * len(risk)
    edge = np.sort(risk)[::-1][min(int(places), len(risk) - 1)]
    above, at = risk > edge, risk == edge
    part: Floats = above + at * (places - above.sum()) / max(at.sum(), 1)
    return part * behind


def report(months: list[Month], card: Scorecard, *, by_month: bool = False) -> None:
    """Month by month and in all: newly behind, and how many of them the worst tenth held."""
    columns: dict[str, list[Floats]] = {"card": [], "history": []}
    print(
        "month     not behind  newly behind  in the warned decile: card   by months behind before"
    )
    for month in months:
        behind = month.sample.is_bad
        by = {"card": -scores(month.sample, card), "history": month.history}
        found = {name: caught(risk, behind) for name, risk in by.items()}
        for name, one in found.items():
            columns[name].append(one)
        if by_month and behind.any():
            parts = [found[name].sum() / behind.sum() for name in columns]
            print(
                f"{month.end:%Y-%m}   {len(behind):10d}  {behind.sum():12d}"
                f"                       {parts[0]:6.1%}   {parts[1]:20.1%}"
            )
    whole = joined(m.sample for m in months)
    for name, parts_of in columns.items():
        low, high, mean = interval(np.concatenate(parts_of), whole)
        print(
            f"all by {name:8} {len(whole.is_bad)} loan-months, {whole.is_bad.sum()} newly behind"
            f" ({whole.is_bad.mean():.2%}); caught {mean:.1%} (95 %: {low:.1%} to {high:.1%}),"
            f" lift {mean / 0.1:.1f}; at random 10.0 %, lift 1.0"
        )
    bands(whole, card)


def interval(part: Floats, whole: Sample) -> tuple[float, float, float]:
    """The share caught, with the bootstrap's interval over loans (a loan's months go together)."""
    loans, number = np.unique(whole.loan_id, return_inverse=True)
    got = np.bincount(number, part, len(loans))
    of = np.bincount(number, whole.is_bad, len(loans))
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(0, len(loans), (REPEATS, len(loans)))
    shares = [got[one].sum() / max(of[one].sum(), 1) for one in drawn]
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(low), float(high), float(got.sum() / of.sum())


def bands(whole: Sample, card: Scorecard) -> None:
    score = scores(whole, card)
    names = np.array([card.band_of(int(one)) for one in score])
    for band in card.bands:
        inside = names == band.name
        rate = whole.is_bad[inside].mean() if inside.any() else float("nan")
        share = whole.is_bad[inside].sum() / max(whole.is_bad.sum(), 1)
        print(
            f"  band {band.name}: {inside.mean():6.1%} of loan-months, {rate:6.2%} behind a month"
            f" later, {share:6.1%} of the newly behind"
        )


if __name__ == "__main__":
    main()
