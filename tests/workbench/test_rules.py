"""The rule reader: every rule of every pack, with its cases answered as they are written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from factories import make_user

from carrears.conduct.pack import load_pack
from carrears.conduct.packs import Packs
from carrears.workbench.queries import rules
from carrears.workbench.queries.rule_cases import cases_of

pytestmark = pytest.mark.django_db
RULES = [
    (name.lower(), rule.id) for name in Packs().jurisdictions for rule in Packs().of(name).rules
]


def test_all_rules_are_listed_and_each_has_its_page(sign_in: Any) -> None:
    page = sign_in(make_user(role="collector")).get("/rules/").context["page"]

    assert [(row.pack, row.rule_id) for pack in page.packs for row in pack.rows] == RULES
    assert all(pack.not_judged for pack in page.packs if pack.name == "cn")


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"pack": "CN", "phase": "count"}, ["CN-02", "CN-05", "CN-10", "CN-10b", "CN-11"]),
        ({"pack": "IN", "status": "memory"}, ["IN-06"]),
        ({"pack": "CN", "q": "主动有效通话"}, ["CN-02"]),
        ({"pack": "CN", "q": "EFFECTIVE CALLS"}, ["CN-02"]),
        ({"pack": "UK", "q": "S.I. 2020/1311"}, ["UK-13"]),
        ({"pack": "UK", "strength": "should_not"}, ["HOUSE-02"]),
        ({"q": "no such words"}, []),
    ],
)
def test_the_list_is_narrowed(sign_in: Any, query: dict[str, str], kept: list[str]) -> None:
    page = sign_in(make_user(role="collector")).get("/rules/", query).context["page"]

    assert [row.rule_id for pack in page.packs for row in pack.rows] == kept


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_rule_tells_its_numbers_sources_and_cases(sign_in: Any, language: str) -> None:
    client = sign_in(make_user(role="collector"), language=language)

    answer = client.get("/rules/cn/CN-02/")

    page, text = answer.context["page"], answer.content.decode()
    [cap] = [one for one in page.parameters if one.path == "frequency/effective_calls"]
    assert [(value.text, value.in_force) for value in cap.values] == [("3", True)]
    assert cap.values[0].cited.title in text
    assert "§5.3" in text
    assert page.wrong == 0
    assert text.count('data-case="right"') == len(page.cases) == 7
    blocked = page.cases[1]
    assert (blocked.answer, blocked.action) == ("block", "block")
    assert "3" in blocked.explanation
    assert blocked.history == (
        ("电话, 通话: " if language != "en" else "Phone call, Conversation: ")
        + "2026-03-10 09:00, 2026-03-10 11:00, 2026-03-10 14:00",
    )


@pytest.mark.parametrize("pack", sorted({pack for pack, _ in RULES}))
def test_every_rule_can_be_read(sign_in: Any, pack: str) -> None:
    client = sign_in(make_user(role="collector"))

    for name, rule_id in RULES:
        if name == pack:
            assert client.get(f"/rules/{pack}/{rule_id}/").context["page"].wrong == 0, rule_id


@pytest.mark.parametrize("path", ["/rules/cn/CN-99/", "/rules/fr/CN-02/", "/rules/cn/cn-02/"])
def test_what_is_not_there_is_not_found(sign_in: Any, path: str) -> None:
    assert sign_in(make_user(role="collector")).get(path).status_code == 404


def test_values_that_nobody_vouches_for_any_more_are_marked(
    sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = Packs().of("CN").parameters["frequency/effective_calls"].values
    [(_, value)] = stale.items()
    assert value.still_valid_on is not None
    monkeypatch.setattr(
        rules, "_today", lambda: value.still_valid_on.replace(year=value.still_valid_on.year + 1)
    )
    client = sign_in(make_user(role="collector"))

    [row] = [
        row
        for pack in client.get("/rules/?pack=CN&overdue=1").context["page"].packs
        for row in pack.rows
        if row.rule_id == "CN-02"
    ]

    assert row.overdue > 0
    page = client.get("/rules/cn/CN-02/").context["page"]
    [cap] = [one for one in page.parameters if one.path == "frequency/effective_calls"]
    assert cap.values[0].overdue


def test_a_case_that_the_gate_answers_otherwise_is_marked(tmp_path: Path) -> None:
    pack = load_pack("cn")
    for name in ("cases/base.yaml", "cases/CN-02.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((pack.folder / name).read_text())
    written = yaml.safe_load((tmp_path / "cases/CN-02.yaml").read_text())
    assert written["cases"][0]["verdict"] == "allow"
    written["cases"][0]["verdict"] = "block"
    (tmp_path / "cases/CN-02.yaml").write_text(yaml.safe_dump(written, allow_unicode=True))
    for rule in pack.rules:
        path = tmp_path / "cases" / f"{rule.id}.yaml"
        if not path.exists():
            path.write_text((pack.folder / "cases" / path.name).read_text())

    wrong = replace(pack, folder=tmp_path)
    shown = cases_of(wrong, next(rule for rule in pack.rules if rule.id == "CN-02"))

    assert [bool(one.mistakes) for one in shown] == [True] + [False] * (len(shown) - 1)
