from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from carrears.conduct.cases import PackCase, check_pack, read_pack_cases
from carrears.conduct.facts import Facts
from carrears.conduct.gate import judge
from carrears.conduct.pack import LawUnknownError, Pack, PackError, load_pack
from carrears.conduct.rules import LOGIC
from carrears.resources import shipped

CN = load_pack("cn")
CASES = tuple(read_pack_cases(CN))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule_id} {case.name}")
def test_case_of_the_pack(case: PackCase) -> None:
    assert case.find_mistakes(judge(case.facts, case.attempt, CN)) == []


def test_every_rule_has_cases_that_pass_and_cases_that_do_not() -> None:
    for rule in CN.rules:
        outcomes = {case.expect for case in CASES if case.rule_id == rule.id}
        if rule.id == "CN-26":  # an unlawful debt never passes by itself
            assert outcomes == {"review", "block"}
            continue
        assert "allow" in outcomes, rule.id
        assert outcomes - {"allow"}, rule.id


def test_every_logic_is_used_by_some_shipped_pack() -> None:
    folders = [path.name for path in shipped("rulepacks").iterdir() if path.is_dir()]
    packs = [load_pack(name) for name in folders]
    assert {rule.logic for pack in packs for rule in pack.rules} == set(LOGIC)


def test_every_value_is_cited_and_explained_twice() -> None:
    for rule in CN.rules:
        assert rule.citations
        for words in (rule.title, rule.explanation, *rule.reasons.values()):
            assert any("\u4e00" <= letter <= "\u9fff" for letter in words.zh), words
            assert words.en.isascii(), words
    for parameter in CN.parameters.values():
        for dated in parameter.values.values():
            assert dated.citation.source in CN.sources
            assert dated.citation.clause
            assert dated.text_status in {"text", "quoted", "reported", "memory"}


def test_every_rule_of_the_table_is_judged_or_said_not_to_be() -> None:
    told = {rule.id for rule in CN.rules} | set(CN.not_judged)
    assert {f"CN-{number:02}" for number in range(1, 40)} <= told
    assert {rule.id for rule in CN.rules}.isdisjoint(CN.not_judged)


def test_parameter_before_its_first_date_is_an_error_never_the_nearest() -> None:
    cap = CN.parameters["frequency/effective_calls"]
    assert cap.at(date(2025, 2, 28)).value == 3
    with pytest.raises(LawUnknownError):
        cap.at(date(2025, 2, 27))


def test_pack_of_an_earlier_day_than_it_covers_is_an_error() -> None:
    with pytest.raises(LawUnknownError):
        CN.laws_on(date(2021, 10, 31))
    assert CN.laws_on(date(2021, 11, 1))


@pytest.fixture
def spoil(tmp_path: Path) -> Callable[..., Pack]:
    """A copy of the pack in which one file is changed, loaded."""

    def change(path: str, edit: Callable[[str], str]) -> Pack:
        copy = tmp_path / "packs"
        shutil.copytree(shipped("rulepacks") / "cn", copy / "cn")
        file = copy / "cn" / path
        before = file.read_text(encoding="utf-8")
        after = edit(before)
        assert after != before
        file.write_text(after, encoding="utf-8")
        return load_pack("cn", copy)

    return change


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        (
            "parameters/frequency/effective_calls.yaml",
            "    citation: {source: gbt-45251-2025, clause: §5.3（含智能语音）}\n",
            "",
            "citation",
        ),
        ("parameters/frequency/effective_calls.yaml", "value: 3", "value: three", "whole number"),
        ("parameters/frequency/effective_calls.yaml", "value: 3", "value: -1", "whole number"),
        ("parameters/frequency/effective_calls.yaml", "value: 3", "value: true", "whole number"),
        ("parameters/frequency/effective_calls.yaml", "gbt-45251-2025", "gbt-1", "unknown source"),
        (
            "parameters/frequency/effective_calls.yaml",
            "2025-02-28",
            "2025-03-01",
            "no value when the rule takes effect",
        ),
        ("parameters/content/insults.yaml", "verbal_abuse", "rudeness", "outside the vocabulary"),
        ("parameters/contact/closed_hours_cba.yaml", '"22:00"', '"22:60"', "22:60"),
        ("rules/CN-02.yaml", "logic: effective_calls", "logic: guess", "unknown logic"),
        ("rules/CN-02.yaml", "strength: prohibited", "strength: polite", "strength"),
        ("rules/CN-02.yaml", "text_status: reported", "text_status: sure", "text_status"),
        ("rules/CN-02.yaml", "  cap: frequency/effective_calls\n", "", "needs the parameters"),
        ("rules/CN-02.yaml", "{count}", "{count.__class__}", "only plain"),
        ("rules/CN-02.yaml", "id: CN-02", "id: CN-03", "the file holds rule CN-03"),
        ("rules/CN-13.yaml", "\nreasons:", "\nreasons: {}\nreason:", "reasons"),
        ("rules/CN-13.yaml", "\nexplanation:", "\nexplanations:", "explanation"),
        ("pack.yaml", "name: cn", "name: us", "calls itself"),
        ("pack.yaml", "version: 1.0.0", "version: 1.0.0\nversion: 1.0.1", "stand twice"),
    ],
)
def test_spoilt_pack_is_refused(
    spoil: Callable[..., Pack], path: str, old: str, new: str, message: str
) -> None:
    with pytest.raises(PackError, match=message):
        spoil(path, lambda text: text.replace(old, new))


