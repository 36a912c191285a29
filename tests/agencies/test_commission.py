"""Commission and reconciling as laws: sums, nothing left of what was taken back, each line once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrears.agencies.commission import CommissionLine, Stay, commission_lines, commission_of
from carrears.agencies.invoice_files import read_invoice
from carrears.agencies.reconciling import Claim, Verdict, reconcile
from carrears.agencies.row_files import RowFileError
from carrears.casework.matching import Paid

FIRST = date(2026, 7, 1)
LAST, TAIL = date(2026, 7, 31), date(2026, 8, 15)
STAY = Stay(batch=7, from_on=FIRST, until_on=LAST, counts_until=TAIL, rate=Decimal("0.18"))
QUIET = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def lines(*payments: Paid, rate: str = "0.18") -> list[CommissionLine]:
    stay = replace(STAY, rate=Decimal(rate))
    return commission_lines(payments, stay, loan_no="L-1", currency="CNY")


def paid(no: str, amount: int, day: date = FIRST, reverses: str = "") -> Paid:
    return Paid(no=no, paid_on=day, amount=amount, reverses_no=reverses)


def test_payments_count_from_the_first_day_to_the_end_of_the_tail() -> None:
    days = [FIRST - timedelta(days=1), FIRST, LAST, LAST + timedelta(days=1), TAIL]
    days.append(TAIL + timedelta(days=1))
    found = lines(*(paid(str(n), 1_000_00, day) for n, day in enumerate(days)))
    assert [(one.payment_no, one.commission, one.is_tail) for one in found] == [
        ("1", 180_00, False), ("2", 180_00, False), ("3", 180_00, True), ("4", 180_00, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "rate", "commission"),
    [
        (1, "0.5", 1),
        (-1, "0.5", -1),
        (1, "0.49", 0),
        (333, "0.333333", 111),
        (10**15, "0.1", 10**14),
    ],
)
def test_a_share_is_rounded_half_up(amount: int, rate: str, commission: int) -> None:
    assert commission_of(amount, Decimal(rate)) == commission


def test_what_was_paid_before_is_not_earned_and_not_given_back() -> None:
    before = paid("a", 500_00, FIRST - timedelta(days=3))
    assert lines(before, paid("b", -500_00, FIRST, reverses="a")) == []


def test_money_taken_back_long_after_the_tail_is_given_back() -> None:
    late = TAIL + timedelta(days=90)
    found = lines(paid("a", 999, rate := LAST), paid("b", -999, late, reverses="a"))
    assert [one.commission for one in found] == [180, -180]
    assert rate == found[0].paid_on


def test_money_taken_back_without_a_name_is_of_the_payment_of_its_amount() -> None:
    found = lines(
        paid("a", 300_00), paid("b", 500_00, FIRST + timedelta(days=1)),
        paid("c", -300_00, FIRST + timedelta(days=2)),
        paid("d", -500_00, FIRST + timedelta(days=3), reverses="b"),
    )  # fmt: skip
    assert [one.commission for one in found] == [54_00, 90_00, -54_00, -90_00]


@QUIET
@given(
    amount=st.integers(1, 10**9),
    cuts=st.lists(st.integers(1, 10**9), max_size=6),
    rate=st.decimals("0", "1", places=6),
    named=st.booleans(),
)
def test_a_payment_taken_back_in_any_parts_leaves_nothing(
    amount: int, cuts: list[int], rate: Decimal, *, named: bool
) -> None:
    money, rest = [paid("a", amount)], amount
    for n, cut in enumerate([*cuts, amount]):
        part = min(cut, rest)
        rest -= part
        if part:
            day = FIRST + timedelta(days=n)
            money.append(paid(f"r{n}", -part, day, reverses="a" if named else ""))
    found = lines(*money, rate=str(rate))
    assert sum(one.commission for one in found) == 0
    assert sum(one.amount for one in found) == 0


@QUIET
@given(
    told=st.lists(st.tuples(st.integers(1, 10**8), st.integers(-5, 60)), max_size=12),
    backs=st.lists(st.tuples(st.integers(1, 10**8), st.integers(-5, 90)), max_size=6),
    rate=st.decimals("0", "1", places=4),
)
def test_the_sum_is_what_is_left_of_what_counted(
    told: list[tuple[int, int]], backs: list[tuple[int, int]], rate: Decimal
) -> None:
    money = [paid(f"p{n}", amount, FIRST + timedelta(days=d)) for n, (amount, d) in enumerate(told)]
    money += [
        paid(f"r{n}", -amount, FIRST + timedelta(days=d)) for n, (amount, d) in enumerate(backs)
    ]
    found = lines(*money, rate=str(rate))
    kept, total = sum(one.amount for one in found), sum(one.commission for one in found)
    assert kept >= 0
    assert total >= 0
    # Each payment is rounded once, by at most half a minor unit.
    assert abs(Decimal(total) - kept * rate) <= Decimal(len(told)) / 2
    assert found == lines(*reversed(money), rate=str(rate))


def claim(row: int, no: str = "", **changes: object) -> Claim:
    told: dict[str, object] = {"loan_no": "L-1", "paid_on": FIRST, "amount": 100_00}
    return Claim(row_no=row, payment_no=no, **(told | {"commission": 18_00} | changes))  # type: ignore[arg-type]


def test_each_line_of_an_invoice_gets_its_verdict() -> None:
    ours = lines(
        paid("a", 100_00), paid("b", 200_00), paid("c", 300_00, FIRST + timedelta(days=1)),
        paid("d", 400_00, FIRST + timedelta(days=2)),
    )  # fmt: skip
    found = reconcile(
        ours,
        [
            claim(2, "a"),
            claim(3, "a"),
            claim(4, amount=200_00, commission=40_00),
            claim(5, loan_no="L-9"),
            claim(6, paid_on=FIRST + timedelta(days=2), amount=400_00, commission=72_00),
        ],
        claimed_before={("L-1", "d")},
    )
    assert [(one.claim.row_no if one.claim else 0, one.verdict) for one in found] == [
        (2, Verdict.AGREED), (3, Verdict.TWICE), (4, Verdict.DIFFERS), (5, Verdict.UNKNOWN),
        (6, Verdict.TWICE), (0, Verdict.MISSING),
    ]  # fmt: skip
    assert found[-1].ours == ours[2]


@QUIET
@given(
    amounts=st.lists(st.integers(1, 500), max_size=10),
    picked=st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 1), st.booleans()), max_size=12),
)
def test_every_claim_is_judged_once_and_every_line_of_ours_is_claimed_once_or_missing(
    amounts: list[int], picked: list[tuple[int, int, bool]]
) -> None:
    ours = lines(*(paid(f"p{n}", amount) for n, amount in enumerate(amounts)))
    claims = [
        claim(row, f"p{n}" if named else "", amount=(amounts[n] if n < len(amounts) else 7) + off)
        for row, (n, off, named) in enumerate(picked, start=2)
    ]
    found = reconcile(ours, claims, claimed_before=set())
    assert sorted(one.claim.row_no for one in found if one.claim) == [one.row_no for one in claims]
    settled = [
        one.ours.payment_no
        for one in found
        if one.ours and one.verdict in {Verdict.AGREED, Verdict.DIFFERS, Verdict.MISSING}
    ]
    assert sorted(settled) == sorted(one.payment_no for one in ours)


def test_a_file_is_read_in_both_languages_and_rows_that_fail_are_kept_aside() -> None:
    text = (
        "贷款编号,还款日,还款金额,佣金,流水号\n"
        'L-1,2026/07/01,"1,000.00",180.00,p1\n'
        "\n"
        "L-2,2026-13-01,12.345,x,\n"
        ",2026-07-01,1,1,\n"
    )
    read = read_invoice(text.encode("gb18030"), name="7月.csv", currency="CNY")
    assert read.claims == (claim(2, "p1", amount=1_000_00, commission=180_00),)
    assert [(one.row_no, [each.field for each in one.faults]) for one in read.rejects] == [
        (4, ["paid_on", "amount", "commission"]), (5, ["loan_no"]),
    ]  # fmt: skip
    assert read.rejects[0].raw == "L-2,2026-13-01,12.345,x,"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xff", "neither UTF-8 nor GB 18030"),
        (b"loan_no,paid_on,amount\n", "row 1: no column commission"),
        (b"", "row 1: no column loan_no"),
        (b'loan_no,paid_on,amount,commission\n"x', "no CSV"),
    ],
)
def test_a_file_that_is_no_invoice_says_why(content: bytes, why: str) -> None:
    with pytest.raises(RowFileError, match=f"july.csv: .*{why}"):
        read_invoice(content, name="july.csv", currency="CNY")
