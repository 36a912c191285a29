from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from carrears.delinquency.ledger.accrual import penalty_rate
from carrears.delinquency.ledger.entries import (
    Account,
    Due,
    Entry,
    GraceRule,
    Kind,
    LoanTerms,
    PayoffInterest,
)
from carrears.delinquency.ledger.twin import Position, replay
from carrears.delinquency.ledger.waterfall import Component

TERMS = LoanTerms(penalty_rate=penalty_rate(Fraction(12, 100), surcharge=Fraction(1, 2)))
JAN, FEB, MAR = date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15)
# The first two instalments of 100,000.00 at 12 % over twelve months (glossary: 8884.88).
SCHEDULE = (
    Due(starts_on=JAN, due_on=FEB, principal=788_488, interest=100_000),
    Due(starts_on=FEB, due_on=MAR, principal=796_373, interest=92_115),
)


def stand(day: date, *entries: Entry, terms: LoanTerms = TERMS) -> Position:
    return replay(Account(terms=terms, schedule=SCHEDULE, entries=entries), as_of=day)


def payment(day: date, amount: int, *, known_on: date | None = None) -> Entry:
    return Entry(kind=Kind.PAYMENT, day=day, amount=amount, known_on=known_on)


def test_ten_days_overdue_bear_penalty_on_principal_alone() -> None:
    # 7884.88 × 18 % × 10 / 360 = 39.42
    position = stand(FEB + timedelta(days=10))
    assert position.arrears == [0, 3_942, 0, 100_000, 788_488]
    assert position.dpd == 10


def test_overdue_interest_bears_compound_interest_where_the_contract_says_so() -> None:
    # 1000.00 × 18 % × 10 / 360 = 5.00
    position = stand(FEB + timedelta(days=10), terms=replace(TERMS, compound=True))
    assert position.arrears == [0, 3_942, 500, 100_000, 788_488]


def test_due_date_itself_is_no_day_past_due() -> None:
    position = stand(FEB)
    assert (position.dpd, sum(position.arrears), sum(position.overdue)) == (0, 888_488, 0)


def test_payment_known_late_counts_for_its_own_day_and_undoes_the_penalty() -> None:
    day = FEB + timedelta(days=10)
    late = payment(FEB, 888_488, known_on=day)
    account = Account(terms=TERMS, schedule=SCHEDULE, entries=(late,))
    before = replay(account, as_of=day, known_on=day - timedelta(days=1))
    after = replay(account, as_of=day, known_on=day)
    assert (before.dpd, before.arrears[Component.PENALTY]) == (10, 3_942)
    assert (after.dpd, sum(after.arrears)) == (0, 0)


def test_reversal_makes_the_payment_never_have_counted() -> None:
    day = FEB + timedelta(days=10)
    undo = Entry(kind=Kind.REVERSAL, day=day, target=0)
    assert stand(day, payment(FEB, 888_488), undo).arrears == stand(day).arrears
    again = Entry(kind=Kind.REVERSAL, day=day, target=1)
    assert sum(stand(day, payment(FEB, 888_488), undo, again).arrears) == 0


def test_payment_follows_the_order_and_keeps_its_trace() -> None:
    position = stand(FEB + timedelta(days=10), payment(FEB + timedelta(days=10), 200_000))
    assert [(p.row, p.component, p.amount) for p in position.trace[0]] == [
        (0, Component.PENALTY, 3_942),
        (0, Component.INTEREST, 100_000),
        (0, Component.PRINCIPAL, 96_058),
    ]


def test_grace_either_forgives_or_delays() -> None:
    day = FEB + timedelta(days=10)
    within = replace(TERMS, grace_days=10, penalty_grace_days=10)
    assert (stand(day, terms=within).dpd, stand(day, terms=within).arrears[1]) == (0, 0)
    past = replace(TERMS, grace_days=3, penalty_grace_days=3)
    assert (stand(day, terms=past).dpd, stand(day, terms=past).arrears[1]) == (10, 3_942)
    delay = replace(past, grace_rule=GraceRule.FROM_GRACE, penalty_grace_rule=GraceRule.FROM_GRACE)
    # 7884.88 × 18 % × 7 / 360 = 27.60
    assert (stand(day, terms=delay).dpd, stand(day, terms=delay).arrears[1]) == (7, 2_760)


