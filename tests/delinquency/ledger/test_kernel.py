"""The kernel equals the twin on whatever loans Hypothesis thinks of."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.delinquency.ledger.arrays import NO_DELAY, day_number, pack_book
from carrears.delinquency.ledger.entries import (
    Account,
    Due,
    Entry,
    GraceRule,
    Kind,
    LoanTerms,
    PayoffInterest,
)
from carrears.delinquency.ledger.kernel import replay_book
from carrears.delinquency.ledger.twin import replay
from carrears.delinquency.ledger.waterfall import (
    Advance,
    Band,
    Component,
    Timing,
    Waterfall,
    make_waterfall,
)

START = date(2026, 1, 31)
days = st.integers(0, 200).map(lambda n: START + timedelta(days=n))
amounts = st.integers(0, 300_000)
orders = st.permutations(list(Component))
flags = st.booleans()

styled = st.builds(
    make_waterfall,
    st.sampled_from(("installment_by_installment", "due_then_advance", "horizontal", "vertical")),
    orders,
    advance=st.sampled_from(Advance),
)
banded = st.builds(
    Waterfall,
    bands=st.lists(
        st.builds(
            Band,
            timings=st.integers(1, 7),
            order=orders.flatmap(lambda o: st.integers(1, 5).map(lambda n: tuple(o[:n]))),
        ),
        min_size=1,
        max_size=6,
    ).map(tuple),
    by_row=flags,
    advance=st.sampled_from(Advance),
)
terms = st.builds(
    LoanTerms,
    waterfall=st.one_of(styled, banded),
    penalty_rate=st.integers(0, 40_000_000),
    penalty_year_days=st.sampled_from((360, 365)),
    compound=flags,
    penalty_grace_days=st.integers(0, 10),
    penalty_grace_rule=st.sampled_from(GraceRule),
    grace_days=st.integers(0, 10),
    grace_rule=st.sampled_from(GraceRule),
    materiality_minor=st.integers(0, 500),
    materiality_millionths=st.integers(0, 50_000),
    pause_stops_penalty=flags,
    pause_stops_days=flags,
    charge_off_stops_penalty=flags,
    payoff_interest=st.sampled_from(PayoffInterest),
    gives_back_unearned=flags,
    dpd_components=st.sets(st.sampled_from(Component), min_size=1).map(tuple),
)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Due, ...]:
    rows, start = [], START
    for _ in range(draw(st.integers(0, 6))):
        due = start + timedelta(days=draw(st.integers(1, 40)))
        rows.append(
            Due(
                starts_on=start,
                due_on=due,
                principal=draw(amounts),
                interest=draw(st.integers(0, 20_000)),
                fee=draw(st.integers(0, 500)),
            )
        )
        start = due
    return tuple(draw(st.permutations(rows)) if draw(flags) else rows)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    schedule = draw(schedules())
    entries: list[Entry] = []
    for place in range(draw(st.integers(0, 10))):
        kind = draw(st.sampled_from(Kind))
        if kind in {Kind.MOVE_DUE, Kind.RESTATE, Kind.RESTATE_FEE} and not schedule:
            continue
        day = draw(days)
        target = -1
        if kind is Kind.REVERSAL:
            earlier = [i for i, entry in enumerate(entries) if entry.day <= day]
            if not earlier:
                continue
            target = draw(st.sampled_from(earlier))
        entries.append(
            Entry(
                kind=kind,
                day=day,
                known_on=draw(st.none() | days),
                amount=draw(st.integers(0, 40_000_000) if kind is Kind.PENALTY_RATE else amounts),
                interest=draw(st.integers(0, 20_000)),
                row=draw(st.integers(0, len(schedule) - 1)) if schedule else -1,
                target=target,
                component=draw(st.sampled_from(Component)),
                until=draw(st.none() | days),
            )
        )
        del place
    return Account(terms=draw(terms), schedule=schedule, entries=tuple(entries))


@settings(deadline=None)
@given(book=st.lists(accounts(), min_size=1, max_size=4), as_of=days, known=st.none() | days)
def test_kernel_equals_twin(book: list[Account], as_of: date, known: date | None) -> None:
    arrays, table = pack_book(book)
    found = replay_book(arrays, table, as_of=as_of, known_on=known, detail=True)
    lean = replay_book(arrays, table, as_of=as_of, known_on=known)
    assert [column.tolist() for column in lean[:14]] == [column.tolist() for column in found[:14]]
    assert lean.owed.shape == lean.moved.shape == (0, len(Component))
    for loan, account in enumerate(book):
        position = replay(account, as_of=as_of, known_on=known)
        oldest, coming = position.oldest_due_on, position.next_due_on
        assert {
            "arrears": found.arrears[loan].tolist(),
            "overdue": found.overdue[loan].tolist(),
            "outstanding": found.outstanding[loan].tolist(),
            "oldest": int(found.oldest_due[loan]),
            "dpd": int(found.dpd[loan]),
            "paused": int(found.paused_days[loan]),
            "credit": int(found.credit[loan]),
            "payoff": int(found.payoff[loan]),
            "due_total": int(found.due_total[loan]),
            "paid_ahead": int(found.paid_ahead[loan]),
            "behind": int(found.behind[loan]),
            "next_due": int(found.next_due[loan]),
            "next_amount": int(found.next_amount[loan]),
            "habits": [None if n == NO_DELAY else n for n in found.habits[loan].tolist()],
        } == {
            "arrears": position.arrears,
            "overdue": position.overdue,
            "outstanding": position.outstanding,
            "oldest": -1 if oldest is None else day_number(oldest),
            "dpd": position.dpd,
            "paused": position.paused_days,
            "credit": position.credit,
            "payoff": position.payoff,
            "due_total": position.due_total,
            "paid_ahead": position.paid_ahead,
            "behind": position.behind,
            "next_due": -1 if coming is None else day_number(coming),
            "next_amount": position.next_amount,
            "habits": list(astuple(position.habits)),
        }
        first = int(arrays.due_start[loan]) + loan
        rows = slice(first, first + len(position.rows))
        assert found.owed[rows].tolist() == [row.owed for row in position.rows]
        assert found.paid[rows].tolist() == [row.paid for row in position.rows]
        assert found.waived[rows].tolist() == [row.waived for row in position.rows]
        moved = np.zeros(len(Component), np.int64)
        for portions in position.trace.values():
            for portion in portions:
                moved[portion.component] += portion.amount
        events = slice(int(arrays.event_start[loan]), int(arrays.event_start[loan + 1]))
        assert found.moved[events].sum(axis=0).tolist() == moved.tolist()


def test_exact_remainder_over_many_small_steps() -> None:
    # A third of a unit a day: a payment of nothing every day must not round anything away.
    terms = LoanTerms(penalty_rate=12_000_000)
    due = Due(starts_on=START, due_on=START, principal=1_000)
    steps = tuple(
        Entry(kind=Kind.PAYMENT, day=START + timedelta(days=n), amount=0) for n in range(1, 90)
    )
    account = Account(terms=terms, schedule=(due,), entries=steps)
    arrays, table = pack_book([account])
    found = replay_book(arrays, table, as_of=START + timedelta(days=90))
    assert int(found.arrears[0, Component.PENALTY]) == 30


def test_waterfall_of_too_many_bands_is_refused() -> None:
    bands = tuple(Band(timings=Timing.DUE, order=()) for _ in range(16))
    with pytest.raises(ValueError, match="15 bands"):
        pack_book([Account(terms=LoanTerms(waterfall=Waterfall(bands=bands)), schedule=())])
