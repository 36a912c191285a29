"""Sample pages of strategies, made from the shipped one without a database."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from carrears.strategy.difference import compare
from carrears.strategy.files import load_strategy
from carrears.strategy.jdm import parse_document
from carrears.workbench.forms import ApproveForm, NewDraftForm, ReasonForm, SubmitDraftForm
from carrears.workbench.queries.strategy import change_row, editor_data, fact_fields, node_view
from carrears.workbench.view_models.strategy import (
    DraftPage,
    DraftRow,
    Fault,
    HistoryRow,
    PublicationRow,
    StrategyPage,
    Tried,
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
    nodes = map(node_view, load_strategy(FILE).document.nodes)
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
        nodes=tuple(map(node_view, file.document.nodes)),
        against="",
        changes=(),
        may_roll_back=True,
    )


def draft_page(document: dict[str, Any], *, zh: bool) -> DraftPage:
    file = load_strategy(FILE)
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
        faults=(Fault(node="treatment", row=2, column="dpd", reason="…"),),
        changes=tuple(map(change_row, compare(file.document, parse_document(document)))),
        against=VERSION[:12],
        history=_history(zh=zh),
        facts=fact_fields(file.facts, {"dpd": "45"}),
        may_edit=True,
        may_submit=True,
        may_approve=True,
        may_return=True,
        earliest=date(2026, 7, 1),
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
        "editor": editor_data(document, page),
        "facts": page.facts,
        "tried": Tried(rules=(("treatment", "mid-31", ""),), outputs=(("treatment", "call"),)),
        "page_pk": 1,
        "section": "strategy",
    }


def strategy_context(*, zh: bool) -> dict[str, Any]:
    return {"page": strategy_page(zh=zh), "form": NewDraftForm(), "section": "strategy"}


def version_context(*, zh: bool) -> dict[str, Any]:
    return {"page": version_page(zh=zh), "form": ReasonForm(), "section": "strategy"}
