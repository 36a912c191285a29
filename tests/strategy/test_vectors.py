"""The engine's own tests, as far as they are shared: equal, or refused by name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from carrears.strategy.checking import check_file, check_line


@pytest.mark.parametrize(
    ("name", "equal_at_least"), [("graphs.open.jsonl", 2), ("expressions.open.jsonl", 155)]
)
def test_no_vector_is_silently_different(shared: Path, name: str, equal_at_least: int) -> None:
    path = shared / "vectors" / "jdm" / name
    if not path.is_file():
        pytest.skip(f"no vectors at {path}")

    outcomes = list(check_file(path))

    assert [outcome for outcome in outcomes if outcome.verdict == "different"] == []
    assert all(outcome.reason for outcome in outcomes if outcome.verdict == "refused")
    assert Counter(outcome.verdict for outcome in outcomes)["equal"] >= equal_at_least


def test_a_wrong_expectation_is_different() -> None:
    line = '{"expr": "> 5", "kind": "unary", "input": {"$": 7}, "expect": false}'

    outcome = check_line(line, name="line 1")

    assert outcome.verdict == "different"
    assert "true" in outcome.reason.lower()


@pytest.mark.parametrize("line", ["{", "[]", '{"expr": "1"}', '{"jdm": {}, "cases": []}'])
def test_a_line_that_is_not_understood_is_refused(line: str) -> None:
    assert check_line(line, name="line 1").verdict == "refused"
