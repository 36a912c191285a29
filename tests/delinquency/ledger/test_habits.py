"""Kernel and twin note the same days on which the instalments of monthly loans were paid."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.delinquency.ledger.arrays import NO_DELAY, pack_book
from carrears.delinquency.ledger.daycount import add_months
from carrears.delinquency.ledger.entries import Account, Due, Entry, Kind, LoanTerms
from carrears.delinquency.ledger.kernel import replay_book
from carrears.delinquency.ledger.twin import replay
from carrears.delinquency.ledger.waterfall import Advance, Component, make_waterfall

LENT = date(2025, 1, 31)
some = st.sampled_from
terms = st.builds(
    LoanTerms,
    waterfall=st.builds(
        make_waterfall,
        some(("installment_by_installment", "horizontal", "vertical", "principal_first")),
        advance=some(Advance),
    ),
    penalty_rate=some((0, 18_000_000)),
    compound=st.booleans(),
    materiality_minor=some((0, 500)),
    materiality_millionths=some((0, 50_000)),
    dpd_components=some((tuple(Component), (Component.INTEREST, Component.PRINCIPAL))),
)
KINDS = (
    *(Kind.MOVE_DUE, Kind.FEE, Kind.PENALTY_CHARGE, Kind.CHARGEBACK, Kind.WAIVER, Kind.REVERSAL),
    *(Kind.RESTATE, Kind.PAUSE, Kind.CHARGE_OFF),
)


@st.composite
def monthly(draw: st.DrawFn) -> Account:
    """Up to 18 instalments, most of them paid a little early or late; now and then something."""
    count = draw(st.integers(0, 18))
    dates = [add_months(LENT, month) for month in range(count + 1)]
    sizes = [draw(some((100_00, 100_00, 100_00, 40_00, 0))) for _ in range(count)]
    schedule = tuple(
        Due(starts_on=start, due_on=due, principal=size, interest=size // 10)
        for start, due, size in zip(dates, dates[1:], sizes, strict=False)
    )
    entries = [
        Entry(
            kind=Kind.PAYMENT,
            day=due.due_on + timedelta(days=draw(some((-40, -30, -3, 0, 0, 0, 1, 9, 30, 31, 62)))),
            amount=draw(
                some((due.principal + due.interest, due.principal + due.interest - 5_00, 250_00))
            )
            if due.principal
            else 0,
        )
        for due in schedule
        if draw(st.integers(0, 9)) > 0
    ]
    for _ in range(draw(st.integers(0, 4)) if schedule else 0):
        entries += [draw(happening(count, entries))]
    return Account(
        terms=draw(terms),
        schedule=schedule,
        entries=tuple(one for one in entries if one.kind is not Kind.REVERSAL or one.target >= 0),
    )


@st.composite
def happening(draw: st.DrawFn, count: int, entries: list[Entry]) -> Entry:
    kind = draw(some(KINDS))
    day = LENT + timedelta(days=draw(st.integers(0, 500)))
    paid = [n for n, one in enumerate(entries) if one.kind is Kind.PAYMENT and one.day <= day]
    is_back = kind is Kind.REVERSAL and bool(paid)
    return Entry(
        kind=kind,
        day=day,
        amount=draw(some((2_00, 50_00, 110_00))),
        interest=draw(some((0, 10_00))),
        row=draw(st.integers(0, count - 1)),
        target=draw(some(paid)) if is_back else -1,
        component=draw(some(Component)),
        until=day + timedelta(days=draw(some((1, 20, 45)))),
    )


@settings(max_examples=150, deadline=None)
@given(book=st.lists(monthly(), min_size=1, max_size=4), month=st.integers(0, 24))
def test_kernel_notes_habits_as_the_twin_does(book: list[Account], month: int) -> None:
    as_of = add_months(LENT, month)
    arrays, table = pack_book(book)
    found = replay_book(arrays, table, as_of=as_of).habits.tolist()
    for loan, account in enumerate(book):
        numbers = [None if number == NO_DELAY else number for number in found[loan]]
        assert numbers == list(astuple(replay(account, as_of=as_of).habits))


def test_an_instalment_that_is_charged_again_is_paid_no_more() -> None:
    """A fee on what was paid ahead: paid again with the fee's money, and every row after it."""
    due = tuple(Due(starts_on=LENT, due_on=add_months(LENT, n), principal=100_00) for n in (1, 2))
    ahead = Entry(kind=Kind.PAYMENT, day=LENT, amount=200_00)
    fee = Entry(kind=Kind.FEE, day=LENT + timedelta(days=10), amount=2_00)
    money = Entry(kind=Kind.PAYMENT, day=add_months(LENT, 1) + timedelta(days=4), amount=2_00)
    account = Account(terms=LoanTerms(), schedule=due, entries=(ahead, fee, money))

    before = replay(account, as_of=LENT + timedelta(days=9)).paid_from
    between = replay(account, as_of=LENT + timedelta(days=11)).paid_from
    after = replay(account, as_of=add_months(LENT, 2)).paid_from

    assert before[:2] == [LENT, LENT]
    assert between[:2] == [None, None]
    assert after[:2] == [money.day, money.day]


def test_a_remainder_that_penalty_makes_material_is_late_until_it_is_paid() -> None:
    """4.90 short, 5.00 immaterial: 18 % a year makes more than 5.00 of it in six weeks."""
    due_on = add_months(LENT, 1)
    short = Entry(kind=Kind.PAYMENT, day=due_on, amount=995_10)
    rest = Entry(kind=Kind.PAYMENT, day=due_on + timedelta(days=50), amount=10_00)
    account = Account(
        terms=LoanTerms(penalty_rate=18_000_000, materiality_minor=5_00),
        schedule=(Due(starts_on=LENT, due_on=due_on, principal=1_000_00),),
        entries=(short, rest),
    )
    arrays, table = pack_book([account])

    def last_delay(after: int) -> int | None:
        as_of = due_on + timedelta(days=after)
        [[number, *_]] = replay_book(arrays, table, as_of=as_of).habits.tolist()
        assert replay(account, as_of=as_of).habits.last_delay == (
            None if number == NO_DELAY else number
        )
        return None if number == NO_DELAY else int(number)

    assert [last_delay(after) for after in (30, 49, 50)] == [0, None, 50]
