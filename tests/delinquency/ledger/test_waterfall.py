from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrears.delinquency.ledger.waterfall import (
    Advance,
    Component,
    Portion,
    Row,
    allocate,
    make_waterfall,
)

DAY = date(2026, 3, 1)
STYLES = (
    "installment_by_installment",
    "due_then_advance",
    "horizontal",
    "vertical",
    "principal_first",
)


def row(
    month: int, *, fee: int = 0, penalty: int = 0, interest: int = 10, principal: int = 100
) -> Row:
    owed = [fee, penalty, 0, interest, principal]
    return Row(starts_on=date(2026, month - 1 or 12, 1), due_on=date(2026, month, 1), owed=owed)


def pay(style: str, amount: int, *, advance: Advance = Advance.NEXT) -> list[tuple[int, str, int]]:
    rows = [row(2, fee=5, penalty=3), row(3), row(4), row(5)]
    portions, left = allocate(
        rows, amount, day=DAY, waterfall=make_waterfall(style, advance=advance)
    )
    assert left == 0
    return [(p.row, p.component.name, p.amount) for p in portions]


def test_oldest_instalment_first_in_the_order_of_the_civil_code() -> None:
    assert pay("installment_by_installment", 125) == [
        (0, "FEE", 5),
        (0, "PENALTY", 3),
        (0, "INTEREST", 10),
        (0, "PRINCIPAL", 100),
        (1, "INTEREST", 7),
    ]


def test_vertical_pays_a_component_of_the_whole_band_first() -> None:
    rows = [row(1), row(2)]
    portions, _ = allocate(rows, 25, day=DAY, waterfall=make_waterfall("vertical"))
    assert portions == [
        Portion(0, Component.INTEREST, 10),
        Portion(1, Component.INTEREST, 10),
        Portion(0, Component.PRINCIPAL, 5),
    ]


def test_principal_first_leaves_interest_for_later() -> None:
    rows = [row(1), row(2)]
    portions, _ = allocate(rows, 205, day=DAY, waterfall=make_waterfall("principal_first"))
    assert portions == [
        Portion(0, Component.PRINCIPAL, 100),
        Portion(1, Component.PRINCIPAL, 100),
        Portion(0, Component.INTEREST, 5),
    ]


def test_money_in_advance_may_fill_from_the_end() -> None:
    paid = pay("horizontal", 118 + 110 + 120, advance=Advance.LAST)
    assert paid[-3:] == [
        (3, "INTEREST", 10),
        (3, "PRINCIPAL", 100),
        (2, "INTEREST", 10),
    ]


def test_money_in_advance_may_be_spread_evenly() -> None:
    paid = pay("horizontal", 118 + 110 + 51, advance=Advance.REAMORTISE)
    assert paid[-4:] == [
        (2, "INTEREST", 10),
        (2, "PRINCIPAL", 16),
        (3, "INTEREST", 10),
        (3, "PRINCIPAL", 15),
    ]


def test_penalty_of_a_later_instalment_waits_for_what_is_due() -> None:
    # apache/fineract#4832 paid the future-dated penalty first.
    rows = [row(2), row(5, penalty=50)]
    portions, _ = allocate(rows, 110, day=DAY, waterfall=make_waterfall("due_then_advance"))
    assert {portion.row for portion in portions} == {0}


@given(
    amounts=st.lists(st.integers(0, 400), max_size=6),
    style=st.sampled_from(STYLES),
    advance=st.sampled_from(Advance),
)
def test_every_unit_is_either_allocated_or_left(
    amounts: list[int], style: str, advance: Advance
) -> None:
    rows = [row(2, fee=5, penalty=3), row(3), row(4), row(5)]
    owed = sum(each.open_amount for each in rows)
    left = 0
    for amount in amounts:
        portions, rest = allocate(
            rows, amount, day=DAY, waterfall=make_waterfall(style, advance=advance)
        )
        assert sum(portion.amount for portion in portions) + rest == amount
        left += rest
    assert owed - sum(each.open_amount for each in rows) + left == sum(amounts)
    assert left == max(0, sum(amounts) - owed)
    assert all(each.open_part(c) >= 0 for each in rows for c in Component)


def test_negative_payment_and_unknown_style_are_refused() -> None:
    with pytest.raises(ValueError, match="reversal"):
        allocate([row(2)], -1, day=DAY, waterfall=make_waterfall("vertical"))
    with pytest.raises(ValueError, match="sideways"):
        make_waterfall("sideways")
