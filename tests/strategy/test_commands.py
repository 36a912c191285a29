"""`carrears strategy …`: from a file into force by two named people, and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import DAY, make_user
from typer.testing import CliRunner

from carrears.cli import (
    app,
    strategy,  # noqa: F401  it registers the commands
    strategy_steps,  # noqa: F401  see above
)
from carrears.dayrun.models import DayRun
from carrears.evidence.models import Entry
from carrears.strategy.files import shipped_strategy
from carrears.strategy.models import Draft
from carrears.strategy.services import published_strategy

pytestmark = pytest.mark.django_db
NEXT = DAY + timedelta(days=1)


def run(*words: Any, code: int = 0) -> Any:
    result = CliRunner().invoke(app, ["strategy", *map(str, words)])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(autouse=True)
def _people() -> None:
    DayRun.objects.create(as_of=DAY, inputs_hash="0" * 64)
    make_user(role="strategy_manager", username="manager")
    make_user(role="compliance_officer", username="officer")


def changed_file(folder: Path) -> Path:
    """The strategy in force, its last rule reviewed a day sooner."""
    run("export", "--out", folder)
    path = folder / "treatment.jdm.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    table = [node for node in document["nodes"] if node["type"] == "decisionTableNode"][-1]
    column = next(c["id"] for c in table["content"]["outputs"] if c["field"] == "review_days")
    table["content"]["rules"][-1][column] = "29"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def submitted(folder: Path) -> str:
    file = changed_file(folder)
    number = run("import", file, "--title", "Sooner", "--by", "manager").stdout.strip()
    run("submit", number, "--reason", "cheaper", "--from", NEXT, "--by", "manager")
    return str(number)


def test_what_is_exported_is_the_same_strategy_when_it_comes_back(tmp_path: Path) -> None:
    before = published_strategy(NEXT)
    run("export", "--out", tmp_path / "out")
    file = tmp_path / "out" / "treatment.jdm.json"
    number = run("import", file, "--title", "Same", "--by", "manager").stdout.strip()
    draft = Draft.objects.get(pk=number)
    assert (draft.document, draft.facts) == (before.document, before.facts)
    assert json.loads(run("diff", "in-force", f"draft:{number}", "--json").stdout) == []


def treatment_listed() -> dict[str, Any]:
    """What ``strategy list`` says of the treatment strategy; there is the early warning too."""
    listed = {one["name"]: one for one in json.loads(run("list", "--json").stdout)}
    assert sorted(listed) == ["early_warning", "treatment"]
    return listed["treatment"]


def test_two_people_bring_a_file_into_force(tmp_path: Path) -> None:
    before = published_strategy(NEXT)
    number = submitted(tmp_path)
    listed = treatment_listed()
    assert (listed["version"], listed["since"]) == (before.version, None)
    assert [(d["id"], d["state"]) for d in listed["drafts"]] == [(int(number), "submitted")]

    refused = run("approve", number, "--by", "manager", code=1)
    assert "a second person has to" in refused.output
    run("approve", number, "--by", "officer", "--reason", "agreed")

    listed = treatment_listed()
    assert listed["version"] == published_strategy(NEXT).version != before.version
    assert (listed["since"], listed["proposed_by"], listed["approved_by"], listed["drafts"]) == (
        NEXT.isoformat(), "manager", "officer", [],
    )  # fmt: skip
    assert Entry.objects.filter(kind="strategy.published", actor="officer").count() == 1
    changes = json.loads(run("diff", before.version[:8], "in-force", "--json").stdout)
    assert [(c["change"], c["rule"], c["before"], c["after"]) for c in changes] == [
        ("changed", "current", "30", "29")
    ]

    run("rollback", before.version[:8], "--reason", "complaints", "--by", "manager")
    assert published_strategy(NEXT).version == before.version


def test_who_acts_needs_the_permission(tmp_path: Path) -> None:
    number = submitted(tmp_path)
    make_user(role="collector", username="collector")
    gone = make_user(role="compliance_officer", username="gone")
    gone.is_active = False
    gone.save()
    version = published_strategy(NEXT).version
    for words, said in (
        (("approve", number, "--by", "collector"), "lacks the permission strategy.approve_draft"),
        (("approve", number, "--by", "gone"), "no active user 'gone'"),
        (("rollback", version, "--reason", "x", "--by", "officer"), "strategy.roll_back"),
        (("import", tmp_path / "treatment.jdm.json", "--title", "x", "--by", "officer"),
         "strategy.add_draft"),
    ):  # fmt: skip
        assert said in run(*words, code=1).output
    assert Draft.objects.get(pk=number).state == "submitted"


def test_the_rules_are_shown_as_the_table_has_them() -> None:
    whole = json.loads(run("show", "--json").stdout)
    assert whole["document"] == shipped_strategy().source
    shown = run("show").output
    assert "stage-early" in shown
    assert "hardship" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "--which", "00000000"), "no version begins with 00000000"),
        (("show", "--which", "draft:x"), "'draft:x' is no draft"),
        (("show", "--which", "draft:99999"), "treatment has no draft 99999"),
        (("show", "Some Name"), "'Some Name' is no name of a strategy"),
        (("diff", "in-force", "nowhere.jdm.json"), "nowhere.jdm.json"),
        (("submit", "99999", "--reason", "x", "--from", "2026-12-01", "--by", "manager"),
         "no draft 99999"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named(words: tuple[str, ...], said: str) -> None:
    assert said in run(*words, code=1).output.replace("\n", "")


def test_a_file_of_another_name_is_refused(tmp_path: Path) -> None:
    run("export", "--out", tmp_path)
    for ending in ("jdm.json", "facts.yaml"):
        (tmp_path / f"treatment.{ending}").rename(tmp_path / f"other.{ending}")
    refused = run("import", tmp_path / "other.jdm.json", "--title", "x", "--by", "manager", code=1)
    assert "no strategy is called other" in refused.output


def test_a_day_that_is_none_is_a_wrong_option(tmp_path: Path) -> None:
    number = submitted(tmp_path)
    run("submit", number, "--reason", "x", "--from", "soon", "--by", "manager", code=2)
