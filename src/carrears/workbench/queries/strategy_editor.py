"""What the editor of a draft begins with, and what it is told of faults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from carrears.outreach.template_book import words_of_house
from carrears.strategy.catalogue import catalogue
from carrears.strategy.errors import PlacedError, StrategyError
from carrears.strategy.facts import Facts
from carrears.strategy.faults import find_faults
from carrears.strategy.reasons import in_other_words
from carrears.workbench.queries.conditions import fact_title
from carrears.workbench.view_models.strategy import Fault


def editor_data(document: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """What the editor begins with, its words in the reader's language among it."""
    known = [{"name": name, "title": fact_title(fact) or name} for name, fact in facts.items()]
    return {"document": document, "facts": known, "words": _words()}


def _words() -> dict[str, str]:
    return {
        "addRule": gettext("Add a rule"),
        "addInput": gettext("Add a condition column"),
        "addOutput": gettext("Add a result column"),
        "removeColumn": gettext("Remove the column"),
        "removeRule": gettext("Remove the rule"),
        "copyRule": gettext("Copy the rule"),
        "up": gettext("Move up"),
        "down": gettext("Move down"),
        "undo": gettext("Undo"),
        "redo": gettext("Redo"),
        "rule": gettext("Rule"),
        "before": gettext("Rules before"),
        "after": gettext("Rules after"),
        "goTo": gettext("Go to rule"),
        "window": gettext("Rules {first}–{last} of {rows}"),
        "about": gettext("In words (中文｜English)"),
        "title": gettext("Title"),
        "field": gettext("Field"),
        "saving": gettext("Saving …"),
        "saved": gettext("Saved"),
        "unsaved": gettext("Not saved yet"),
        "failed": gettext("Not saved; it is tried again with the next change."),
        "stale": gettext("Somebody else saved this draft; load it again."),
        "checking": gettext("It is being checked whether it can decide a whole book."),
        "unchecked": gettext("It could not be checked; it is tried again with the next change."),
        "ready": gettext("It can decide a whole book."),
        "faults": gettext("It cannot decide yet:"),
        "addLine": gettext("Add a line"),
        "removeLine": gettext("Remove the line"),
        "condition": gettext("Condition"),
        "value": gettext("Value"),
        "hitPolicy": gettext("Which rules count"),
        "first": gettext("the first that fits"),
        "collect": gettext("all that fit"),
        "readOnly": gettext("This node can only be read here."),
        "graph": gettext("The graph"),
    }


def faults_of(document: Mapping[str, Any], facts: Facts) -> tuple[Fault, ...]:
    """What keeps a draft from deciding."""
    found = find_faults(document, facts, offers=catalogue("offer"), house=words_of_house())
    return tuple(_fault(one) for one in found)


def _fault(error: StrategyError) -> Fault:
    if isinstance(error, PlacedError):
        place, reason = error.place, in_other_words(error.reason, gettext)
        return Fault(node=place.node, row=place.row, column=place.column, reason=reason)
    return Fault(node="", row=None, column="", reason=in_other_words(error, gettext))
