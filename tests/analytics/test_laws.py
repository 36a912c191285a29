"""What holds for any book, and each figure against a count by hand in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings

from analytics.panels import (
    FIRST,
    LAST,
    LENT,
    MOVES,
    Loan,
    Panel,
    asked,
    month_end,
    months_between,
    panels,
)
from carrears.analytics.concentration import concentration
from carrears.analytics.moves import LOSSES
from carrears.analytics.rates import (
    average_rolls,
    monthly_cures,
    monthly_flows,
    monthly_rolls,
    monthly_stock,
    redefaults,
)
from carrears.analytics.vintage import CURVES, LOST, vintage

BRIEFLY = settings(max_examples=8, deadline=None)


def moved(loan: Loan, day: date) -> tuple[int | None, int | None]:
    before, after = loan.path.get(month_end(day, -1)), loan.path.get(day)
    return (before[0] if before else None, after[0] if after else None)


def lost_in(loan: Loan, day: date) -> bool:
    before, after = moved(loan, day)
    return before is not None and after is None and loan.closed_reason in LOSSES


@BRIEFLY
@given(panels())
def test_rolls_equal_a_count_of_the_loans_by_hand(panel: Panel) -> None:
    counted: Counter[tuple[object, ...]] = Counter()
    for loan in panel.loans:
        for day in panel.months:
            before, after = moved(loan, day)
            if before is not None:
                counted[day, loan.currency, loan.dealer or "", before, after] += 1

    rows = panel.ask(asked(monthly_rolls, MOVES, by=("dealer",)))

    found = {
        (r["month"], r["currency"], r["dealer"], r["from_bucket"], r["to_bucket"]): r["loans"]
        for r in rows
    }
    assert found == dict(counted)


@BRIEFLY
@given(panels())
def test_each_row_of_the_matrix_adds_up_to_one_with_those_that_left(panel: Panel) -> None:
    rows: dict[tuple[object, ...], float] = defaultdict(float)
    for cell in panel.ask(asked(monthly_rolls, MOVES)):
        rows[cell["month"], cell["currency"], cell["from_bucket"]] += cell["loan_rate"]
        assert cell["balance_rate"] is None or cell["balance_rate"] >= 0

    assert list(rows.values()) == pytest.approx([1] * len(rows))


@BRIEFLY
@given(panels())
def test_segments_add_up_to_the_whole(panel: Panel) -> None:
    def totals(rows: list[dict[str, object]]) -> dict[tuple[object, ...], Fraction]:
        sums: dict[tuple[object, ...], Fraction] = defaultdict(Fraction)
        for r in rows:
            for name in ("loans", "balance_before", "balance_after"):
                key = (r["month"], r["currency"], r["from_bucket"], r["to_bucket"], name)
                sums[key] += r[name]  # type: ignore[operator]
        return sums

    whole = totals(panel.ask(asked(monthly_rolls, MOVES)))

    assert totals(panel.ask(asked(monthly_rolls, MOVES, by=("dealer", "cohort_month")))) == whole


@BRIEFLY
@given(panels())
def test_the_order_and_numbers_of_loans_do_not_matter(panel: Panel) -> None:
    other = Panel(
        [
            Loan(
                1000 - loan.number, loan.originated, loan.path, loan.principal, loan.dealer,
                loan.currency, loan.closed_on, loan.closed_reason,
            )
            for loan in reversed(panel.loans)
        ],
        first=FIRST,
        last=LAST,
    )  # fmt: skip
    for figure in (monthly_rolls, monthly_cures, average_rolls, monthly_stock):
        assert panel.ask(asked(figure, MOVES)) == other.ask(asked(figure, MOVES))


@BRIEFLY
@given(panels())
def test_flows_and_cures_are_cells_of_the_matrix(panel: Panel) -> None:
    cells = panel.ask(asked(monthly_rolls, MOVES))
    matrix = {
        (c["month"], c["currency"], c["from_bucket"], c["to_bucket"]): c["loans"] for c in cells
    }
    flows = panel.ask(asked(monthly_flows, MOVES, worst=7))
    for row in flows:
        key = (row["month"], row["currency"], row["from_bucket"])
        if row["from_bucket"] < 7:
            assert row["flowed"] == matrix.get((*key, row["from_bucket"] + 1), 0)
        else:
            assert row["flowed"] == row["lost"]
        stayed = matrix.get((*key, row["from_bucket"]), 0)
        unlost = row["left"] - row["lost"]
        assert row["worse"] + row["better"] + stayed + unlost == row["loans"]
    for row in panel.ask(asked(monthly_cures, MOVES)):
        key = (row["month"], row["currency"])
        cured = sum(n for (m, c, b, a), n in matrix.items() if (m, c) == key and b > 0 and a == 0)
        behind = sum(n for (m, c, b, _), n in matrix.items() if (m, c) == key and b > 0)
        assert (row["cured"], row["behind"]) == (cured, behind)


@BRIEFLY
@given(panels())
def test_redefault_follows_each_cured_loan(panel: Panel) -> None:
    expected: dict[tuple[object, ...], list[int]] = {}
    for loan in panel.loans:
        for day in panel.months:
            before, after = moved(loan, day)
            if not (before and after == 0):
                continue
            for k in range(1, min(3, months_between(day, LAST)) + 1):
                later = [month_end(day, n) for n in range(1, k + 1)]
                back = any((moved(loan, d)[1] or 0) > 0 or lost_in(loan, d) for d in later)
                row = expected.setdefault((day, loan.currency, k), [0, 0])
                row[0] += 1
                row[1] += back

    rows = panel.ask(asked(redefaults, MOVES, last=LAST, within=3))

    found = {(r["month"], r["currency"], r["k"]): [r["cured"], r["redefaulted"]] for r in rows}
    assert found == expected


@BRIEFLY
@given(panels())
def test_vintage_follows_each_loan_from_its_origination(panel: Panel) -> None:
    rows = panel.ask(asked(vintage, MOVES, LENT, first=FIRST, last=LAST))

    for row in rows:
        members = [
            loan
            for loan in panel.loans
            if f"{loan.originated:%Y-%m}" == row["cohort"] and loan.currency == row["currency"]
        ]
        bad, owed = 0, 0
        for loan in members:
            for mob in range(row["mob"] + 1):
                day = month_end(loan.originated, mob)
                after = loan.path.get(day)
                is_in = bool(after) and after[0] >= CURVES.get(row["curve"], 99)
                if is_in or lost_in(loan, day):
                    bad += 1
                    owed += after[1] if after else loan.path[month_end(day, -1)][1]
                    break
        assert (row["loans"], row["bad"], row["bad_balance"]) == (len(members), bad, owed)
        assert row["lent"] == sum(loan.principal for loan in members)


@BRIEFLY
@given(panels())
def test_vintage_rises_with_age_and_falls_with_severity(panel: Panel) -> None:
    for cohort in ("cohort_month", "cohort_quarter", "cohort_year"):
        rows = panel.ask(asked(vintage, MOVES, LENT, cohort=cohort, first=FIRST, last=LAST))
        bad = {(r["currency"], r["cohort"], r["curve"], r["mob"]): r["bad"] for r in rows}
        for (currency, name, curve, mob), number in bad.items():
            assert number >= bad.get((currency, name, curve, mob - 1), 0)
        for milder, worse in (("30+", "60+"), ("60+", "90+"), ("90+", LOST)):
            for (currency, name, curve, mob), number in bad.items():
                if curve == worse:
                    assert number <= bad[currency, name, milder, mob]


@BRIEFLY
@given(panels())
def test_concentration_adds_up_and_the_index_has_its_bounds(panel: Panel) -> None:
    rows = panel.ask(asked(concentration, MOVES, segment="dealer"))
    books: dict[tuple[object, ...], list[dict[str, float]]] = defaultdict(list)
    for row in rows:
        books[row["month"], row["currency"]].append(row)
    for members in books.values():
        assert sum(m["loan_share"] for m in members) == pytest.approx(1)
        index = sum(m["loan_share"] ** 2 for m in members)
        assert members[0]["hhi_loans"] == pytest.approx(index)
        assert 1 / len(members) - 1e-9 <= index <= 1 + 1e-9
        assert [m["rank"] for m in members] == list(range(1, len(members) + 1))
        balances = [m["balance"] for m in members]
        assert balances == sorted(balances, reverse=True)
