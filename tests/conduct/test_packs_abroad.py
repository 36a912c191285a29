"""The packs for India and the United Kingdom: they load, and every case agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrears.conduct.cases import PackCase, read_pack_cases
from carrears.conduct.check import check_cases
from carrears.conduct.facts import Attempt
from carrears.conduct.gate import judge
from carrears.conduct.pack import Pack, load_pack

NAMES = ("in",)
PACKS = {name: load_pack(name) for name in NAMES}
CASES = [(pack, case) for pack in PACKS.values() for case in read_pack_cases(pack)]
SHARED = "vectors/conduct/cases.open.jsonl"
# Rules that only ever object: silence of theirs is no permission.
OBJECTORS = {"HOUSE-03"}


@pytest.mark.parametrize(
    ("pack", "case"), CASES, ids=[f"{case.rule_id} {case.name}" for _, case in CASES]
)
def test_case_of_the_pack(pack: Pack, case: PackCase) -> None:
    assert case.find_mistakes(judge(case.facts, case.attempt, pack)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_cases_that_pass_and_cases_that_do_not(name: str) -> None:
    for rule in PACKS[name].rules:
        outcomes = {case.expect for pack, case in CASES if pack.name == name
                    and case.rule_id == rule.id}  # fmt: skip
        assert rule.id in OBJECTORS or "allow" in outcomes, rule.id
        assert outcomes - {"allow"}, rule.id


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_cited_and_explained_twice(name: str) -> None:
    pack = PACKS[name]
    for rule in pack.rules:
        for words in (rule.title, rule.explanation, *rule.reasons.values()):
            assert any("\u4e00" <= letter <= "\u9fff" for letter in words.zh), words
            assert words.en.isascii(), words
    for parameter in pack.parameters.values():
        for dated in parameter.values.values():
            assert dated.citation.source in pack.sources


@pytest.mark.parametrize(("name", "last"), [("in", 6)])
def test_every_rule_of_the_table_is_judged_or_said_not_to_be(name: str, last: int) -> None:
    pack = PACKS[name]
    told = {rule.id for rule in pack.rules} | set(pack.not_judged)
    assert {f"{name.upper()}-{number:02}" for number in range(1, last + 1)} <= told
    assert {rule.id for rule in pack.rules}.isdisjoint(pack.not_judged)


@pytest.mark.parametrize(("name", "least"), [("in", 7)])
def test_shared_cases_agree_for_the_rule_they_test(shared: Path, name: str, least: int) -> None:
    report = check_cases(shared / SHARED, name.upper())
    told = [
        f"{each.case.id}: expected {each.case.expect}/{each.case.gate_action}, "
        f"got {each.verdict.expect}/{each.verdict.gate_action} by {each.verdict.rules}"
        for each in report.disagreements
    ]
    assert told == []
    assert len(report.scored) >= least
    assert report.summary()["let_through"] == 0
    stopped = [each for each in report.scored if each.case.gate_action != "allow"]
    assert all(set(each.case.rules) & set(each.verdict.rules) for each in stopped)


def test_draft_counts_only_where_the_facts_name_it() -> None:
    pack = PACKS["in"]
    drafts = {rule.id for rule in pack.rules if rule.draft}
    assert drafts == {"IN-05"}
    for case in (case for _, case in CASES if case.rule_id == "IN-05"):
        plain = case.facts.model_copy(update={"assume_in_force": ()})
        findings = judge(plain, case.attempt, pack).findings
        assert "IN-05" not in {each.rule_id for each in findings}
        before = case.attempt.at.replace(month=6, day=30)
        early = Attempt.model_validate({**case.attempt.model_dump(), "at": before})
        findings = judge(case.facts, early, pack).findings
        assert "IN-05" not in {each.rule_id for each in findings}
