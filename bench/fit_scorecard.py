"""Fit the shipped scorecard's points on the real Ally tape and print them with their worth.

    .venv/bin/python -m bench.fit_scorecard

Reads the tape where it lies (CARREARS_SHARED, else ../shared); nothing of it is written but
counts and points. The method is told in docs/scorecard.md.
"""

from __future__ import annotations

import csv
import gzip
import os
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carrears import layout
from carrears.delinquency.engine import fetch, open_duckdb, register_tables
from carrears.delinquency.pattern import PATTERN
from carrears.delinquency.reckoning.reckon import reckon
from carrears.delinquency.screen import delinquency
from carrears.money import to_minor
from carrears.portfolio.monthly import derive_instalments
from carrears.portfolio.products import Materiality, Product, Products
from carrears.risk.features import scoring_features
from carrears.risk.scorecard import load_scorecard, score_row

FIRST = date(2017, 5, 31)
MONTHS = 43
OBSERVED = range(12, 27, 2)  # 2018-05 … 2019-07: outcomes end before the deferrals of 2020
AHEAD = 6
BAD_DPD = 60
PDO = 20  # points that double the odds
SEED = 20260630
RIDGE = 1.0

# Where the bins are cut; chosen by hand on the training loans, coarse enough to read.
CUTS: dict[str, list[float]] = {
    "dpd": [1, 30],
    "late_of_last_12": [1, 2, 4],
    "paid_share_3m": [0.6, 0.95],
    "paid_share_6m": [0.8, 0.95],
    "months_since_payment": [1, 2],
    "loan_to_value": [0.8, 1.2],
    "payment_to_income": [0.06, 0.1, 0.14],
    "bureau_score": [700, 740, 780],
}

Floats = npt.NDArray[np.float64]


@dataclass
class Sample:
    """Features and outcomes, a row for each open loan and observed month; where to cut bins."""

    columns: dict[str, Floats]
    is_bad: npt.NDArray[np.bool_]
    loan_id: npt.NDArray[np.int64]
    cuts: Mapping[str, list[float]] = field(default_factory=lambda: CUTS)

    def where(self, mask: npt.NDArray[np.bool_]) -> Sample:
        kept = {name: values[mask] for name, values in self.columns.items()}
        return Sample(kept, self.is_bad[mask], self.loan_id[mask], self.cuts)


def main() -> None:
    sample = draw_sample(read_tape(tape_folder()))
    rng = np.random.default_rng(SEED)
    held_out = rng.random(sample.loan_id.max() + 1)[sample.loan_id] < 0.3
    train, test = sample.where(~held_out), sample.where(held_out)
    woe = {name: weights(train, name) for name in CUTS}
    design = np.column_stack([woe[n][codes(train, n)] for n in CUTS])
    intercept, beta = fit_logistic(design, train.is_bad)
    points = {n: np.rint(-PDO / np.log(2) * b * woe[n]) for n, b in zip(CUTS, beta, strict=True)}
    base = round(600 - PDO / np.log(2) * (intercept + np.log(20)))
    describe(train, test, points, beta, base)


def tape_folder() -> Path:
    root = Path(__file__).resolve().parents[1]
    return Path(os.environ.get("CARREARS_SHARED", root.parent / "shared")) / "tapes"


