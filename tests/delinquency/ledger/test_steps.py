"""The trace of a replay sums up to its figures, on whatever loans Hypothesis thinks of."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.delinquency.ledger.arrays import pack_book, unpack_account
from carrears.delinquency.ledger.entries import RATE_SCALE, Account
from carrears.delinquency.ledger.kernel import replay_book
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.steps import Column, Step, joined
from carrears.delinquency.ledger.twin import replay
from carrears.delinquency.ledger.waterfall import Component
from delinquency.ledger.test_kernel import START, accounts, days


def summed(steps: list[Step], row: int, component: Component, column: Column) -> int:
    return sum(
        s.amount for s in steps if (s.row, s.component, s.column) == (row, component, column)
    )


@settings(deadline=None)
@given(account=accounts(), as_of=days, known=st.none() | days)
def test_the_steps_sum_up_to_what_the_kernel_finds(
    account: Account, as_of: date, known: date | None
) -> None:
    book, terms = pack_book([account])
    found = replay_book(book, terms, as_of=as_of, known_on=known, detail=True)
    told = replay(unpack_account(book, loan=0, terms=account.terms), as_of=as_of, known_on=known)
    contract = [[d.fee, 0, 0, d.interest, d.principal] for d in account.schedule] + [[0] * 5]
    for row, scheduled in enumerate(contract):
        accrued = told.accrued[row]
        counted = joined(accrued.runs[: accrued.counted])
        borne = {
            Component.PENALTY: sum((run.penalty for run in counted), Fraction(0)),
            Component.COMPOUND: sum((run.compound for run in counted), Fraction(0)),
        }
        for part in Component:
            interest = round_to(borne.get(part, Fraction(0)), rounding=Rounding.HALF_UP)
            assert (
                scheduled[part] + summed(told.steps, row, part, Column.OWED) + interest,
                summed(told.steps, row, part, Column.PAID),
                summed(told.steps, row, part, Column.WAIVED),
            ) == (found.owed[row, part], found.paid[row, part], found.waived[row, part])
    asked = sum(one.rest + one.interest - one.given_back for one in told.asked)
    assert asked - told.credit == found.payoff[0]


@settings(deadline=None)
@given(account=accounts(), as_of=days)
def test_each_run_is_base_times_rate_times_days_over_the_year(
    account: Account, as_of: date
) -> None:
    for accrued in replay(account, as_of=as_of).accrued:
        runs = joined(accrued.runs)
        assert sum((run.penalty for run in runs), Fraction(0)) == accrued.penalty
        for run in runs:
            share = Fraction(run.rate * run.days, RATE_SCALE * account.terms.penalty_year_days)
            assert (run.penalty, run.compound) == (run.principal * share, run.interest * share)
            assert run.days == (run.until - run.start).days - run.paused
            assert START <= run.start < run.until <= as_of
