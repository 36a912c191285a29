from __future__ import annotations

from pathlib import Path

import pytest

from carrears.conduct.check import Report, check_cases
from carrears.conduct.pack import PackError

CASES = "vectors/conduct/cases.open.jsonl"


@pytest.fixture(scope="module")
def report(shared: Path) -> Report:
    return check_cases(shared / CASES, "CN")


def test_every_chinese_case_that_is_not_doubtful_agrees(report: Report) -> None:
    told = [
        f"{each.case.id}: expected {each.case.expect}/{each.case.gate_action}, "
        f"got {each.verdict.expect}/{each.verdict.gate_action} by {each.verdict.rules}"
        for each in report.disagreements
    ]
    assert told == []
    assert len(report.scored) >= 36


def test_the_rule_under_test_is_among_those_that_stop_the_contact(report: Report) -> None:
    stopped = [each for each in report.scored if each.case.gate_action != "allow"]
    missing = [
        each.case.id for each in stopped if set(each.case.rules).isdisjoint(each.verdict.rules)
    ]
    assert missing == []


def test_no_case_is_wrongly_let_through(report: Report) -> None:
    assert report.summary()["let_through"] == 0


def test_result_is_told_as_one_json_line(report: Report) -> None:
    told = {each.case.id: each.to_json() for each in report.results}["CN-F-005"]
    assert told == {
        "id": "CN-F-005",
        "verdict": "block",
        "gate_action": "block",
        "rules": ["CN-02"],
        "citations": [
            "GB/T 45251—2025《互联网金融 个人网络消费信贷 贷后催收风控指引》 §5.3（含智能语音）"
        ],
        "next_allowed": "2026-03-11T00:00:00+00:00",
    }


def test_jurisdiction_without_a_pack_is_an_error(shared: Path) -> None:
    with pytest.raises(PackError):
        check_cases(shared / CASES, "XX")
