"""The screens of strategies: draft, save, try, submit, approve, put back."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from factories import make_user
from workbench.documents import Document
from workbench.samples_strategy import last_table, with_rules

from carrears.dayrun.decided import first_undecided_day
from carrears.strategy.cadences import load_cadences
from carrears.strategy.kept_cadences import cadences_of_document
from carrears.strategy.models import Draft, DraftState
from carrears.strategy.services import keep_version, published_strategy, strategy_in_file

pytestmark = pytest.mark.django_db


def open_draft(client: Client) -> Draft:
    answer = client.post("/strategy/new/", {"title": "Call sooner"})
    draft = Draft.objects.get()
    assert answer.headers["Location"] == f"/strategy/draft/{draft.pk}/"
    return draft


def save(client: Client, draft: Draft, document: dict[str, Any], revision: int = 1) -> Any:
    return client.post(
        f"/strategy/draft/{draft.pk}/save/",
        json.dumps({"revision": revision, "document": document}),
        content_type="application/json",
    )


def faults_of(client: Client, draft: Draft) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/strategy/draft/{draft.pk}/check/").json()["faults"]
    return found


def with_cell(document: dict[str, Any], text: str) -> dict[str, Any]:
    """The document with another text in the first condition of the last table's last rule."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    table = last_table(made)
    table["rules"][-2][table["inputs"][1]["id"]] = text
    return made


def test_a_draft_goes_from_one_person_to_another_into_force(sign_in: Any) -> None:
    manager = sign_in(make_user(role="strategy_manager", username="manager"))
    draft = open_draft(manager)
    told = save(manager, draft, with_cell(draft.document, "0")).json()
    assert told == {"revision": 2}
    assert faults_of(manager, draft) == []

    day = first_undecided_day() + timedelta(days=1)
    manager.post(
        f"/strategy/draft/{draft.pk}/submit/", {"effective_on": day.isoformat(), "reason": "why"}
    )
    manager.post(f"/strategy/draft/{draft.pk}/approve/", {})
    draft.refresh_from_db()
    assert draft.state == DraftState.SUBMITTED

    officer = sign_in(make_user(role="compliance_officer", username="officer"))
    officer.post(f"/strategy/draft/{draft.pk}/approve/", {"reason": "agreed"})
    draft.refresh_from_db()
    assert draft.state == DraftState.PUBLISHED
    assert published_strategy(day) == draft.version

    first = strategy_in_file("treatment")
    manager.post(f"/strategy/version/{first.pk}/back/", {"reason": "complaints"})
    assert published_strategy(first_undecided_day()) == first


def test_cadences_are_drafted_with_the_table_and_compared(sign_in: Any) -> None:
    client = sign_in(make_user(username="manager", role="strategy_manager"))
    draft = open_draft(client)
    address = f"/strategy/draft/{draft.pk}/"

    taken = client.post(f"{address}cadences/", {"revision": 1, "text": "", "take": "1"})
    assert taken.headers["Location"] == address
    page = client.get(address)
    text = page.context["cadence_form"]["text"].value()
    assert (page.context["page"].has_cadences, "day: 14" in text) == (True, True)
    wrong = text.replace("day: 14", "day: 140")
    refused = client.post(f"{address}cadences/", {"revision": 2, "text": wrong})
    assert (refused.status_code, "第 8 行, day: standard T+140" in refused.content.decode()) == (
        422,
        True,
    )
    stale = client.post(f"{address}cadences/", {"revision": 1, "text": text}, follow=True)
    assert "已被他人保存" in stale.content.decode()
    later = text.replace("day: 14", "day: 15")
    client.post(f"{address}cadences/", {"revision": 2, "text": later})

    shown = client.get(address).context["page"]
    assert {step.label for one in shown.cadences for step in one.steps} >= {"T+15", "T+21"}
    assert [(one.node, one.rule) for one in shown.changes.rows] == [("cadences", "standard")]
    client.post(f"{address}cadences/", {"revision": 3, "text": " "})
    draft.refresh_from_db()
    assert "cadences" not in draft.document
    reader = sign_in(make_user(username="auditor", role="auditor"))
    assert reader.post(f"{address}cadences/", {"revision": 4, "text": ""}).status_code == 403


