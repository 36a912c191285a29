"""The written book, measured like the tapes, shows the rates that the tapes showed."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import yaml

from carrears.samplebook import Summary
from carrears.samplebook.behaviour import loan_rates
from carrears.samplebook.calibration import SEGMENTS, load_calibration
from carrears.samplebook.contracts import draw_contracts
from carrears.samplebook.market import load_market
from carrears.samplebook.measure import (
    CHARGED_OFF,
    GONE,
    OUTCOMES,
    PAID_OFF,
    STATES,
    Counts,
    count_moves,
)
from carrears.samplebook.reread import measure_book

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2026, 10, 31)
# Percentage points: two where a state was seen often, more where chance alone moves a share.
CLOSE, ENOUGH = 0.02, 2_000
CHANCE_LIMIT = 3.3  # standard errors


@pytest.fixture(scope="module")
def measured(demo_book: tuple[Path, Summary]) -> dict[str, Counts]:
    return measure_book(demo_book[0])


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("segment", SEGMENTS)
def test_book_moves_between_buckets_as_the_tapes_do(
    measured: dict[str, Counts], segment: str, state: str
) -> None:
    counts, row = measured[segment], STATES.index(state)
    wanted = load_calibration().rates[SEGMENTS.index(segment), row]
    seen, months = counts.rates[row], counts.months[row]
    if (segment, state) == ("subprime", "ahead"):
        pytest.skip("the subprime tape does not say who is ahead")
    chance = CHANCE_LIMIT * np.sqrt(wanted * (1 - wanted) / months)
    allowed = np.maximum(CLOSE, chance * (months < ENOUGH))
    assert months > 100
    assert (np.abs(seen - wanted) <= allowed).all(), dict(
        zip(OUTCOMES, zip(seen.round(3), wanted.round(3), strict=True), strict=True)
    )


@pytest.mark.parametrize("segment", SEGMENTS)
def test_part_payments_are_as_frequent(measured: dict[str, Counts], segment: str) -> None:
    counts, wanted = measured[segment], load_calibration().partial[SEGMENTS.index(segment)]
    months = counts.unpaid + counts.partial
    often = months > 300
    often[0] = False  # who is ahead skips a month whole
    assert often.any()
    # What is already part-paid cannot always be part-paid again, which costs a little.
    allowed = 0.03 + CHANCE_LIMIT * np.sqrt(wanted * (1 - wanted) / np.maximum(months, 1))
    assert (np.abs(counts.partial_share - wanted)[often] <= allowed[often]).all()


def test_lower_scores_miss_a_first_instalment_more_often() -> None:
    calibration = load_calibration()
    rng = np.random.default_rng(1)
    contracts = draw_contracts(
        rng, np.arange(5_000), market=load_market("zh-CN"), calibration=calibration,
        as_of=AS_OF, history_months=36,
    )  # fmt: skip
    rates = np.diff(loan_rates(contracts, calibration), axis=2, prepend=0)
    misses = rates[:, STATES.index("current"), STATES.index("d1_30")]
    band = np.digitize(contracts.score, calibration.score_edges)
    for place, segment in enumerate(SEGMENTS[:2]):
        average = calibration.rates[place, 1, 2]
        chosen = contracts.segment == place
        multiples = [misses[chosen & (band == b)].mean() / average for b in range(4)]
        assert multiples == pytest.approx(calibration.score_multiples.tolist())
        assert multiples == sorted(multiples, reverse=True), segment
        # The bands weigh as on the tape, so that the average stays what was measured.
        assert misses[chosen].mean() == pytest.approx(average, rel=0.05)


def test_share_behind_is_that_of_a_working_department(demo_book: tuple[Path, Summary]) -> None:
    summary = demo_book[1]
    assert 0.04 <= summary.behind / summary.open_loans <= 0.105


def test_count_moves_by_hand() -> None:
    states = np.array(
        [
            [0, 1, 2, 0, PAID_OFF, GONE],
            [0, -1, 0, 1, 1, 2],
            [4, 5, 5, CHARGED_OFF, GONE, GONE],
        ]
    )
    deferred = np.zeros((3, 5), bool)
    deferred[0, 2] = True  # 2 became 0 because its due dates moved
    paid = np.array([[0, 50, 100, 900, 0], [200, 0, 0, 100, 0], [0, 100, 0, 0, 0]], float)
    counts = count_moves(states, deferred, paid)
    moves = {
        (STATES[row], OUTCOMES[column]): int(counts.moves[row, column])
        for row, column in zip(*np.nonzero(counts.moves), strict=True)
    }
    assert moves == {
        ("current", "d1_30"): 2,
        ("d1_30", "d31_60"): 2,
        ("d31_60", "deferred"): 1,
        ("current", "paid_off"): 1,
        ("current", "ahead"): 1,
        ("ahead", "current"): 1,
        ("d1_30", "d1_30"): 1,
        ("d90_plus", "d90_plus"): 2,
        ("d90_plus", "charged_off"): 1,
    }
    assert counts.partial.tolist() == [0, 0, 1, 0, 0, 0]
    assert counts.unpaid.tolist() == [1, 2, 1, 0, 0, 1]
    assert counts.deeper_share == 0.5


def test_calibration_has_whole_rows() -> None:
    rates = load_calibration().rates
    sums = rates.sum(axis=2)
    assert np.allclose(sums, 1, atol=1e-4)


@pytest.mark.tapes
def test_calibration_is_what_the_tapes_say(shared: Path) -> None:
    script = _load_script()
    fresh = script.measure_tapes(shared / "tapes")
    shipped = yaml.safe_load(script.TARGET.read_text(encoding="utf-8"))
    assert yaml.safe_load(yaml.safe_dump(fresh)) == shipped


def _load_script() -> ModuleType:
    path = ROOT / "bench/calibrate.py"
    spec = importlib.util.spec_from_file_location("calibrate", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    import sys  # noqa: PLC0415  dataclasses look their module up

    sys.modules["calibrate"] = script
    spec.loader.exec_module(script)
    return script


def test_docs_show_the_shipped_rates() -> None:
    text = (ROOT / "docs/sample-book.md").read_text(encoding="utf-8")
    shipped = yaml.safe_load(_load_script().TARGET.read_text(encoding="utf-8"))
    for segment, found in shipped["segments"].items():
        for state, row in found["rows"].items():
            shares = [*row["rates"], row["partial_share"]]
            figures = " | ".join(f"{share * 100:.1f}" for share in shares)
            assert f"| {segment} | {state} | {row['loan_months']:,} | {figures} |\n" in text
