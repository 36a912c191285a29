"""The conditions of a rule and the facts of a loan, in the reader's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from carrears.strategy.explaining import in_signs
from carrears.strategy.facts import Fact
from carrears.workbench.labels import label_of
from carrears.workbench.queries.language import chosen


def fact_title(fact: Fact) -> str:
    """A fact's title up to the comma behind which it is explained."""
    text = chosen(fact.title_zh, fact.title).partition(",")[0]
    return text[:1].upper() + text[1:]


def derived_title(field: str, label: str) -> str:
    """The title of what an earlier table wrote."""
    return gettext("Stage") if field == "stage" else label


def cell_in_words(wanted: str) -> str:
    """A cell of the table without the marks of its language."""
    words = {"true": gettext("yes"), "false": gettext("no")}
    if wanted in words:
        return words[wanted]
    return in_signs(wanted)


def value_in_words(field: str, value: Any) -> str:
    """What a loan has there."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if field == "stage":
        return str(label_of(value, "stage").text)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return str(value)
