"""Rates, the picture and the assumptions, each by itself."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrears.simulation.assumptions import AssumptionError, load_assumptions
from carrears.simulation.rates import Sums, normal_interval, paid_share, wilson_interval
from carrears.simulation.recovery import expect, learn
from carrears.simulation.sankey import draw_sankey


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857, table I: 81/263, 15/148, 0/20, 1/29.
    cases = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605)}
    cases |= {(0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}
    for (hits, number), wanted in cases.items():
        assert wilson_interval(hits, number) == pytest.approx(wanted, abs=5e-5)


def test_a_share_paid_alike_by_all_has_no_variance() -> None:
    ratio = paid_share(Sums(loans=2, x=300, y=150, xx=50_000, yy=12_500, xy=25_000))
    assert ratio is not None
    assert (ratio.rate, ratio.variance) == (0.5, 0.0)
    assert normal_interval(150, 0.0) == (150, 150)


def test_the_variance_of_a_share_by_hand() -> None:
    # Arrears 100 and 200, paid 100 and 50: r = 1/2, residuals 50 and -50.
    ratio = paid_share(Sums(loans=2, x=300, y=150, xx=50_000, yy=12_500, xy=20_000))
    assert ratio is not None
    assert ratio.variance == pytest.approx(2 / 1 * (50**2 + 50**2) / 300**2)
    assert paid_share(Sums(loans=1, x=1, y=1, xx=1, yy=1, xy=1)) is None


def outcomes(number: int, *, treatment: str | None, paid: int) -> pa.Table:
    rows = [
        {"loan_id": n, "currency": "CNY", "bucket": 1, "band": "C", "treatment": treatment,
         "arrears": 100, "paid": paid, "whole": paid == 100}
        for n in range(number)
    ]  # fmt: skip
    kinds = {"treatment": pa.string()}
    table = pa.Table.from_pylist(rows)
    return table.set_column(4, "treatment", table["treatment"].cast(kinds["treatment"]))


def test_a_treatment_seen_too_seldom_takes_the_rate_of_its_band() -> None:
    history = learn(
        [outcomes(40, treatment="call", paid=50), outcomes(5, treatment="visit", paid=100)],
        least_loans=30,
    )
    row = {"currency": "CNY", "bucket": 1, "band": "C", "arrears": 1000}
    [called] = expect([row | {"treatment": "call"}], history)
    [visited] = expect([row | {"treatment": "visit"}], history)
    [unknown] = expect([row | {"treatment": "call", "bucket": 6}], history)

    assert (called["expected"], called["rests_on"]["treatment"]) == (500, 1000)
    assert visited["expected"] == round(1000 * (40 * 50 + 5 * 100) / (45 * 100))
    assert visited["rests_on"]["band"] == 1000
    assert (unknown["expected"], unknown["rests_on"]["nothing"]) == (0, 1000)


NAMES = st.sampled_from(["a", "b", "c", "d"])


@given(st.dictionaries(st.tuples(NAMES, NAMES), st.integers(0, 10_000)))
def test_no_loan_is_lost_in_the_picture(flows: dict[tuple[str, str], int]) -> None:
    drawn = draw_sankey((*pair, loans) for pair, loans in flows.items())
    whole = sum(flows.values())
    for side in (drawn.left, drawn.right):
        assert sum(block.loans for block in side) == whole
        ends = [(block.y, block.y + block.height) for block in side]
        assert all(end < start for (_, end), (start, _) in pairwise(ends))
    assert sum(band.loans for band in drawn.bands) == whole


def test_a_lenders_own_assumptions_replace_the_shipped_ones(tmp_path: Path) -> None:
    shipped = load_assumptions(tmp_path)
    own = tmp_path / "simulation.yaml"
    own.write_text("channels: {call: {minutes: 5, cost: {CNY: 10}}}\nminute_cost: {CNY: 100}\n")
    lenders = load_assumptions(tmp_path)
    own.write_text("window_days: 0\n")

    assert lenders.cost("call", "CNY") == 510
    assert (lenders.cost("call", "USD"), lenders.cost("email", "CNY")) == (None, None)
    assert lenders.window_days == shipped.window_days
    with pytest.raises(AssumptionError, match="window_days"):
        load_assumptions(tmp_path)