def month_end(number: int) -> date:
    """The end of the ``number``-th month after the first report."""
    month = FIRST.month - 1 + number
    year, month = FIRST.year + month // 12, month % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def read_tape(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Loans, monthly reports, payments and charge-offs."""
    book: dict[str, list[dict[str, Any]]] = {n: [] for n in ("loans", "reports", "payments")}
    book["lost"] = []
    for path in sorted(folder.glob("ally-2017-3-*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                add_loan(book, len(book["loans"]) + 1, row)
    return book


def add_loan(book: dict[str, list[dict[str, Any]]], loan_id: int, row: dict[str, str]) -> None:
    months = list(read_months(row))
    closed = next((n for n, (balance, *_) in enumerate(months) if balance == 0), None)
    book["loans"].append(
        dict.fromkeys(layout.LOANS.names)
        | {
            "loan_id": loan_id,
            "loan_no": row["assetNumber"],
            "product": "ally",
            "currency": "USD",
            "obligor_no": row["assetNumber"],
            "originated_on": date(2017, 1, 1),
            "annual_rate": Decimal(row["originalInterestRatePercentage"]),
            "principal": cents(row["originalLoanAmount"]),
            "instalment": cents(row["reportingPeriodScheduledPaymentAmount"]),
            "closed_on": None if closed is None else month_end(closed),
            "vehicle_value": cents(row["vehicleValueAmount"]),
            "bureau_score": whole(row["obligorCreditScore"]),
            "payment_to_income": share(row["paymentToIncomePercentage"]),
        }
    )
    for number, (balance, repaid, paid, recovered) in enumerate(months):
        if closed is not None and number > closed:
            break
        add_month(book, loan_id, number, row, (balance, paid))
        before = months[number - 1][0] if number else balance
        if number == closed and (recovered or before - repaid > 50_00):
            book["lost"].append({"loan_id": loan_id, "month": number})


def add_month(
    book: dict[str, list[dict[str, Any]]],
    loan_id: int,
    number: int,
    row: dict[str, str],
    money: tuple[int, int],
) -> None:
    balance, paid = money
    through = row["interestPaidThroughDate"]
    book["reports"].append(
        dict.fromkeys(layout.REPORTS.names)
        | {
            "loan_id": loan_id,
            "period_end": month_end(number),
            "balance": balance,
            "scheduled": cents(row["reportingPeriodScheduledPaymentAmount"]),
            "paid": paid,
            "next_due": (cents(row["nextReportingPeriodPaymentAmountDue"]) or None)
            if number == 0
            else None,
            "reported_dpd": whole(row["currentDelinquencyStatus"]) if number == 0 else None,
            "interest_paid_through": day(through) if number == 0 else None,
        }
    )
    if paid:
        book["payments"].append(
            {
                "loan_id": loan_id,
                "payment_no": f"{loan_id}-{number}",
                "paid_on": month_end(number),
                "amount": paid,
                "kind": "payment",
            }
        )


def read_months(row: dict[str, str]) -> Iterator[tuple[int, int, int, int]]:
    """Balance, principal, total paid and recovered of each month, in cents."""
    first = (
        "reportingPeriodActualEndBalanceAmount",
        "actualPrincipalCollectedAmount",
        "totalActualAmountPaid",
        "recoveredAmount",
    )
    yield tuple(cents(row[name]) for name in first)  # type: ignore[misc]
    for k in range(1, MONTHS + 1):
        kinds = (cents(row[f"{kind}{k}"]) for kind in ("BAL", "PRC", "PMT", "REC"))
        yield tuple(kinds)  # type: ignore[misc]


def cents(text: str) -> int:
    return to_minor(text, "USD", rounding=True) if text not in {"", "NA", "-"} else 0


def whole(text: str) -> int | None:
    return int(float(text)) if text not in {"", "NA", "-"} else None


def share(text: str) -> Decimal | None:
    return Decimal(text).quantize(Decimal("0.000001")) if text not in {"", "NA", "-"} else None


def day(text: str) -> date | None:
    if text in {"", "NA", "-"}:
        return None
    month, number, year = map(int, text.split("-"))
    return date(year, month, number)


def draw_sample(book: dict[str, list[dict[str, Any]]]) -> Sample:
    """Features at the observed month-ends and what happened in the six months after."""
    engine = open_duckdb(memory="2GB")
    sources = {
        name: pa.Table.from_pylist(book[name], schema=layout.TABLES[name])
        for name in ("loans", "reports", "payments")
    }
    sources["events"] = layout.EVENTS.empty_table()
    sources["terms"] = _PRODUCTS.terms(["ally"])
    tables = register_tables(engine, sources)
    derived = fetch(engine, derive_instalments(tables["reports"], tables["loans"]))
    derived = derived.select(layout.INSTALMENTS.names).cast(layout.INSTALMENTS)
    tables |= register_tables(engine, {"instalments": derived})
    rows = {**sources, "instalments": derived}
    dpd = {n: dpd_at(engine, tables, n) for n in range(OBSERVED[0], OBSERVED[-1] + AHEAD + 1)}
    lost = {row["loan_id"]: row["month"] for row in book["lost"]}
    parts = [observe(engine, tables, rows, number, dpd=dpd, lost=lost) for number in OBSERVED]
    return Sample(
        {n: np.concatenate([p.columns[n] for p in parts]) for n in CUTS},
        np.concatenate([p.is_bad for p in parts]),
        np.concatenate([p.loan_id for p in parts]),
    )


# The larger of 5 dollars and 5 % of an instalment is immaterial.
_PRODUCTS = Products(
    {"default": Product(materiality=Materiality(amount_minor=5_00, share=Decimal("0.05")))}
)


def states_at(tables: dict[str, Any], number: int) -> Any:
    book = (tables[n] for n in ("loans", "instalments", "payments", "terms"))
    return delinquency(*book, as_of=month_end(number))


def dpd_at(engine: Any, tables: dict[str, Any], number: int) -> dict[int, int]:
    states = fetch(engine, states_at(tables, number).select("loan_id", "dpd"))
    return dict(zip(*(states.column(n).to_pylist() for n in ("loan_id", "dpd")), strict=True))


def observe(
    engine: Any,
    tables: dict[str, Any],
    rows: dict[str, pa.Table],
    number: int,
    *,
    dpd: dict[int, dict[int, int]],
    lost: dict[int, int],
) -> Sample:
    state = states_at(tables, number)
    state = state.filter(state.dpd < BAD_DPD)
    reckoned = reckon(rows, products=_PRODUCTS, as_of=month_end(number))
    pattern = register_tables(engine, {"reckoned": reckoned})["reckoned"]
    state = state.inner_join(pattern.select("loan_id", *PATTERN), "loan_id")
    features = scoring_features(tables["loans"], state, as_of=month_end(number))
    found = fetch(engine, features).to_pydict()
    later = range(number + 1, number + AHEAD + 1)
    is_bad = [
        number < lost.get(loan_id, 0) <= number + AHEAD
        or any(dpd[n].get(loan_id, 0) >= BAD_DPD for n in later)
        for loan_id in found["loan_id"]
    ]
    columns = {n: np.array([np.nan if v is None else float(v) for v in found[n]]) for n in CUTS}
    return Sample(columns, np.array(is_bad), np.array(found["loan_id"]))


def codes(sample: Sample, name: str) -> npt.NDArray[np.int64]:
    """Bin numbers; the last one is for missing values."""
    values = sample.columns[name]
    found = np.searchsorted(sample.cuts[name], values, side="right")
    return np.where(np.isnan(values), len(sample.cuts[name]) + 1, found)


def weights(sample: Sample, name: str) -> Floats:
    """Weight of evidence of each bin: log odds of bad against all loans', smoothed."""
    size = len(sample.cuts[name]) + 2
    code = codes(sample, name)
    bad = np.bincount(code, sample.is_bad, size)
    good = np.bincount(code, ~sample.is_bad, size)
    prior = sample.is_bad.mean()
    odds = (bad + 20 * prior) / (good + 20 * (1 - prior))
    woe: Floats = np.log(odds) - np.log(prior / (1 - prior))
    return woe


def fit_logistic(design: Floats, outcome: npt.NDArray[np.bool_]) -> tuple[float, Floats]:
    """Newton's method with a little ridge; coefficients below 0 are set to 0 and left out."""
    active = np.ones(design.shape[1], dtype=bool)
    while True:
        x = np.column_stack([np.ones(len(design)), design[:, active]])
        beta = np.zeros(x.shape[1])
        penalty = np.diag([0.0, *[RIDGE] * int(active.sum())])
        for _ in range(50):
            p = 1 / (1 + np.exp(-x @ beta))
            gradient = x.T @ (outcome - p) - penalty @ beta
            hessian = (x * (p * (1 - p))[:, None]).T @ x + penalty
            step = np.linalg.solve(hessian, gradient)
            beta = beta + step
            if np.abs(step).max() < 1e-9:
                break
        if (beta[1:] >= 0).all():
            full = np.zeros(design.shape[1])
            full[active] = beta[1:]
            return float(beta[0]), full
        active[np.flatnonzero(active)[beta[1:] < 0]] = False


def area_under_curve(score: Floats, is_bad: npt.NDArray[np.bool_]) -> float:
    """How often a bad loan scores below a good one; ties count half."""
    _, rank, count = np.unique(score, return_inverse=True, return_counts=True)
    mean_rank = (np.cumsum(count) - (count - 1) / 2)[rank]
    bad = is_bad.sum()
    good = len(is_bad) - bad
    above = (mean_rank[~is_bad].sum() - good * (good + 1) / 2) / (bad * good)
    return float(above)


def score_of(sample: Sample, points: dict[str, Floats], base: int) -> Floats:
    total: Floats = base + sum(points[name][codes(sample, name)] for name in CUTS)
    return total


def describe(
    train: Sample, test: Sample, points: dict[str, Floats], beta: Floats, base: int
) -> None:
    for title, sample in (("train", train), ("held out", test)):
        score = score_of(sample, points, base)
        current = sample.columns["dpd"] == 0
        loans = len(np.unique(sample.loan_id))
        print(
            f"{title}: {loans} loans, {len(score)} loan-months, bad {sample.is_bad.mean():.2%},"
            f" AUC {area_under_curve(score, sample.is_bad):.3f},"
            f" of loans not behind {area_under_curve(score[current], sample.is_bad[current]):.3f}"
        )
    print(f"base {base}")
    for (name, cuts), slope in zip(CUTS.items(), beta, strict=True):
        code = codes(train, name)
        print(f"{name} (coefficient {slope:.2f})")
        labels = [*(f"< {cut:g}" for cut in cuts), f">= {cuts[-1]:g}", "missing"]
        for number, label in enumerate(labels):
            chosen = code == number
            rate = train.is_bad[chosen].mean() if chosen.any() else float("nan")
            print(f"  {label:10} {chosen.sum():7d} {rate:8.2%} {points[name][number]:+5.0f}")
    score = score_of(test, points, base)
    judge_shipped(test)


def judge_shipped(sample: Sample) -> None:
    """The card as it is shipped, on the same held-out loans."""
    card = load_scorecard()
    unknown = {a.name: None for a in card.attributes}
    rows = [
        unknown | {name: values[n] for name, values in sample.columns.items()}
        for n in range(len(sample.loan_id))
    ]
    # The tape has no events: no debit returned and none deferred, as far as it knows.
    known = {"returned_debits_12m": 0, "deferrals_12m": 0}
    score = np.array([score_row(card, row | known) for row in rows], dtype=np.float64)
    print(f"shipped card {card.version}: AUC {area_under_curve(score, sample.is_bad):.3f}")
    behind = sample.columns["dpd"] > 0  # only these are scored at night
    bands = np.array([card.band_of(int(value)) for value in score[behind]])
    for band in card.bands:
        inside = bands == band.name
        rate = sample.is_bad[behind][inside].mean() if inside.any() else float("nan")
        print(f"  {band.name} {inside.mean():7.1%} of loan-months behind, bad {rate:7.2%}")


if __name__ == "__main__":
    main()
