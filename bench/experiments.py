"""Coverage of the intervals and false alarms of the guard rails, re-simulated.

python -m bench.experiments [--repetitions 1000]

Each repetition is an experiment of a year: debtors enter day by day, outcomes are known after
the cure window, and the interval is looked at every day. A miss is an experiment in which any
day's interval does not hold the truth.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from math import exp, log
from statistics import NormalDist

import numpy as np
from rich.console import Console
from rich.table import Table

from carrears.experiments import confidence_sequence, harm_evidence, sample_size

_DAYS, _WINDOW = 365, 30


@dataclass(frozen=True)
class Book:
    name: str
    champion: float
    challenger: float
    share: float = 0.5
    a_day: int = 40
    money: bool = False


_BOOKS = (
    Book("no effect", 0.30, 0.30),
    Book("no effect, a tenth challenges", 0.30, 0.30, share=0.1),
    Book("no effect, few debtors", 0.30, 0.30, a_day=2),
    Book("nobody cures", 0.0, 0.0),
    Book("+3 points", 0.30, 0.33),
    Book("+6 points", 0.30, 0.36),
    Book("−6 points, a fifth challenges", 0.30, 0.24, share=0.2),
    Book("money, no effect", 0.30, 0.30, money=True),
    Book("money, +20 %", 0.30, 0.36, money=True),
)
_CAP = 20_000.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repetitions", type=int, default=1000)
    repetitions = parser.parse_args().repetitions
    random = np.random.default_rng(20_260_101)
    table = Table(title=f"{repetitions:,} years a row, looked at daily; stated: at most 5 % missed")
    columns = ("simulated book", "missed", "fixed 95 % interval", "challenger found better",
               "half-width at the end")  # fmt: skip
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    for book in _BOOKS:
        table.add_row(book.name, *_measure(book, repetitions, random))
    Console().print(table)
    _print_guards(repetitions, random)
    size = sample_size(effect=0.03, baseline=0.3)
    print(f"sample size for 30 % → 33 %, power 80 %: {size.one_look:,} debtors with one look,"
          f" {size.daily_looks:,} with daily looks")  # fmt: skip


def _measure(book: Book, repetitions: int, random: np.random.Generator) -> list[str]:
    missed = better = fixed = 0
    width = 0.0
    cap = _CAP if book.money else 1.0
    truth = (book.challenger - book.champion) * (_mean_paid() if book.money else 1.0)
    for _ in range(repetitions):
        arm, outcome, looks = _one_year(book, random)
        seen = confidence_sequence(
            outcome,
            arm,
            share=book.share,
            cap=cap,
            planned=book.a_day * (_DAYS - _WINDOW),
            deviation=cap * (0.1 if book.money else 0.46),
            looks=looks,
        )
        missed += bool(((seen.lower > truth) | (seen.upper < truth)).any())
        better += bool((seen.lower > 0).any())
        width += (seen.upper[-1] - seen.lower[-1]) / 2 / repetitions
        fixed += _fixed_missed(arm, outcome, looks, truth)
    unit = f"{width:,.0f} of {_CAP:,.0f}" if book.money else f"{width:.3f}"
    share = [f"{100 * n / repetitions:.1f} %" for n in (missed, fixed, better)]
    return [*share, unit]


def _one_year(book: Book, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arms and outcomes in the order in which they are known, and how many each day knows."""
    entries = random.poisson(book.a_day, _DAYS)
    entered = np.repeat(np.arange(_DAYS), entries)
    arm = random.random(entered.size) < book.share
    outcome = random.random(entered.size) < np.where(arm, book.challenger, book.champion)
    if book.money:
        outcome = outcome * np.minimum(random.lognormal(7, 1.2, entered.size), _CAP)
    looks = np.searchsorted(entered + _WINDOW, np.arange(_DAYS), side="right")
    return arm, outcome, looks[looks > 0]


def _fixed_missed(arm: np.ndarray, outcome: np.ndarray, looks: np.ndarray, truth: float) -> bool:
    """Whether the textbook's 95 % interval, looked at as often, would have missed."""
    figures = []
    for mine in (arm, ~arm):
        number = np.maximum(np.cumsum(mine), 1)[looks - 1]
        mean = np.cumsum(outcome * mine)[looks - 1] / number
        square = np.cumsum((outcome**2) * mine)[looks - 1] / number
        figures.append((mean, np.maximum(square - mean**2, 0) / number))
    gap = figures[0][0] - figures[1][0] - truth
    error = 1.96 * np.sqrt(figures[0][1] + figures[1][1])
    settled = looks >= 30
    return bool((abs(gap) > error + 1e-12)[settled].any())


def _mean_paid() -> float:
    """The mean of a lognormal (7, 1.2) counted up to the cap."""
    below = NormalDist().cdf((log(_CAP) - 7 - 1.44) / 1.2)
    above = 1 - NormalDist().cdf((log(_CAP) - 7) / 1.2)
    return exp(7 + 0.72) * below + _CAP * above


def _print_guards(repetitions: int, random: np.random.Generator) -> None:
    table = Table(title="Guard rails at 5 %: experiments of a year in which one ever tripped")
    for column in ("risk of a complaint a day", "challenger's share", "tripped"):
        table.add_column(column, justify="right")
    for usual, challenger, share in (
        (0.0005, 0.0005, 0.5), (0.0005, 0.0005, 0.1), (0.0, 0.0, 0.5), (0.0005, 0.00025, 0.5),
        (0.0005, 0.001, 0.5), (0.0005, 0.002, 0.5), (0.0005, 0.002, 0.1),
    ):  # fmt: skip
        tripped = sum(_trips(usual, challenger, share, random) for _ in range(repetitions))
        table.add_row(
            f"{usual:.3%} → {challenger:.3%}", f"{share:.0%}", f"{tripped / repetitions:.1%}"
        )
    Console().print(table)


def _trips(usual: float, challenger: float, share: float, random: np.random.Generator) -> bool:
    size = 2_000
    counts = []
    for number, risk in ((int(size * share), challenger), (size - int(size * share), usual)):
        first = random.geometric(risk, number) if risk else np.full(number, _DAYS + 1)
        events = np.bincount(np.minimum(first, _DAYS + 1), minlength=_DAYS + 2)[1 : _DAYS + 1]
        counts.append((events, number - np.cumsum(events) + events))
    evidence = harm_evidence(
        challenger_events=counts[0][0],
        champion_events=counts[1][0],
        challenger_at_risk=counts[0][1],
        champion_at_risk=counts[1][1],
    )
    return bool((evidence >= 20).any())


if __name__ == "__main__":
    main()
