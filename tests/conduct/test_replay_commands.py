"""The commands read what the gate kept, and say what would change and what comes out again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conduct.kept import MIDNIGHT, change_asked, from_nine, keep
from factories import make_case
from typer.testing import CliRunner

from carrears.cli import app, conduct_replay
from carrears.conduct import queries
from carrears.conduct.models import VerdictRecord
from carrears.conduct.packs import Packs
from carrears.conduct.queries import KeptVerdicts
from carrears.conduct.stored import Kept

assert conduct_replay  # registers the commands
pytestmark = pytest.mark.django_db


def store(kept: Iterable[Kept]) -> list[int]:
    """Rows with these verdicts, each on the hour of its id in Shanghai; their keys."""
    case = make_case(loan_no=f"A-{VerdictRecord.objects.count()}")
    rows = VerdictRecord.objects.bulk_create(
        VerdictRecord(
            attempt_key=f"{case.loan_no}:{each.id}",
            case=case,
            party=case.party,
            channel="email",
            attempt_at=(MIDNIGHT + timedelta(hours=each.id - 8)).replace(tzinfo=UTC),
            pack=each.pack,
            pack_version=each.pack_version,
            gate_action=each.gate_action,
            expect=each.expect,
            findings=each.findings,
            facts=each.asked,
            next_allowed_at=each.next_allowed_at,
        )
        for each in kept
    )
    return [row.pk for row in rows]


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["conduct", *words])


def test_diff_replays_the_kept_contacts_of_a_period(tmp_path: Path) -> None:
    from_nine(tmp_path)
    keys = store(keep(n, minute=n * 60) for n in range(24))

    result = run("diff", "--new", str(tmp_path), "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["contacts"], told["changed"]) == (0, 24, 1)
    assert told["rules"][0] == {
        "jurisdiction": "CN", "rule": "CN-01", "before": "allow", "after": "block",
        "contacts": 1, "examples": [keys[21]],
    }  # fmt: skip
    none = run("diff", "--new", str(tmp_path), "--to", "2026-03-09", "--json")
    assert json.loads(none.stdout)["contacts"] == 0
    shown = run("diff", "--new", str(tmp_path), "--from", "2026-03-10", "--jurisdiction", "CN")
    rows = [line.strip("│ ") for line in shown.stderr.splitlines() if "CN-0" in line]
    assert [[cell.strip() for cell in row.split("│")] for row in rows] == [
        ["CN", rule, "allow", "block", "1", str(keys[21])] for rule in ("CN-01", "CN-09")
    ]
    assert "24 contacts: 23 as before, 1 changed, 0 not judged" in shown.stderr


def test_diff_fails_where_a_contact_cannot_be_judged_or_a_folder_has_no_packs(
    tmp_path: Path,
) -> None:
    (key,) = store([change_asked(keep(1), "attempt", channel="pigeon")])
    from_nine(tmp_path / "new")
    result = run("diff", "--new", str(tmp_path / "new"))
    assert result.exit_code == 1
    assert f"not judged: 1 of CN ({key}): channel: " in result.stderr
    assert run("diff", "--new", str(tmp_path)).exit_code == 2
    assert run("diff", "--new", str(tmp_path / "new"), "--from", "March").exit_code == 2
    (tmp_path / "new/cn/pack.yaml").write_text("name: cn")
    broken = tmp_path / "broken"
    (tmp_path / "new").rename(broken)
    result = run("diff", "--new", str(broken))
    assert (result.exit_code, str(broken / "cn/pack.yaml") in result.stderr) == (2, True)


def test_recompute_names_the_verdicts_that_come_out_otherwise(tmp_path: Path) -> None:
    other = from_nine(tmp_path)
    kept = [keep(n, minute=n * 60) for n in range(3)]
    store([*kept, keep(3, packs=other)])
    result = run("recompute")
    assert result.exit_code == 0
    assert "4 verdicts: 3 come out as they were given, 0 do not, 1 were given" in result.stderr

    (key,) = store([replace(keep(4, minute=23 * 60), gate_action="review", expect="review")])
    result = run("recompute", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    (one,) = told["mismatches"]
    assert (one["verdict"], one["differs"]) == (key, ["gate_action", "expect"])
    assert json.loads(run("recompute", "--pack-root", str(tmp_path), "--json").stdout)["same"] == 1


def test_however_many_there_are_each_is_read_once_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = store(keep(n) for n in range(10))
    for chunk in (1, 3, 5, 10, 11):
        monkeypatch.setattr(queries, "_CHUNK", chunk)
        assert [each.id for each in KeptVerdicts().read()] == keys
    reading = KeptVerdicts().read()
    first = next(reading)
    store([keep(11)])
    assert [first.id, *(each.id for each in reading)] == keys
    day = date(2026, 3, 10)
    assert KeptVerdicts(first=day, last=day).count() == 11
    assert KeptVerdicts(last=day - timedelta(days=1)).count() == 0
    assert [each.id for each in KeptVerdicts(jurisdiction="US").read()] == []
    assert Packs().of("CN").version == first.pack_version
