from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.experiments.assignment import WHOLE, arm_sql, assign_arm, place_of

ENGINE = duckdb.connect()
HALVES = {"champion": 5000, "challenger": 5000}
THIRDS = {"champion": 8000, "softer": 1500, "o'clock": 500}


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))),
    st.sampled_from([HALVES, THIRDS]),
)
def test_a_book_is_assigned_as_each_debtor_is(debtors: list[str], shares: dict[str, int]) -> None:
    ENGINE.register("book", pa.table({"debtor": pa.array(debtors, pa.string())}))
    arm = arm_sql("debtor", experiment="softer-tone.2", shares=shares)
    rows = ENGINE.execute(f"select debtor, {arm} from book").fetchall()  # noqa: S608
    one_by_one = [(d, assign_arm(d, experiment="softer-tone.2", shares=shares)) for d in debtors]
    assert rows == one_by_one


def test_assignment_never_changes() -> None:
    # 0xd0b97773713f2, how SHA-256 of "trial:D-1" begins, leaves 4050 over 10,000.
    assert [place_of(d, experiment="trial") for d in ("D-1", "D-2", "张三")] == [4050, 5456, 4912]


def test_arms_take_their_shares_and_experiments_split_independently() -> None:
    debtors = [f"D{n}" for n in range(40_000)]
    arms = [assign_arm(d, experiment="first", shares=THIRDS) for d in debtors]
    for arm, share in THIRDS.items():
        expected = len(debtors) * share / WHOLE
        deviation = (expected * (1 - share / WHOLE)) ** 0.5
        assert abs(arms.count(arm) - expected) < 4 * deviation
    other = [assign_arm(d, experiment="second", shares=HALVES) for d in debtors]
    softer = [second for first, second in zip(arms, other, strict=True) if first == "softer"]
    assert abs(softer.count("champion") - len(softer) / 2) < 4 * (len(softer) / 4) ** 0.5


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"champion": 5000, "challenger": 4999}, "the shares make 9999 basis points, not 10000"),
        ({"champion": 10_000, "challenger": 0}, "each arm's share must be above nothing"),
        ({}, "the shares make 0 basis points, not 10000"),
    ],
)
def test_shares_that_do_not_part_the_whole_are_refused(
    shares: dict[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        assign_arm("D-1", experiment="trial", shares=shares)


def test_a_key_that_would_end_the_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="is no key of an experiment"):
        arm_sql("debtor", experiment="x' or '1", shares=HALVES)
