"""The engine's own tests, as far as they are shared: equal, or refused by name."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carrears.cli import app, strategy  # noqa: F401  registers the command
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

    outcome = check_line(line)

    assert outcome.verdict == "different"
    assert "true" in outcome.reason.lower()


@pytest.mark.parametrize("line", ["{", "[]", '{"expr": "1"}', '{"jdm": {}, "cases": [1]}'])
def test_a_line_that_is_not_understood_is_refused(line: str) -> None:
    outcome = check_line(line, number=7)

    assert (outcome.verdict, outcome.is_fault) == ("refused", True)
    assert outcome.reason.startswith("line 7: ")


def test_what_hangs_on_the_clock_is_refused_by_name() -> None:
    line = '{"id": "x", "expr": "1", "kind": "standard", "input": {}, "now_dependent": true}'

    assert check_line(line).as_json() == {
        "line": 1,
        "name": "x: 1",
        "verdict": "refused",
        "reason": "the answer hangs on the clock",
    }


def test_the_command_prints_one_object_a_line_and_names_what_it_does_not_know(
    tmp_path: Path,
) -> None:
    file = tmp_path / "cases.jsonl"
    lines = [
        '{"expr": "a + 1", "kind": "standard", "input": {"a": 2}, "expect": 3}',
        '{"expr": "> 5", "kind": "unary", "input": {"$": 7}, "expect": false}',
        '{"expr": "rand(9)", "kind": "standard", "input": {}}',
        "garbage \u4e2d",
    ]
    file.write_text("\n\n".join(lines) + "\n", encoding="utf-8")

    result = CliRunner().invoke(app, ["strategy", "check", str(file)])

    printed = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["line"], one["verdict"]) for one in printed] == [
        (1, "equal"),
        (3, "different"),
        (5, "refused"),
        (7, "refused"),
    ]
    assert printed[2]["node"] == "expression"
    assert printed[3]["reason"].startswith("line 7: no JSON")
    assert "1 equal, 1 different, 2 refused" in " ".join(result.stderr.split())
    assert result.exit_code == 1


def test_a_file_that_is_not_there_is_an_error() -> None:
    result = CliRunner().invoke(app, ["strategy", "check", "/nowhere.jsonl"])

    assert result.exit_code == 1
    assert "/nowhere.jsonl cannot be read" in " ".join(result.stderr.split())