def test_rule_without_cases_is_refused(tmp_path: Path) -> None:
    shutil.copytree(shipped("rulepacks") / "cn", tmp_path / "cn")
    (tmp_path / "cn" / "cases" / "CN-02.yaml").unlink()
    with pytest.raises(PackError, match="no cases"):
        load_pack("cn", tmp_path)


def test_missing_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"pack\.yaml"):
        load_pack("zz", tmp_path)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("parameters/frequency/effective_calls.yaml", "value: 3", "value: 4"),
        ("parameters/frequency/effective_calls.yaml", "value: 3", "value: 2"),
        ("parameters/frequency/unanswered_dials.yaml", "value: 6", "value: 7"),
        ("parameters/frequency/unanswered_dials.yaml", "value: 6", "value: 5"),
        ("parameters/frequency/gap.yaml", "value: 10", "value: 9"),
        ("parameters/visits/per_day.yaml", "value: 1", "value: 2"),
        ("parameters/visits/staff_cba.yaml", "value: 2", "value: 1"),
        ("parameters/persons/unreachable_dials.yaml", "value: 3", "value: 4"),
        ("parameters/persons/unreachable_days.yaml", "value: 3", "value: 4"),
        ("parameters/contact/closed_hours_gbt.yaml", '"08:00"', '"07:59"'),
        ("parameters/contact/closed_hours_cba.yaml", '"22:00"', '"22:01"'),
        ("parameters/contact/lawful_sources.yaml", "reserved_info, ", ""),
        ("parameters/persons/disclosures.yaml", "      - debt_amount\n", ""),
    ],
)
def test_cases_notice_a_changed_parameter(
    spoil: Callable[..., Pack], path: str, old: str, new: str
) -> None:
    changed = spoil(path, lambda text: text.replace(old, new))
    assert changed.version != CN.version
    assert check_pack(changed) != []


def test_version_is_the_number_and_a_hash_of_what_decides(
    spoil: Callable[..., Pack],
) -> None:
    number, _, digest = CN.version.partition("+")
    assert number == "1.0.0"
    assert len(digest) == 16
    changed = spoil("cases/CN-02.yaml", lambda text: text + "# a remark\n")
    assert changed.version == CN.version


def test_words_that_no_message_may_hold_decide_too(spoil: Callable[..., Pack]) -> None:
    changed = spoil(
        "wording.yaml", lambda text: text.replace("strength: prohibited", "strength: review")
    )
    assert changed.version != CN.version


def test_facts_refuse_words_outside_the_vocabulary() -> None:
    with pytest.raises(ValidationError):
        Facts.model_validate(
            {"parties": [{"id": "D", "role": "victim"}], "organisations": [], "debts": []}
        )