def test_a_fault_is_told_with_its_cell(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    draft = open_draft(client)
    save(client, draft, with_cell(draft.document, "-"))
    (fault,) = faults_of(client, draft)
    assert fault["row"] == len(last_table(draft.document)["rules"]) - 1
    assert fault["column"] == "逾期天数 DPD"
    assert fault["reason"]


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("dpds", "zh-hans", "'dpds'：'dpds' 既不是已声明的事实，也不是前面的结果（文本要加引号）"),
        ("dpds", "en", "'dpds': 'dpds' is neither a declared fact nor an earlier output"),
        (
            "> band",
            "zh-hans",
            "'> band'：'>' 需要两个数字，或一个日期和一个日子：无论事实如何，引擎都会报错",
        ),
    ],
)
def test_a_fault_is_told_in_the_readers_language(
    sign_in: Any, text: str, language: str, reason: str
) -> None:
    client = sign_in(make_user(role="strategy_manager"), language=language)
    draft = open_draft(client)
    save(client, draft, with_cell(draft.document, text))
    (fault,) = faults_of(client, draft)
    assert fault["reason"].partition(" (texts")[0] == reason


def test_a_save_over_somebody_elses_is_a_conflict(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    draft = open_draft(client)
    assert save(client, draft, draft.document).status_code == 200
    assert save(client, draft, draft.document).status_code == 409


@pytest.mark.parametrize("body", ["", "[]", '{"revision": "x", "document": {}}', "[" * 100_000])
def test_what_is_no_draft_is_refused(sign_in: Any, body: str) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    draft = open_draft(client)
    path = f"/strategy/draft/{draft.pk}/save/"
    assert client.post(path, body, content_type="application/json").status_code == 400


def tried(client: Client, draft: Draft, **typed: str) -> str:
    answer = client.post(f"/strategy/draft/{draft.pk}/try/", typed)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_bench_says_why_and_what_the_draft_changes(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"), language="en")
    draft = open_draft(client)
    typed = {"fact-bucket": "2", "fact-dpd": "45", "fact-band": "C"}
    assert "<ins>" not in tried(client, draft, **typed)

    changed = json.loads(json.dumps(draft.document))
    table = last_table(changed)
    (rule,) = [rule for rule in table["rules"] if rule["_id"] == "mid-31"]
    (priority,) = [column["id"] for column in table["outputs"] if column["field"] == "priority"]
    rule[priority] = "99"
    save(client, draft, changed)
    page = tried(client, draft, **typed)
    assert "mid-31" in page
    assert "the loan has 45" in page
    assert page.count("<ins>") == 1
    assert "<ins>99</ins>" in page


@pytest.mark.parametrize("text", ["soon", "NaN", "1e"])
def test_a_fact_of_another_kind_is_named(sign_in: Any, text: str) -> None:
    client = sign_in(make_user(role="strategy_manager"), language="en")
    page = tried(client, open_draft(client), **{"fact-dpd": text})
    assert f"Days past due: “{text}” does not fit." in page


def test_a_loan_that_no_run_knows_is_said(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"), language="en")
    page = tried(client, open_draft(client), loan_no="X-1", fill="1")
    assert "No day run knows a loan X-1." in page


def test_a_graph_in_a_circle_is_a_fault_and_can_be_mended(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    draft = open_draft(client)
    circle = json.loads(json.dumps(draft.document))
    first, last = [n["id"] for n in circle["nodes"] if n["type"] == "decisionTableNode"]
    circle["edges"].append({"id": "back", "sourceId": last, "targetId": first, "type": "edge"})
    save(client, draft, circle)
    (fault,) = faults_of(client, draft)
    assert "阶段 stage" in fault["reason"]
    assert client.get(f"/strategy/draft/{draft.pk}/").status_code == 200
    day = first_undecided_day() + timedelta(days=1)
    steps = {"effective_on": day.isoformat(), "reason": "why"}
    client.post(f"/strategy/draft/{draft.pk}/submit/", steps)
    draft.refresh_from_db()
    assert draft.state == DraftState.OPEN
    assert tried(client, draft, **{"fact-dpd": "3"}).count('role="alert"') == 1

    save(client, draft, draft.base.document, revision=2)
    assert faults_of(client, draft) == []


def test_the_bench_never_asks_what_would_end_the_process(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    draft = open_draft(client)
    circle = json.loads(json.dumps(draft.document))
    (start,) = [node["id"] for node in circle["nodes"] if node["type"] == "inputNode"]
    lines = [{"id": "a", "key": "o", "value": "{a: x}"}, {"id": "b", "key": "o.a.b", "value": "x"}]
    content = {"expressions": lines}
    node = {"id": "n", "name": "sums", "type": "expressionNode", "content": content}
    circle["nodes"].append(node)
    circle["edges"].append({"id": "n", "sourceId": start, "targetId": "n", "type": "edge"})
    save(client, draft, circle)
    assert "可能把对象放进它自身" in tried(client, draft, **{"fact-dpd": "3"})

    code = node | {"type": "functionNode", "content": {"source": "export const handler = 1"}}
    circle["nodes"][-1] = code
    save(client, draft, circle, revision=2)
    assert "函数节点运行 JavaScript" in tried(client, draft, **{"fact-dpd": "3"})


@pytest.mark.slow
def test_ten_thousand_rules_are_saved_checked_and_read_in_pages(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    draft = open_draft(client)
    large = with_rules(10_000)
    assert save(client, draft, large).status_code == 200
    assert faults_of(client, draft) == []
    page = client.get(f"/strategy/draft/{draft.pk}/changes/").content.decode()
    assert page.count("<tr>") == 201

    client.post(f"/strategy/draft/{draft.pk}/discard/", {"reason": ""})
    page = client.get(f"/strategy/draft/{draft.pk}/?page=100").content.decode()
    assert "r10000<" in page
    assert "r9900<" not in page


def test_a_reader_may_not_write(sign_in: Any) -> None:
    draft = open_draft(sign_in(make_user(role="strategy_manager", username="manager")))
    officer = sign_in(make_user(role="compliance_officer", username="officer"))
    assert save(officer, draft, draft.document).status_code == 403
    assert officer.post("/strategy/new/", {"title": "x"}).status_code == 403
    collector = sign_in(make_user(role="collector", username="collector"))
    assert collector.get("/strategy/").status_code == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_a_draft_and_a_version_are_read(sign_in: Any, language: str) -> None:
    client = sign_in(make_user(role="strategy_manager"), language=language)
    draft = open_draft(client)
    save(client, draft, with_cell(draft.document, "0"))
    version = strategy_in_file("treatment")
    for path in (f"/strategy/draft/{draft.pk}/", f"/strategy/version/{version.pk}/", "/strategy/"):
        answer = client.get(path)
        assert answer.status_code == 200
        Document().feed(answer.content.decode())
    assert client.get(f"/strategy/version/{version.pk}/file/").json() == version.document


def test_what_the_files_say_is_taken_over_in_a_draft(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    version = published_strategy()
    page = client.get(f"/strategy/version/{version.pk}/").content.decode()
    assert ("data-no-cadences" in page, 'data-cadence="standard"' in page) == (True, True)

    begun = client.post(f"/strategy/version/{version.pk}/cadences/")
    draft = Draft.objects.get()
    assert begun.headers["Location"] == f"/strategy/draft/{draft.pk}/"
    assert (draft.base, draft.state) == (version, "open")
    house = load_cadences(Path(settings.CARREARS_HOME))
    assert cadences_of_document(draft.document) == house
    kept = keep_version("treatment", draft.document, draft.facts)
    page = client.get(f"/strategy/version/{kept.pk}/").content.decode()
    assert "data-no-cadences" not in page


def test_a_reader_begins_no_draft_of_cadences(sign_in: Any) -> None:
    version = published_strategy()
    client = sign_in(make_user(role="compliance_officer"))
    assert client.post(f"/strategy/version/{version.pk}/cadences/").status_code == 403
    assert "/cadences/" not in client.get(f"/strategy/version/{version.pk}/").content.decode()