def test_pause_takes_its_days_off_penalty_and_count() -> None:
    pause = Entry(kind=Kind.PAUSE, day=FEB, until=FEB + timedelta(days=4))
    position = stand(FEB + timedelta(days=10), pause)
    # 7884.88 × 18 % × 6 / 360 = 23.65
    assert (position.dpd, position.arrears[1], position.paused_days) == (6, 2_365, 4)
    resume = Entry(kind=Kind.RESUME, day=FEB + timedelta(days=2))
    assert stand(FEB + timedelta(days=10), pause, resume).dpd == 8


def test_deferral_moves_the_due_date_and_keeps_what_was_borne() -> None:
    defer = Entry(kind=Kind.MOVE_DUE, day=FEB + timedelta(days=10), row=0, until=date(2026, 4, 15))
    position = stand(FEB + timedelta(days=20), defer)
    assert (position.dpd, sum(position.arrears)) == (0, 0)
    assert position.outstanding[Component.PENALTY] == 3_942


def test_restated_instalment_gives_back_what_was_paid_beyond_it() -> None:
    restate = Entry(kind=Kind.RESTATE, day=FEB, row=0, until=FEB, amount=788_488, interest=0)
    position = stand(FEB, payment(FEB, 888_488), restate)
    # 1000.00 back: 921.15 pay the next interest, 78.85 principal.
    assert position.outstanding == [0, 0, 0, 0, 796_373 - 7_885]


def test_waiver_takes_the_penalty_off() -> None:
    day = FEB + timedelta(days=10)
    waive = Entry(kind=Kind.WAIVER, day=day, amount=5_000, component=Component.PENALTY)
    assert stand(day, waive).arrears == [0, 0, 0, 100_000, 788_488]


def test_fee_after_the_end_falls_due_on_its_day() -> None:
    fee = Entry(kind=Kind.FEE, day=MAR + timedelta(days=5), amount=700)
    position = stand(MAR + timedelta(days=6), payment(FEB, 2_000_000), fee)
    assert sum(position.outstanding) == 0
    assert position.credit == 2_000_000 - 788_488 - 100_000 - 796_373 - 92_115 - 700


def test_payoff_asks_for_the_interest_earned_so_far() -> None:
    # After the first instalment: 796,373 of principal and 14 of 28 days of 921.15 = 460.58.
    position = stand(date(2026, 3, 1), payment(FEB, 888_488))
    assert position.payoff == 796_373 + 46_058


@pytest.mark.parametrize(
    ("ahead", "given_back", "kept"),
    [
        (40_000, 796_373 + 6_058, 796_373 + 6_058),  # less than the 460.58 earned
        (46_058, 796_373, 796_373),
        (60_000, 796_373 - 13_942, 796_373),
        (888_488, -46_057, 0),  # all of it: 921.15 less 460.58 come back
    ],
)
def test_payoff_gives_back_interest_paid_ahead_unless_the_contract_keeps_it(
    ahead: int, given_back: int, kept: int
) -> None:
    day, money = date(2026, 3, 1), (payment(FEB, 888_488), payment(FEB, ahead))
    assert stand(day, *money).payoff == given_back
    keeps = replace(TERMS, gives_back_unearned=False)
    assert stand(day, *money, terms=keeps).payoff == kept
    whole = replace(TERMS, payoff_interest=PayoffInterest.WHOLE)
    assert stand(day, *money, terms=whole).payoff == 888_488 - ahead


def test_payoff_gives_back_no_waived_interest() -> None:
    day = date(2026, 3, 1)
    waive = Entry(kind=Kind.WAIVER, day=FEB, amount=60_000, component=Component.INTEREST, row=1)
    assert stand(day, payment(FEB, 888_488), waive).payoff == 796_373
    # 600.00 waived, then 321.15 paid: of 460.58 earned the waiver covers all, the money comes back.
    paid = stand(day, payment(FEB, 888_488), waive, payment(FEB, 32_115))
    assert paid.payoff == 796_373 - 32_115
