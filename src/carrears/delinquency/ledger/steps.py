"""What a replay did, step by step: the trace from which every figure of a loan can be redone.

Of each component of each row the steps sum up to the figures: what is owed is what the schedule
says, plus the ``OWED`` steps, plus the runs of interest that count, rounded half up over all of
them; what is paid and waived is the sum of the ``PAID`` and ``WAIVED`` steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from carrears.delinquency.ledger.waterfall import Component


class Column(StrEnum):
    """Which figure of a component a step changes."""

    OWED = "owed"
    PAID = "paid"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Step:
    """What an entry (by its place) did to one component of a row, in minor units; in order.

    ``due_on`` is when the row fell due at that moment; a later entry may have moved it.
    """

    entry: int
    row: int
    component: Component
    column: Column
    amount: int
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Days in a row on which a row's open principal and interest bore the same.

    From the end of ``start`` to the end of ``until``; ``days`` leaves ``paused`` ones out.
    ``principal`` and ``interest`` are the bases in minor units (interest: only where it bears
    compound interest), ``rate`` hundred-millionths a year; ``penalty`` and ``compound`` exact.
    """

    start: date
    until: date
    days: int
    paused: int
    principal: int
    interest: int
    rate: int
    penalty: Fraction
    compound: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a row adds to a payoff: ``rest`` without interest, and ``interest`` as far as earned.

    Of a running period ``days`` of ``of_days`` have passed; else both are 0. ``earned`` is the
    period's interest so far, ``interest`` the same less what is paid or waived of it, and
    ``given_back`` what was paid beyond it, where the terms give that back.
    """

    row: int
    rest: int
    interest: int
    earned: int
    given_back: int = 0
    days: int = 0
    of_days: int = 0


def joined(runs: list[Run]) -> list[Run]:
    """The runs with those put together that follow each other with the same bases and rate."""
    found: list[Run] = []
    for run in runs:
        last = found[-1] if found else None
        if last and _bears(last) == _bears(run) and last.until == run.start:
            run = Run(  # noqa: PLW2901  the two as one
                start=last.start,
                until=run.until,
                days=last.days + run.days,
                paused=last.paused + run.paused,
                principal=run.principal,
                interest=run.interest,
                rate=run.rate,
                penalty=last.penalty + run.penalty,
                compound=last.compound + run.compound,
            )
            found.pop()
        found.append(run)
    return found


def _bears(run: Run) -> tuple[int, int, int]:
    return run.principal, run.interest, run.rate
