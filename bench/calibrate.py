"""Measure the real tapes and write what the sample book is calibrated on.

    python bench/calibrate.py [--tapes FOLDER] [--out FILE]

Figures only: counts and shares over whole segments; no row of a tape is copied.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv as pc
import yaml
from lxml import etree

from carrears.samplebook.measure import (
    CHARGED_OFF,
    GONE,
    OUTCOMES,
    PAID_OFF,
    STATES,
    TOLERANCE,
    Counts,
    Flags,
    Floats,
    Ints,
    count_moves,
    state_of,
)

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src/carrears/samplebook/calibration.yaml"
# Ally's month k is the k-th after May 2017; 33 is February 2020, the last before the wave of
# deferrals of spring 2020.
ALLY_MONTHS, ALLY_LAST = 43, 33
LAST_MONTH = "2020-02"
SCORE_EDGES = (680, 720, 780)
# So many regular payments in a row at an unchanged arrear mean that the due dates were moved.
QUIET_LIGHT, QUIET_DEEP = 6, 3
REGULAR = 0.8
# Pseudo-observations of prime used-car loans in each row of the small subprime tape.
PRIOR_MONTHS = 20
SOURCES = {
    "ally": (
        "Ally Auto Receivables Trust 2017-3, Schedule AL filings with the US SEC, as compiled by"
        " Lautier, Pozdnyakov and Yan, On the convergence of credit risk in current consumer"
        " automobile loans, JRSS A 2024; repository jackson-lautier/credit-risk-convergence"
    ),
    "americredit": (
        "AmeriCredit Automobile Receivables Trusts 2017-1 and 2018-1, ABS-EE exhibit 102 filings"
        " with the US SEC; figures from repository mayankjuneja/karus-auto-abs"
    ),
}
_NS = "{http://www.sec.gov/edgar/document/absee/autoloan/assetdata}"
_DPD_STARTS = (1, 31, 61, 91)


@dataclass(frozen=True)
class Paths:
    """Month-end states of loans, and what happened in the months between."""

    states: Ints
    deferred: Flags
    paid: Floats
    score: Floats

    def counts(self, chosen: Flags | None = None) -> Counts:
        pick = np.ones(len(self.states), bool) if chosen is None else chosen
        return count_moves(self.states[pick], self.deferred[pick], self.paid[pick])


def read_ally(path: Path) -> Paths:
    """States of one Ally file up to February 2020."""
    table = pc.read_csv(path)

    def column(name: str) -> Floats:
        return np.array([_number(value) for value in table[name].to_pylist()])

    def months(name: str) -> Floats:
        return np.stack([column(f"{name}{k}") for k in range(1, ALLY_MONTHS + 1)], axis=1)

    instalment = column("reportingPeriodScheduledPaymentAmount")
    balance = np.column_stack([column("reportingPeriodActualEndBalanceAmount"), months("BAL")])
    paid, principal = np.nan_to_num(months("PMT")), np.nan_to_num(months("PRC"))
    # The next payment due at the first month's end holds what was left unpaid, or lacks what
    # was paid ahead.
    opening = np.maximum(column("nextReportingPeriodPaymentAmountDue") - instalment, -instalment)
    states = np.full((len(table), ALLY_MONTHS + 1), GONE, np.int64)
    deferred = np.zeros((len(table), ALLY_MONTHS), bool)
    for loan in range(len(table)):
        if balance[loan, 0] > 0:
            _follow(
                states[loan], deferred[loan], opening[loan], instalment[loan], balance[loan],
                paid[loan], principal[loan],
            )  # fmt: skip
    return Paths(
        states=states[:, : ALLY_LAST + 1],
        deferred=deferred[:, :ALLY_LAST],
        paid=paid[:, :ALLY_LAST],
        score=column("obligorCreditScore"),
    )


def _number(value: object) -> float:
    return float("nan") if value in {None, "", "NA"} else float(str(value))


def _follow(  # noqa: PLR0917  one loan's columns
    states: Ints, deferred: Flags, shortfall: float, instalment: float,
    balance: Floats, paid: Floats, principal: Floats,
) -> None:  # fmt: skip
    """Fill in one loan's month-ends from its payments and balances."""
    last = int(np.argmax(np.isnan(balance))) if np.isnan(balance).any() else len(balance)
    states[0] = _state(shortfall, instalment)
    for k in range(last - 1):
        if balance[k + 1] <= 0:
            repaid = max(principal[k], paid[k]) >= 0.9 * balance[k]
            states[k + 1] = PAID_OFF if repaid else CHARGED_OFF
            return
        if _due_dates_moved(shortfall, instalment, paid[k : last - 1]):
            deferred[k], shortfall = True, 0.0
        shortfall += instalment - paid[k]
        states[k + 1] = _state(shortfall, instalment)


def _state(shortfall: float, instalment: float) -> int:
    return int(state_of(np.array([shortfall]), np.array([instalment]))[0])


def _due_dates_moved(shortfall: float, instalment: float, ahead: Floats) -> bool:
    """Whether what follows looks like an extension: regular payments, arrears untouched."""
    behind = _state(shortfall, instalment)
    quiet = QUIET_LIGHT if behind == 1 else QUIET_DEEP
    if behind < 1 or len(ahead) < quiet:
        return False
    run = ahead[:quiet]
    later = shortfall + np.cumsum(instalment - run)
    level = state_of(later, np.full(quiet, instalment))
    return bool((run >= REGULAR * instalment).all() and (level == behind).all())


