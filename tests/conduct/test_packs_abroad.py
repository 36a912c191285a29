"""The packs for India, the United Kingdom and the United States: every case agrees."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from carrears.conduct.cases import PackCase, check_pack, read_pack_cases
from carrears.conduct.check import check_cases
from carrears.conduct.facts import Attempt
from carrears.conduct.gate import judge
from carrears.conduct.pack import Pack, load_pack
from carrears.resources import shipped

NAMES = ("in", "uk", "us")
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
        outcomes = {case.own for pack, case in CASES if pack.name == name
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


@pytest.mark.parametrize(("name", "last"), [("in", 6), ("uk", 15), ("us", 41)])
def test_every_rule_of_the_table_is_judged_or_said_not_to_be(name: str, last: int) -> None:
    pack = PACKS[name]
    told = {rule.id for rule in pack.rules} | set(pack.not_judged) | set(pack.judged_within)
    assert {f"{name.upper()}-{number:02}" for number in range(1, last + 1)} <= told
    assert {rule.id for rule in pack.rules}.isdisjoint(pack.not_judged)
    assert set(pack.not_judged).isdisjoint(pack.judged_within)


@pytest.mark.parametrize(("name", "least"), [("in", 7), ("uk", 8), ("us", 38)])
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
    within = PACKS[name].judged_within
    for each in stopped:
        asked = {name for rule in each.case.rules for name in within.get(rule, (rule,))}
        assert asked & set(each.verdict.rules)


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


def _case(rule: str, name: str) -> PackCase:
    return next(case for _, case in CASES if (case.rule_id, case.name) == (rule, name))


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [("2026-03-28", 8), ("2026-03-29", 7), ("2026-10-24", 7), ("2026-10-25", 8)],
)
def test_house_window_in_london_moves_with_the_clock_change(day: str, utc_hour: int) -> None:
    case = _case("UK-01", "自定时段，9 点整可以")
    opening = datetime.fromisoformat(f"{day}T{utc_hour:02}:00:00").replace(tzinfo=UTC)
    opening += timedelta(hours=1)  # the window opens at nine
    for moment, action in ((opening - timedelta(seconds=1), "block"), (opening, "allow")):
        attempt = _at(case, moment)
        verdict = judge(case.facts, attempt, PACKS["uk"])
        assert verdict.gate_action == action
        assert action == "allow" or verdict.next_allowed_at == opening


def test_no_hour_of_the_day_is_closed_by_conc_itself() -> None:
    case = _case("UK-01", "白天没有请求")
    midnight = datetime(2026, 3, 10, tzinfo=UTC)
    actions = [
        judge(case.facts, _at(case, midnight + timedelta(minutes=30 * half)), PACKS["uk"])
        for half in range(48)
    ]
    assert [each.gate_action for each in actions] == ["review"] * 16 + ["allow"] * 26 + [
        "review"
    ] * 6


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_last_day_of_a_moratorium_ends_at_midnight_in_london(day: str) -> None:
    case = _case("UK-13", "末日已知，当日仍在内")
    end = datetime.fromisoformat(day).date()
    notice = case.facts.notices[0].model_copy(update={"ends_on": end})
    facts = case.facts.model_copy(update={"notices": (notice,)})
    summer = day == "2026-03-29"
    midnight = datetime(end.year, end.month, end.day, tzinfo=UTC) + timedelta(
        hours=23 if summer else 24
    )
    before = judge(facts, _at(case, midnight - timedelta(seconds=1)), PACKS["uk"])
    after = judge(facts, _at(case, midnight), PACKS["uk"])
    assert "UK-13" in before.rules
    assert before.gate_action == "block"
    assert "UK-13" not in after.rules
    morning = midnight + timedelta(hours=8)
    assert before.next_allowed_at == morning


def _at(case: PackCase, moment: datetime) -> Attempt:
    told = {**case.attempt.model_dump(), "at": moment.replace(tzinfo=None), "zone": "UTC"}
    return Attempt.model_validate(told)


@pytest.mark.parametrize("name", NAMES)
def test_acts_that_no_rule_speaks_of_are_never_allowed(name: str) -> None:
    first = next(case for pack, case in CASES if pack.name == name and case.expect == "allow")
    for act in ("transfer_title", "locate_vehicle", "transfer_data", "decide_automatically"):
        told = {**first.attempt.model_dump(), "act": act, "channel": None}
        verdict = judge(first.facts, Attempt.model_validate(told), PACKS[name])
        assert verdict.gate_action == "review"


@pytest.mark.parametrize(
    ("name", "path", "old", "new"),
    [
        ("uk", "contact/unsocial_hours", '"08:00"', '"07:59"'),
        ("uk", "contact/unsocial_hours", '"21:00"', '"21:01"'),
        ("uk", "pauses/counselling_days", "value: 30", "value: 29"),
        ("uk", "pauses/counselling_days", "value: 30", "value: 31"),
        ("uk", "pauses/counselling_further", "value: 30", "value: 29"),
        ("uk", "pauses/counselling_further", "value: 30", "value: 31"),
        ("uk", "moratorium/days", "value: 60", "value: 59"),
        ("uk", "moratorium/days", "value: 60", "value: 61"),
        ("uk", "moratorium/crisis_days", "value: 30", "value: 29"),
        ("uk", "moratorium/crisis_days", "value: 30", "value: 31"),
        ("uk", "moratorium/margin", "value: 1", "value: 0"),
        ("uk", "moratorium/nations", "      - WLS\n", ""),
        ("uk", "goods/notice_days", "value: 14", "value: 13"),
        ("uk", "goods/notice_days", "value: 14", "value: 15"),
        ("in", "recovery/closed_hours", '"08:00"', '"07:59"'),
        ("in", "recovery/closed_hours", '"19:00"', '"19:01"'),
        ("in", "recovery/closed_hours_microfinance", '"09:00"', '"08:59"'),
        ("in", "recovery/closed_hours_microfinance", '"18:00"', '"18:01"'),
        ("in", "draft/closed_hours", '"19:00"', '"19:01"'),
        ("in", "draft/occasions", "wedding, ", ""),
        ("in", "conduct/often", "value: 3", "value: 4"),
        ("in", "conduct/often", "value: 3", "value: 2"),
        ("us", "frequency/calls", "value: 7", "value: 6"),
        ("us", "frequency/calls", "value: 7", "value: 8"),
        ("us", "frequency/days", "value: 7", "value: 6"),
        ("us", "frequency/days", "value: 7", "value: 8"),
        ("us", "frequency/consent_days", "value: 7", "value: 6"),
        ("us", "frequency/consent_days", "value: 7", "value: 8"),
        ("us", "frequency/unconnected", "      - busy\n", ""),
        ("us", "frequency/gap", "value: 5", "value: 4"),
        ("us", "frequency/gap", "value: 5", "value: 6"),
        ("us", "frequency/per_day", "value: 7", "value: 8"),
        ("us", "frequency/per_day", "value: 7", "value: 6"),
        ("us", "frequency/texts_per_day", "value: 3", "value: 2"),
        ("us", "frequency/texts_per_day", "value: 3", "value: 4"),
        ("us", "time/closed_hours", '"08:00"', '"07:59"'),
        ("us", "time/closed_hours", '"21:00"', '"21:01"'),
        ("us", "attorney/silent_days", "value: 14", "value: 13"),
        ("us", "attorney/silent_days", "value: 14", "value: 15"),
        ("us", "messages/fresh_days", "value: 60", "value: 59"),
        ("us", "messages/fresh_days", "value: 60", "value: 61"),
        ("us", "massachusetts/cap", "value: 2", "value: 1"),
        ("us", "massachusetts/cap", "value: 2", "value: 3"),
        ("us", "massachusetts/days", "value: 7", "value: 6"),
        ("us", "massachusetts/days", "value: 7", "value: 8"),
        ("us", "massachusetts/cap_elsewhere", "value: 2", "value: 3"),
        ("us", "massachusetts/days_elsewhere", "value: 30", "value: 29"),
        ("us", "massachusetts/days_elsewhere", "value: 30", "value: 31"),
    ],
)
def test_cases_notice_a_changed_parameter(
    tmp_path: Path, name: str, path: str, old: str, new: str
) -> None:
    shutil.copytree(shipped("rulepacks") / name, tmp_path / name)
    file = tmp_path / name / "parameters" / f"{path}.yaml"
    before = file.read_text(encoding="utf-8")
    assert old in before
    file.write_text(before.replace(old, new), encoding="utf-8")
    changed = load_pack(name, tmp_path)
    assert changed.version != PACKS[name].version
    assert check_pack(changed) != []
