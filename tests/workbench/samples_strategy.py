"""Sample pages of strategies, made from the shipped one without a database."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.http import QueryDict

from carrears.strategy.difference import compare
from carrears.strategy.files import load_strategy
from carrears.strategy.jdm import parse_document
from carrears.workbench.cadence_forms import CadencesForm
from carrears.workbench.forms import ApproveForm, NewDraftForm, ReasonForm, SubmitDraftForm
from carrears.workbench.queries.strategy import change_row, node_view
from carrears.workbench.queries.strategy_bench import fact_fields
from carrears.workbench.queries.strategy_editor import editor_data
from carrears.workbench.view_models.case import Condition
from carrears.workbench.view_models.strategy import (
    Answer,
    Bench,
    Changes,
    DraftPage,
    DraftRow,
    HistoryRow,
    PublicationRow,
    StrategyPage,
    TriedStep,
    VersionPage,
)

FILE = Path(__file__).resolve().parents[2] / "strategies" / "treatment.jdm.json"
AT = datetime(2026, 6, 30, 9, 30, tzinfo=UTC)
VERSION = "3f" * 32


def last_table(document: dict[str, Any]) -> dict[str, Any]:
    """The content of the graph's last decision table."""
    tables = [node for node in document["nodes"] if node["type"] == "decisionTableNode"]
    content: dict[str, Any] = tables[-1]["content"]
    return content


def with_rules(count: int) -> dict[str, Any]:
    """The shipped graph with ``count`` rules in its last table."""
    document: dict[str, Any] = json.loads(json.dumps(load_strategy(FILE).source))
    table = last_table(document)
    rule = table["rules"][0]
    table["rules"] = [rule | {"_id": f"r{n}"} for n in range(1, count + 1)]
    return document


def own_words() -> set[str]:
    """What the shipped strategy calls its nodes and columns, in both languages at once."""
    nodes = [node_view(node, QueryDict()) for node in load_strategy(FILE).document.nodes]
    return {word for node in nodes for word in (node.title, *(head.title for head in node.heads))}


def _title(*, zh: bool) -> str:
    return "提前电话" if zh else "Call sooner"


def _history(*, zh: bool) -> tuple[HistoryRow, ...]:
    by, title = ("林晓", "提前电话") if zh else ("Lin Xiao", "Call sooner")
    kinds = ("published", "returned", "submitted", "edited", "opened")
    return tuple(
        HistoryRow(at=AT, kind=kind, by=by, reason="", title=title, draft_id=1) for kind in kinds
    )


def _publications(*, zh: bool) -> tuple[PublicationRow, ...]:
    by = "林晓" if zh else "Lin Xiao"
    return tuple(
        PublicationRow(
            version_id=1,
            version=VERSION[:12],
            kind=kind,
            effective_on=None if kind == "file" else AT.date(),
            proposed_by=by,
            approved_by=by,
            reason="",
            is_in_force=kind == "approved",
        )
        for kind in ("approved", "rolled_back", "file")
    )


def strategy_page(*, zh: bool) -> StrategyPage:
    states = ("open", "submitted", "published", "discarded")
    return StrategyPage(
        name="treatment",
        in_file=False,
        current_id=1,
        current=VERSION[:12],
        publications=_publications(zh=zh),
        drafts=tuple(
            DraftRow(
                pk=1,
                title=_title(zh=zh),
                state=state,
                author="lin",
                changed_at=AT,
                effective_on=None,
            )
            for state in states
        ),
        history=_history(zh=zh),
    )


def version_page(*, zh: bool) -> VersionPage:
    file = load_strategy(FILE)
    return VersionPage(
        pk=1,
        name="treatment",
        version=VERSION,
        kept_at=AT,
        publications=_publications(zh=zh),
        nodes=tuple(node_view(node, QueryDict()) for node in file.document.nodes),
        others=((2, VERSION[::-1][:12]),),
        against_id=2,
        changes=Changes(against=VERSION[::-1][:12]),
        may_roll_back=True,
    )


def draft_page(document: dict[str, Any], *, zh: bool) -> DraftPage:
    found = compare(load_strategy(FILE).document, parse_document(document))[:20]
    return DraftPage(
        pk=1,
        name="treatment",
        title=_title(zh=zh),
        state="open",
        revision=3,
        author="lin",
        submitted_by="",
        effective_on=None,
        reason="",
        nodes=(),
        changes=Changes(against=VERSION[:12], rows=tuple(map(change_row, found)), hidden=3),
        history=_history(zh=zh),
        may_edit=True,
        may_submit=True,
        may_approve=True,
        may_return=True,
        earliest=date(2026, 7, 1),
    )


def bench() -> Bench:
    """A loan that was tried, with an answer that changed."""
    reason = Condition(title="DPD", wanted="≥ 31", actual="45")
    step = TriedStep(
        node="treatment", rule="mid-31", description="", reasons=(reason,), results=(("x", "1"),)
    )
    return Bench(
        fields=fact_fields(load_strategy(FILE).facts, {"dpd": "45"}),
        loan_no="CL2018000000",
        is_tried=True,
        steps=(step,),
        answers=(Answer(name="priority", before="50", after="60", is_changed=True),),
    )


def draft_context(*, zh: bool, rules: int = 0) -> dict[str, Any]:
    """A draft in the editor; ``rules`` is how many its last table has, 0 for the shipped ones."""
    document = with_rules(rules) if rules else load_strategy(FILE).source
    page = draft_page(document, zh=zh)
    return {
        "page": page,
        "submit": SubmitDraftForm(initial={"effective_on": page.earliest}, auto_id="submit-%s"),
        "approve": ApproveForm(auto_id="approve-%s"),
        "give_back": ReasonForm(auto_id="return-%s"),
        "editor": editor_data(document, load_strategy(FILE).facts),
        "cadence_form": CadencesForm(initial={"revision": page.revision, "text": ""}),
        "bench": bench(),
        "draft_pk": 1,
        "sees_loans": True,
        "section": "strategy",
    }


def strategy_context(*, zh: bool) -> dict[str, Any]:
    return {"page": strategy_page(zh=zh), "form": NewDraftForm(), "section": "strategy"}


def version_context(*, zh: bool) -> dict[str, Any]:
    return {"page": version_page(zh=zh), "form": ReasonForm(), "section": "strategy"}
