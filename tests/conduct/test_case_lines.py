"""Cases a line: each has its verdict or its error, by the command line and by its parts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conduct.samples import make_attempt, make_facts
from conduct.schema_cases import draw_cases
from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

from carrears.cli import app, conduct
from carrears.conduct.case_lines import Checked, check_lines
from carrears.conduct.packs import Packs
from carrears.conduct.stored import Question
from carrears.resources import shipped

assert conduct  # registers the commands
NOON, NIGHT = "2026-03-10T12:00", "2026-03-10T23:00"


def make_case(at: str = NOON, **more: Any) -> dict[str, Any]:
    attempt = make_attempt(at, contact_point="D.mobile").to_json()
    told = {"facts": make_facts().to_json(), "history": [], "attempt": attempt}
    return {"id": "own", "jurisdiction": "CN", **told, **more}


def check_one(told: Any) -> Checked:
    line = told if isinstance(told, bytes) else json.dumps(told).encode()
    (checked,) = check_lines([line], Packs())
    return checked


def run(path: Path, *cases: Any, options: tuple[str, ...] = ()) -> Any:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in cases), encoding="utf-8")
    return CliRunner().invoke(app, ["conduct", "check", str(path), *options])


def summary_of(stderr: str) -> list[list[str]]:
    """The rows of the table, cell by cell."""
    rows = [line.strip("│ ") for line in stderr.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row.split("│")] for row in rows]


def test_every_line_has_its_verdict_in_the_order_of_the_file(tmp_path: Path) -> None:
    result = run(tmp_path / "c.jsonl", make_case(NIGHT, id="night"), make_case(id="noon"))

    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["id"], each["verdict"], each["gate_action"]) for each in told] == [
        ("night", "block", "block"),
        ("noon", "allow", "allow"),
    ]
    assert told[0]["next_allowed"] == "2026-03-11T00:00:00+00:00"
    assert told[0]["rules"] == ["CN-01", "CN-09"]
    assert [list(each) for each in told] == [
        ["id", "verdict", "gate_action", "rules", "citations", "next_allowed"]
    ] * 2
    assert (result.exit_code, summary_of(result.stderr)) == (
        0,
        [["CN", "2", "0", "0", "0", "0", "0"]],
    )


def test_expected_verdicts_are_scored_and_disagreements_named(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    right = make_case(NIGHT, expect="block", gate_action="block", rules=["CN-01"])
    only_action = make_case(expect="presumed_compliance", gate_action="allow", id="milder")
    let_through = make_case(expect="block", id="grave")
    doubtful = make_case(expect="block", gate_action="block", doubtful="two readings")
    result = run(path, right, only_action, let_through, doubtful, options=("--disagreements",))

    assert result.exit_code == 1
    named = [line for line in result.stderr.splitlines() if line.startswith(str(path))]
    assert [line.partition(" by ")[0] for line in named] == [
        f"{path}, line 2: milder: expected presumed_compliance/allow, got allow/allow",
        f"{path}, line 3: grave: expected block, got allow/allow",
    ]
    assert summary_of(result.stderr) == [["CN", "4", "0", "3", "2", "1", "2"]]
    quiet = run(path, right, let_through)
    assert [line for line in quiet.stderr.splitlines() if line.startswith(str(path))] == []
    assert run(path, right).exit_code == 0


def test_a_bad_line_is_named_and_the_others_are_judged(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    strange = make_case(id="strange", attempt={**make_case()["attempt"], "channel": "pigeon"})
    result = run(path, strange, make_case(id="good"), make_case(id="far", jurisdiction="ZZ"))

    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["id"], each["gate_action"]) for each in told] == [
        ("strange", None), ("good", "allow"), ("far", None),
    ]  # fmt: skip
    assert told[2]["error"].startswith("jurisdiction: no rule pack for 'ZZ'; there are CN,")
    named = [line.partition(": ")[::2] for line in result.stderr.splitlines() if ", line" in line]
    assert [(place, reason.partition(":")[0]) for place, reason in named] == [
        (f"{path}, line 1", "attempt.channel"),
        (f"{path}, line 3", "jurisdiction"),
    ]
    assert (result.exit_code, summary_of(result.stderr)) == (
        1,
        [["CN", "2", "1", "0", "0", "0", "0"], ["ZZ", "1", "1", "0", "0", "0", "0"]],
    )


def test_standard_input_is_read_and_a_missing_file_or_folder_ends_with_2(tmp_path: Path) -> None:
    line = json.dumps(make_case())
    result = CliRunner().invoke(app, ["conduct", "check", "-"], input=f"\ufeff{line}\n\n{line}")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)
    gone = str(tmp_path / "none.jsonl")
    assert CliRunner().invoke(app, ["conduct", "check", gone]).exit_code == 2
    assert CliRunner().invoke(app, ["conduct", "check", str(tmp_path)]).exit_code == 2
    no_packs = ["conduct", "check", "-", "--pack-root", gone]
    assert CliRunner().invoke(app, no_packs, input=line).exit_code == 2


def test_packs_of_another_folder_judge(tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    shutil.copytree(shipped("rulepacks") / "cn", packs / "cn")
    window = packs / "cn/parameters/contact/closed_hours_gbt.yaml"
    window.write_text(window.read_text("utf-8").replace('"22:00"', '"23:30"'), "utf-8")
    options = ("--pack-root", str(packs))
    result = run(tmp_path / "c.jsonl", make_case(NIGHT), options=options)
    assert json.loads(result.stdout)["rules"] == ["CN-09"]

    broken = tmp_path / "broken/cn/pack.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text("name: cn")
    options = ("--pack-root", str(tmp_path / "broken"))
    result = run(tmp_path / "c.jsonl", make_case(NIGHT), make_case(NOON), options=options)
    assert result.exit_code == 1
    assert result.stderr.count(f"jurisdiction: {broken}: ") == 2


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (make_case(facts={"parties": [], "organisations": []}), ["facts.debts"]),
        (make_case(history=[{"id": "h1"}]), [f"history.0.{name}" for name in (
            "at", "zone", "direction", "channel", "party")]),
        ({key: value for key, value in make_case().items() if key != "history"}, ["history"]),
        (make_case(facts={**make_case()["facts"], "history": []}), ["history"]),
        (make_case(attempt={**make_case()["attempt"], "party": "X"}), ["attempt.party"]),
        (make_case(attempt={**make_case()["attempt"], "debts": ["X"]}), ["attempt.debts"]),
        (make_case(attempt={**make_case()["attempt"], "collector": "X"}), ["attempt.collector"]),
        (make_case(attempt={**make_case()["attempt"], "contact_point": "X"}),
         ["attempt.contact_point"]),
        (make_case(attempt={**make_case()["attempt"], "zone": "Mars/Base"}), ["attempt.zone"]),
        (make_case("1999-01-01T12:00"), ["attempt.at"]),
        (make_case("0001-01-01T00:00"), ["attempt.at"]),
        (make_case(jurisdiction="../cn"), ["jurisdiction"]),
        (b"[1]", [""]),
        (b"{", [""]),
        (b'{"id": "\xff"}', [""]),
        (b'{"id": "a", "id": "b"}', [""]),
        (b"[" * 100_000, [""]),
    ],
)  # fmt: skip
def test_what_keeps_a_case_from_its_verdict_is_told_by_field(told: Any, fields: list[str]) -> None:
    error = check_one(told).error
    assert error is not None
    assert [fault.field for fault in error.faults] == fields


def test_history_among_the_facts_counts_as_well() -> None:
    calls = [
        {"id": f"h{n}", "at": f"2026-03-10T{n + 8:02}:00", "zone": "Asia/Shanghai",
         "direction": "out", "channel": "call", "party": "D", "contact_point": "D.mobile",
         "debts": ["L1"], "collector": "LENDER", "result": "conversation", "effective": True}
        for n in range(3)
    ]  # fmt: skip
    beside = make_case("2026-03-10T16:00", history=calls)
    among = make_case("2026-03-10T16:00", facts={**beside["facts"], "history": calls})
    del among["history"]
    assert check_one(beside).to_json()["rules"] == ["CN-02"]
    assert check_one(among).to_json() == check_one(beside).to_json()


def test_shared_cases_agree_law_by_law(shared: Path) -> None:
    path = shared / "vectors/conduct/cases.open.jsonl"
    with path.open("rb") as lines:
        checked = list(check_lines(lines, Packs()))
    packs = Packs().jurisdictions
    assert [each.line for each in checked if each.error and each.jurisdiction in packs] == []
    results = [each.result for each in checked if each.result]
    assert [one.case.id for one in results if one.case.is_scored and not one.agrees] == []
    assert [one.case.id for one in results if one.lets_through] == []
    assert {one.case.jurisdiction for one in results if one.case.is_scored} == set(packs)


def test_whatever_the_shared_schema_allows_to_be_said_is_judged(shared: Path) -> None:
    schema = json.loads((shared / "vectors/conduct/case.schema.json").read_text("utf-8"))

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(draw_cases(schema))
    def judge_one(told: dict[str, Any]) -> None:
        checked = check_one(told)
        assert checked.error is None
        assert checked.result is not None
        verdict = checked.result.verdict
        assert verdict.pack == told["jurisdiction"].lower()
        # What would be stored is the same question.
        case = checked.result.case
        asked = {"facts": case.told().to_json(), "attempt": case.attempt.to_json()}
        pack = Packs().of(case.jurisdiction)
        assert Question.of(json.loads(json.dumps(asked))).answer(pack) == verdict

    judge_one()
