"""Values that nobody vouches for any more are listed with the rules that decide by them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conduct.kept import copy_packs
from typer.testing import CliRunner

from carrears.cli import app, conduct
from carrears.conduct.complaint_terms import load_terms
from carrears.conduct.dispute_terms import load_dispute_terms
from carrears.conduct.packs import Packs
from carrears.conduct.rights_terms import load_rights_terms
from carrears.conduct.validity import overdue_terms, overdue_values, undated_values

assert conduct  # registers the commands
CALLS = "parameters__frequency__effective_calls"
LAST = date(2027, 5, 24)
LATER = """  2027-06-01:
    value: 2
    citation: {source: gbt-45251-2025, clause: later}
    text_status: text"""


def names(found: Any) -> list[str]:
    return [each.parameter for each in found]


@pytest.mark.parametrize("law", Packs().jurisdictions)
def test_every_shipped_value_in_force_says_when_it_is_to_be_read_again(law: str) -> None:
    pack = Packs().of(law)
    assert names(undated_values(pack, date(2026, 11, 28))) == []
    far = date(2099, 1, 1)
    ended = {rule.id for rule in pack.rules if rule.in_force.until}
    used = {
        path for rule in pack.rules if rule.id not in ended for path in rule.parameters.values()
    }
    assert set(names(overdue_values(pack, far))) == used


def test_a_value_is_overdue_from_the_day_after_the_last_on_which_it_is_vouched_for(
    tmp_path: Path,
) -> None:
    before = f"still_valid_on: {LAST}"
    pack = copy_packs(tmp_path, **{CALLS: (before, "still_valid_on: 2026-12-31")}).of("CN")
    assert names(overdue_values(pack, date(2026, 12, 31))) == []
    (value,) = overdue_values(pack, date(2027, 1, 1))
    assert value.to_json() == {
        "jurisdiction": "CN",
        "parameter": "frequency/effective_calls",
        "description": {
            "zh": "每日主动有效通话次数上限",
            "en": "Most effective outgoing calls in a day",
        },
        "starts_on": "2025-02-28",
        "still_valid_on": "2026-12-31",
        "text_status": "reported",
        "citation": pack.citations["CN-02"],
        "rules": ["CN-02"],
    }
    later = overdue_values(pack, LAST + timedelta(days=1))
    assert later[0] == value
    assert names(later[1:]) == sorted(names(later[1:]))


def test_what_was_replaced_or_is_used_by_no_rule_any_more_needs_no_review(tmp_path: Path) -> None:
    last = f"    still_valid_on: {LAST}"
    pack = copy_packs(tmp_path, **{CALLS: (last, f"{last}\n{LATER}")}).of("CN")
    on = date(2027, 5, 31)
    assert "frequency/effective_calls" in names(overdue_values(pack, on))
    assert "frequency/effective_calls" not in names(overdue_values(pack, date(2027, 6, 1)))
    assert names(undated_values(pack, date(2027, 6, 1))) == ["frequency/effective_calls"]
    # Only the rule before the standard asks for it, and it ended with the standard.
    assert "contact/quiet_hours" not in names(overdue_values(pack, date(2099, 1, 1)))
    assert names(overdue_values(pack, date(2020, 1, 1))) == []


def test_command_lists_what_is_due_and_ends_with_1(tmp_path: Path) -> None:
    copy_packs(tmp_path, **{CALLS: (f"still_valid_on: {LAST}", "still_valid_on: 2026-12-31")})

    def run(*words: str) -> Any:
        root = ("--pack-root", str(tmp_path))
        return CliRunner().invoke(app, ["conduct", "review-due", *root, *words])

    on_time = run("--on", "2026-12-31")
    assert (on_time.exit_code, on_time.stderr.strip()) == (
        0,
        "values to be read again on 2026-12-31: 0; without a day of review: 0",
    )
    due = run("--on", "2027-01-01", "--json")
    assert due.exit_code == 1
    assert [each["rules"] for each in json.loads(due.stdout)] == [["CN-02"]]
    (row,) = [line for line in run("--on", "2027-01-01").stderr.splitlines() if "CN-02" in line]
    assert "2026-12-31" in row
    assert run("--on", "soon").exit_code == 2
    broken = tmp_path / "broken/cn/pack.yaml"
    broken.parent.mkdir(parents=True)
    broken.write_text("name: cn", encoding="utf-8")
    folders = [str(broken.parents[1]), str(tmp_path / "none")]
    for folder in folders:
        words = ["conduct", "review-due", "--pack-root", folder]
        assert CliRunner().invoke(app, words).exit_code == 2


@pytest.mark.parametrize("law", Packs().jurisdictions)
def test_time_limits_of_complaints_are_to_be_read_again_too(law: str) -> None:
    terms = load_terms(law)
    assert terms is not None
    assert overdue_terms(law, date(2026, 11, 28)) == ()
    late = overdue_terms(law, date(2099, 1, 1))
    rights, disputes = load_rights_terms(law), load_dispute_terms(law)
    assert rights is not None
    assert disputes is not None
    assert {one.parameter for one in late} == {
        *(f"complaints/{step}" for step in (*terms.deadlines, "raising")),
        *(f"disputes/{step}" for step in (*disputes.deadlines, "raising")),
        *(f"rights/{step}" for step in rights.deadlines),
    }
    assert all(one.to_json()["jurisdiction"] == law.upper() for one in late)