def read_americredit(folder: Path) -> Paths:
    """States of the AmeriCredit loans as their servicer reports them, up to February 2020."""
    files = sorted(
        (path.stem, path) for path in folder.glob("americredit-*/*.xml") if path.stem <= LAST_MONTH
    )
    loans: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for month, path in files:
        for asset in etree.parse(path).getroot().iter(f"{_NS}assets"):
            fields = {child.tag.removeprefix(_NS): child.text or "" for child in asset}
            loans[fields["assetNumber"]][month] = fields
    months = sorted({month for month, _ in files})
    states = np.full((len(loans), len(months)), GONE, np.int64)
    deferred = np.zeros((len(loans), len(months) - 1), bool)
    paid = np.zeros((len(loans), len(months) - 1))
    score = np.zeros(len(loans))
    for row, reports in enumerate(loans.values()):
        score[row] = float(next(iter(reports.values()))["obligorCreditScore"])
        for place, month in enumerate(months):
            if month not in reports:
                continue
            states[row, place] = _reported_state(reports[month])
            if place:
                deferred[row, place - 1] = float(reports[month]["paymentExtendedNumber"] or 0) > 0
                paid[row, place - 1] = float(reports[month]["totalActualAmountPaid"] or 0)
            if states[row, place] >= PAID_OFF:
                break
    return Paths(states=states, deferred=deferred, paid=paid, score=score)


def _reported_state(report: dict[str, str]) -> int:
    closed = report.get("zeroBalanceCode")
    if closed or float(report.get("chargedoffPrincipalAmount") or 0) > 0:
        return PAID_OFF if closed == "1" else CHARGED_OFF
    days = report.get("currentDelinquencyStatus")
    return GONE if not days else sum(int(days) >= start for start in _DPD_STARTS)


def measure_tapes(tapes: Path) -> dict[str, Any]:
    """Everything that goes into calibration.yaml."""
    new = read_ally(tapes / "ally-2017-3-new.csv.gz")
    used = read_ally(tapes / "ally-2017-3-used.csv.gz")
    subprime = read_americredit(tapes / "abs-ee")
    blended = _blend(subprime.counts(), used.counts())
    return {
        "window": {"ally": "2017-06 to 2020-02", "americredit": "2016-12 to 2020-02"},
        "sources": SOURCES,
        "outcomes": list(OUTCOMES),
        "tolerance_share_of_instalment": TOLERANCE,
        "inferred_deferral": {"quiet_months_d1_30": QUIET_LIGHT, "quiet_months_deeper": QUIET_DEEP},
        "segments": {
            "prime_new": {"source": "ally", **_segment(new, new.counts().rates)},
            "prime_used": {"source": "ally", **_segment(used, used.counts().rates)},
            "subprime": {
                "source": "americredit",
                "blend": f"measured counts plus {PRIOR_MONTHS} months a row of prime_used",
                **_segment(subprime, blended),
            },
        },
        "score": _score_effect(new, used),
        "score_quantiles": {
            "prime": _quantiles(np.concatenate([new.score, used.score])),
            "subprime": _quantiles(subprime.score),
        },
        "behind_in_first_month": _reported_behind(tapes),
    }


def _segment(paths: Paths, rates: Floats) -> dict[str, Any]:
    counts = paths.counts()
    rows = {
        state: {
            "loan_months": int(counts.months[place]),
            "moves": [int(number) for number in counts.moves[place]],
            "rates": [round(float(rate), 5) for rate in rates[place]],
            "partial_share": round(float(counts.partial_share[place]), 4),
        }
        for place, state in enumerate(STATES)
    }
    return {
        "loans": len(paths.states),
        "rows": rows,
        "deeper_share": round(counts.deeper_share, 4),
    }


def _blend(counts: Counts, prior: Counts) -> Floats:
    """Rates of few observations drawn towards a larger relative."""
    weight = PRIOR_MONTHS * prior.rates
    weight[1] = 0  # being current is observed often enough
    total: Floats = counts.moves + weight
    rates: Floats = total / np.maximum(total.sum(axis=1), 1)[:, None]
    return rates


def _score_effect(*tapes: Paths) -> dict[str, Any]:
    """The rate of a first missed instalment by bureau score, as a multiple of the average."""
    bands = [np.digitize(tape.score, SCORE_EDGES) for tape in tapes]
    rates = []
    for band in range(len(SCORE_EDGES) + 1):
        moves = sum(tape.counts(b == band).moves[1] for tape, b in zip(tapes, bands, strict=True))
        rates.append(float(moves[2] / moves.sum()))
    moves = sum(tape.counts().moves[1] for tape in tapes)
    average = float(moves[2] / moves.sum())
    return {
        "source": "ally",
        "edges": list(SCORE_EDGES),
        "current_to_d1_30": [round(rate, 5) for rate in rates],
        "multiple_of_average": [round(rate / average, 3) for rate in rates],
    }


def _quantiles(score: Floats) -> dict[str, list[float]]:
    levels = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]
    return {"levels": levels, "scores": [float(s) for s in np.round(np.quantile(score, levels))]}


def _reported_behind(tapes: Path) -> dict[str, float]:
    """The share that Ally itself reported 1-30 days past due at the end of May 2017."""
    shares = {}
    for kind in ("new", "used"):
        days = pc.read_csv(tapes / f"ally-2017-3-{kind}.csv.gz")["currentDelinquencyStatus"]
        late = np.array([_number(value) for value in days.to_pylist()]) > 0
        shares[f"prime_{kind}"] = round(float(late.mean()), 4)
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    shared = Path(os.environ.get("CARREARS_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--tapes", type=Path, default=shared / "tapes")
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    text = yaml.safe_dump(
        measure_tapes(options.tapes), sort_keys=False, width=110, default_flow_style=None
    )
    head = (
        "# Written by bench/calibrate.py from the real tapes; do not edit. Method: "
        "docs/sample-book.md\n"
    )
    options.out.write_text(head + text, encoding="utf-8")
    print(f"wrote {options.out}")


if __name__ == "__main__":
    main()
