"""The shipped card, and what cards are refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.delinquency.engine import fetch, ibis_table
from carrears.risk import scorecard
from carrears.risk.scorecard import (
    ScorecardError,
    explain,
    load_scorecard,
    score_expression,
    score_row,
)

SHIPPED = Path(scorecard.__file__).with_name("scorecard.yaml")
WHOLE = {"dpd", "late_of_last_12", "months_since_payment", "bureau_score"}
WHOLE |= {"returned_debits_12m", "deferrals_12m"}
CARD = load_scorecard()
SCHEMA = pa.schema(
    [(a.name, pa.int32() if a.name in WHOLE else pa.float64()) for a in CARD.attributes]
)
BEST = {
    "dpd": 0,
    "late_of_last_12": 0,
    "paid_share_3m": 1.0,
    "paid_share_6m": 1.0,
    "months_since_payment": 0,
    "loan_to_value": 0.5,
    "payment_to_income": 0.05,
    "bureau_score": 800,
    "returned_debits_12m": 0,
    "deferrals_12m": 0,
}


def values(name: str) -> st.SearchStrategy[Any]:
    """Missing, on and around each bound, and far from all."""
    bounds = [b.below for b in next(a for a in CARD.attributes if a.name == name).bins[:-1]]
    if name in WHOLE:
        near = [int(b) + d for b in bounds for d in (-1, 0, 1)]
        return st.sampled_from([None, -5, 0, 10_000, *near])
    near = [v for b in bounds for v in (math.nextafter(b, -9), b, math.nextafter(b, 9))]
    return st.sampled_from([None, math.nan, 0.0, 50.0, *near])


ROWS = st.lists(
    st.fixed_dictionaries({a.name: values(a.name) for a in CARD.attributes}),
    min_size=1,
    max_size=30,
)


def score_batch(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    columns = {f.name: pa.array([r[f.name] for r in rows], f.type) for f in SCHEMA}
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.register("features", pa.table(columns, schema=SCHEMA))
        scored = score_expression(ibis_table("features", SCHEMA), CARD)
        return fetch(engine, scored.mutate(place=ibis.row_number())).to_pylist()


@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_batch_equals_single(rows: list[dict[str, Any]]) -> None:
    for row, scored in zip(rows, score_batch(rows), strict=True):
        score = score_row(CARD, row)
        assert (scored["score"], scored["band"]) == (score, CARD.band_of(score))
        assert scored["reasons"] == [reason.code for reason in explain(CARD, row)]


@given(row=st.fixed_dictionaries({a.name: values(a.name) for a in CARD.attributes}))
def test_reasons_are_the_greatest_losses_in_order(row: dict[str, Any]) -> None:
    losses = [a.most_points - a.outcome_of(row[a.name]).points for a in CARD.attributes]
    reasons = explain(CARD, row)

    assert [r.points_lost for r in reasons] == sorted(filter(None, losses), reverse=True)[:3]
    assert all(CARD.reason(r.code) == r.text for r in reasons)


def test_the_best_loan_loses_nothing() -> None:
    (scored,) = score_batch([BEST])

    assert scored["score"] == CARD.base_points + sum(a.most_points for a in CARD.attributes)
    assert (scored["band"], scored["reasons"]) == ("A", [])


def test_a_loan_behind_says_why() -> None:
    row = BEST | {"dpd": 95, "late_of_last_12": 5, "bureau_score": None}
    reasons = explain(CARD, row)

    # 23 + 95 for the days, 26 + 19 for the late instalments, 21 for a score nobody knows.
    assert [(r.code, r.points_lost) for r in reasons] == [
        ("DPD_90", 118),
        ("LATE_4", 45),
        ("BUREAU_UNKNOWN", 21),
    ]
    assert reasons[0].text["zh-CN"] == "逾期 90 天及以上"


@pytest.mark.parametrize("name", ["dpd", "late_of_last_12", "months_since_payment"])
def test_worse_conduct_never_earns_more(name: str) -> None:
    attribute = next(a for a in CARD.attributes if a.name == name)
    points = [b.points for b in attribute.bins]

    assert points == sorted(points, reverse=True)


def broken(**changes: Any) -> dict[str, Any]:
    """A small sound card with changes to its one attribute."""
    text = {"zh-CN": "字", "en": "word"}
    attribute = {
        "name": "dpd",
        "label": text,
        "basis": "judgement",
        "bins": [
            {"below": 1, "points": 5, "code": "A", "reason": text},
            {"points": 0, "code": "B", "reason": text},
        ],
        "missing": {"points": 0, "code": "C", "reason": text},
    }
    return {
        "name": "n",
        "version": "1",
        "method": "m",
        "base_points": 1,
        "pattern": {"late_after_days": 0, "late_shortfall_share": "0"},
        "bands": [{"name": "A", "from_score": 5}, {"name": "B"}],
        "attributes": [attribute | changes],
    }


TEXT = {"zh-CN": "字", "en": "word"}
FIRST, LAST = broken()["attributes"][0]["bins"]


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (broken(bins=[FIRST, FIRST | {"code": "D"}]), "every bin but the last has `below`"),
        (broken(bins=[FIRST, FIRST | {"code": "D"}, LAST]), "bounds must rise"),
        (broken(bins=[FIRST, LAST | {"code": "A"}]), "a reason code stands twice"),
        (broken(bins=[FIRST | {"reason": {"en": "x"}}, LAST]), "said in zh-CN and in en"),
        (broken(bins=[FIRST | {"pionts": 1}, LAST]), "Extra inputs are not permitted"),
        (broken(bins=[FIRST | {"points": 1.5}, LAST]), "valid integer"),
        (broken(bins=[FIRST | {"below": math.inf}, LAST]), "finite number"),
        (broken() | {"bands": [{"name": "A"}, {"name": "B"}]}, "every band but the last"),
        (
            broken()
            | {"bands": [{"name": "A", "from_score": n} for n in (1, 2)] + [{"name": "B"}]},
            "from the best down",
        ),
    ],
)
def test_a_card_with_gaps_is_refused(tmp_path: Path, card: dict[str, Any], message: str) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(yaml.safe_dump(card), encoding="utf-8")

    with pytest.raises(ScorecardError, match=message) as error:
        load_scorecard(path)
    assert str(path) in str(error.value)


def test_a_sound_small_card_is_read(tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(yaml.safe_dump(broken()), encoding="utf-8")

    assert score_row(load_scorecard(path), {"dpd": 0}) == 6


def test_a_card_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    path.write_text("name: [", encoding="utf-8")

    with pytest.raises(ScorecardError, match=r"card\.yaml"):
        load_scorecard(path)
