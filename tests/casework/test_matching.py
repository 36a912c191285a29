"""Which payments meet which part: a table to read, and laws that hold for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from casework.promise_table import PromiseCase, read_cases
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.casework.matching import (
    Kept,
    Match,
    Paid,
    Promised,
    PromisedPart,
    match,
    standing_money,
)

CASES = read_cases()
FIRST = date(2026, 6, 1)
_laws = settings(deadline=None, max_examples=200)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table(case: PromiseCase) -> None:
    for as_of, expected in case.states.items():
        assert [str(one.state) for one in _match(case, as_of)] == expected, as_of
    last = _match(case, max(case.states))
    parts = [{s.no: s.amount for s in part.shares} for one in last for part in one.parts]
    assert parts == case.met


def _match(case: PromiseCase, as_of: date) -> list[Match]:
    known = [one for one in case.payments if case.told_on[one.no] <= as_of]
    return match(case.promises, known, as_of=as_of)


def test_a_payment_of_the_promises_own_day_counts_if_it_came_after_it() -> None:
    noon = datetime(2026, 6, 1, 4, tzinfo=UTC)
    promise = replace(_promise(0, 0, ((500, 9),)), made_at=noon)
    before = Paid(no="a", paid_on=FIRST, amount=500, told_at=noon - timedelta(hours=1))
    after = replace(before, told_at=noon + timedelta(hours=1))
    with_tape = replace(before, told_at=None)

    def state(paid: Paid, one: Promised = promise) -> Kept:
        return match([one], [paid], as_of=FIRST)[0].state

    assert (state(before), state(after), state(with_tape)) == (Kept.OPEN, Kept.KEPT, Kept.KEPT)
    # The book had told of that day's payments already.
    assert state(with_tape, replace(promise, book_day=FIRST)) is Kept.OPEN


def _promise(key: int, made: int, parts: tuple[tuple[int, int], ...], slack: int = 0) -> Promised:
    made_on = FIRST + timedelta(days=made)
    return Promised(
        key=key,
        made_on=made_on,
        made_at=datetime(made_on.year, made_on.month, made_on.day, tzinfo=UTC),
        book_day=made_on - timedelta(days=1),
        parts=tuple(
            PromisedPart(key=key * 10 + n, amount=amount, due_on=made_on + timedelta(days=days))
            for n, (amount, days) in enumerate(parts)
        ),
        slack=slack,
        slack_days=slack % 3,
    )


@st.composite
def promises(draw: st.DrawFn) -> list[Promised]:
    parts = st.lists(
        st.tuples(st.integers(1, 900), st.integers(0, 20)),
        min_size=1,
        max_size=3,
        unique_by=lambda part: part[1],
    )
    return [
        _promise(
            key, draw(st.integers(0, 15)), tuple(sorted(draw(parts), key=lambda p: p[1])), slack
        )
        for key, slack in enumerate(draw(st.lists(st.integers(0, 20), min_size=1, max_size=3)))
    ]


@st.composite
def receipts(draw: st.DrawFn, *, back: bool = True) -> list[Paid]:
    lowest = -900 if back else 1
    rows = draw(st.lists(st.tuples(st.integers(-5, 40), st.integers(lowest, 900)), max_size=8))
    names = draw(st.lists(st.sampled_from(["", "p0", "p1", "p2"]), min_size=8, max_size=8))
    return [
        Paid(
            no=f"p{n}",
            paid_on=FIRST + timedelta(days=days),
            amount=amount,
            reverses_no=names[n] if amount < 0 else "",
        )
        for n, (days, amount) in enumerate(rows)
        if amount
    ]


days = st.integers(-5, 60).map(lambda n: FIRST + timedelta(days=n))


@given(promises(), receipts(), days)
@_laws
def test_money_is_conserved(ours: list[Promised], paid: list[Paid], as_of: date) -> None:
    left = {one.no: amount for one, amount in standing_money(paid, as_of=as_of)}
    came = sum(one.amount for one in paid if one.paid_on <= as_of and one.amount > 0)
    gone = -sum(one.amount for one in paid if one.paid_on <= as_of and one.amount < 0)
    assert max(came - gone, 0) <= sum(left.values()) <= came
    found = match(ours, paid, as_of=as_of)
    used: dict[str, int] = {}
    for one, promise in zip(found, ours, strict=True):
        assert one.met == sum(part.met for part in one.parts)
        for part, wanted in zip(one.parts, promise.parts, strict=True):
            assert part.met == sum(share.amount for share in part.shares) <= wanted.amount
            for share in part.shares:
                assert share.amount > 0
                used[share.no] = used.get(share.no, 0) + share.amount
                last = wanted.due_on + timedelta(days=promise.slack_days)
                assert promise.made_on <= share.paid_on <= min(last, as_of)
    assert all(amount <= left[no] for no, amount in used.items())


@given(promises(), receipts(), days, st.randoms())
@_laws
def test_the_order_in_which_payments_are_told_does_not_matter(
    ours: list[Promised], paid: list[Paid], as_of: date, random: object
) -> None:
    shuffled = list(paid)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert match(ours, shuffled, as_of=as_of) == match(ours, paid, as_of=as_of)


@given(promises(), receipts(back=False), days)
@_laws
def test_payments_of_one_day_are_alike(ours: list[Promised], paid: list[Paid], as_of: date) -> None:
    renamed = [replace(one, no=f"q{len(paid) - n}") for n, one in enumerate(paid)]
    assert _sums(match(ours, renamed, as_of=as_of)) == _sums(match(ours, paid, as_of=as_of))


def _sums(found: list[Match]) -> list[object]:
    return [
        (one.state, one.settled_on, [(part.state, part.met, part.kept_on) for part in one.parts])
        for one in found
    ]


@st.composite
def taken_back(draw: st.DrawFn) -> tuple[Paid, Paid]:
    on = FIRST + timedelta(days=draw(st.integers(0, 40)))
    amount, later = draw(st.integers(1, 900)), timedelta(days=draw(st.integers(0, 20)))
    payment = Paid(no="x", paid_on=on, amount=amount)
    return payment, Paid(no="y", paid_on=on + later, amount=-amount, reverses_no="x")


@given(promises(), receipts(), taken_back(), st.integers(0, 30))
@_laws
def test_a_reversal_undoes(
    ours: list[Promised], paid: list[Paid], pair: tuple[Paid, Paid], after: int
) -> None:
    as_of = pair[1].paid_on + timedelta(days=after)
    # Others that are taken back by name, and wholly there, cannot touch this one.
    others = [one for one in paid if one.amount > 0 or _covers(paid, one)]
    assert match(ours, [*others, *pair], as_of=as_of) == match(ours, others, as_of=as_of)


@given(promises(), receipts(back=False), taken_back(), st.integers(0, 30))
@_laws
def test_a_reversal_without_a_name_undoes_the_payment_of_its_day(
    ours: list[Promised], paid: list[Paid], pair: tuple[Paid, Paid], after: int
) -> None:
    payment, back = pair
    nameless = replace(back, paid_on=payment.paid_on, reverses_no="")
    as_of = payment.paid_on + timedelta(days=after)
    with_both = match(ours, [*paid, payment, nameless], as_of=as_of)
    assert _sums(with_both) == _sums(match(ours, paid, as_of=as_of))


def _covers(paid: list[Paid], back: Paid) -> bool:
    """Whether all that is taken back of a payment is there, whichever comes first."""
    of = {one.no: one for one in paid}.get(back.reverses_no)
    gone = sum(
        -one.amount for one in paid if one.amount < 0 and one.reverses_no == back.reverses_no
    )
    return of is not None and of.amount >= gone and of.paid_on <= back.paid_on


@given(promises(), receipts(back=False), receipts(back=False), days)
@_laws
def test_more_money_never_hurts(
    ours: list[Promised], paid: list[Paid], more: list[Paid], as_of: date
) -> None:
    added = [*paid, *(replace(one, no=f"m{one.no}") for one in more)]
    total = sum(one.met for one in match(ours, paid, as_of=as_of))
    assert sum(one.met for one in match(ours, added, as_of=as_of)) >= total


@given(promises(), receipts(back=False), days)
@_laws
def test_what_is_decided_stays_without_news(
    ours: list[Promised], paid: list[Paid], as_of: date
) -> None:
    """A kept or missed part is so on every later day, if nothing is taken back.

    What is kept by the tolerance may still be filled up to its amount by its last day.
    """
    today = match(ours, paid, as_of=as_of)
    later = match(ours, paid, as_of=as_of + timedelta(days=30))
    for one, then in zip(today, later, strict=True):
        for part, after in zip(one.parts, then.parts, strict=True):
            if part.state is Kept.KEPT:
                filled = replace(part, met=after.met, shares=after.shares)
                assert filled == after
                assert after.shares[: len(part.shares)] == part.shares
            elif part.state is not Kept.OPEN:
                assert part == after
