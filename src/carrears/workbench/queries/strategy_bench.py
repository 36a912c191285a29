"""The test bench: one loan, typed in or out of the book, by a draft and by what is in force."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext

from carrears.dayrun.decided import first_undecided_day
from carrears.dayrun.loan_facts import facts_of_loan
from carrears.strategy.errors import DocumentError, StrategyError
from carrears.strategy.explaining import Step, explain
from carrears.strategy.facts import Fact, Facts, Kind, declared_facts
from carrears.strategy.jdm import parse_document
from carrears.strategy.models import Draft
from carrears.strategy.reasons import in_other_words
from carrears.strategy.services import strategy_document, strategy_in_force
from carrears.strategy.single import decide_one
from carrears.workbench.labels import LABELS, label_of
from carrears.workbench.queries.catalogue import titled
from carrears.workbench.queries.conditions import (
    cell_in_words,
    derived_title,
    fact_title,
    value_in_words,
)
from carrears.workbench.queries.language import side_of
from carrears.workbench.view_models.case import Condition
from carrears.workbench.view_models.strategy import Answer, Bench, FactField, TriedStep

_PREFIX = "fact-"  # of the fields, so that no fact is called as another field is
_LABELLED = {"stage", "channel", "tone"}


class BenchError(ValueError):
    """What was typed in cannot be tried; the message is for the reader."""


def empty_bench(draft: Draft) -> Bench:
    """The bench before anything was tried."""
    return Bench(fields=fact_fields(declared_facts(draft.facts), {}))


def try_typed(draft: Draft, typed: Mapping[str, str]) -> Bench:
    """Decide the loan whose facts are in the fields; an empty field is a missing fact."""
    declared = declared_facts(draft.facts)
    texts = {name: typed.get(_PREFIX + name, "") for name in declared}
    loan_no = typed.get("loan_no", "").strip()
    try:
        values = {name: _value(declared[name], text) for name, text in texts.items()}
    except BenchError as error:
        return Bench(fields=fact_fields(declared, texts), loan_no=loan_no, error=str(error))
    return _decided(draft, declared, values, loan_no=loan_no)


def try_loan(draft: Draft, loan_no: str) -> Bench:
    """Decide a loan of the book on what the last day run, or since then its case, knew of it."""
    declared = declared_facts(draft.facts)
    known = facts_of_loan(loan_no, declared)
    if known is None:
        error = gettext("No day run knows a loan %(loan)s.") % {"loan": loan_no}
        return Bench(fields=fact_fields(declared, {}), loan_no=loan_no, error=error)
    return _decided(draft, declared, dict.fromkeys(declared) | known, loan_no=loan_no)


def fact_fields(declared: Facts, texts: Mapping[str, str]) -> tuple[FactField, ...]:
    """What the bench asks for."""
    return tuple(
        FactField(
            name=_PREFIX + name,
            title=fact_title(fact) or name,
            kind=fact.kind.value,
            value=texts.get(name, ""),
        )
        for name, fact in declared.items()
    )


def _decided(draft: Draft, declared: Facts, values: Mapping[str, Any], *, loan_no: str) -> Bench:
    fields = fact_fields(declared, {name: _text(value) for name, value in values.items()})
    try:
        document = parse_document(draft.document)
        decision = decide_one(document, values)
    except DocumentError as fault:
        said = {"fault": in_other_words(fault, gettext)}
        error = gettext("The draft is no decision graph yet: %(fault)s") % said
        return Bench(fields=fields, loan_no=loan_no, error=error)
    except StrategyError as fault:
        return Bench(fields=fields, loan_no=loan_no, error=in_other_words(fault, gettext))
    steps = tuple(_step(step, declared) for step in explain(document, decision.trace))
    now = _in_force(draft.name, values)
    answers = tuple(
        _answer(name, now.get(name), decision.outputs.get(name))
        for name in dict.fromkeys((*decision.outputs, *now))
    )
    return Bench(fields=fields, loan_no=loan_no, is_tried=True, steps=steps, answers=answers)


def _in_force(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is decided today on the same facts."""
    document, declared = strategy_document(strategy_in_force(name, on=first_undecided_day()))
    known: dict[str, Any] = dict.fromkeys(declared)
    return decide_one(document, known | {k: v for k, v in values.items() if k in known}).outputs


def _step(step: Step, declared: Facts) -> TriedStep:
    reasons = [
        Condition(
            title=_titled(one.field, one.title, declared),
            wanted=cell_in_words(one.wanted),
            actual=value_in_words(one.field, one.actual) if one.field else "",
        )
        for one in step.reasons
    ]
    return TriedStep(
        node=step.node,
        rule=step.rule,
        description=side_of(step.description),
        reasons=tuple(reasons),
        results=tuple((name, value_in_words(name, value)) for name, value in step.results),
    )


def _titled(field: str, label: str, declared: Facts) -> str:
    return fact_title(declared[field]) if field in declared else derived_title(field, label)


def _answer(name: str, before: Any, after: Any) -> Answer:
    return Answer(
        name=str(label_of(name, "strategy_output").text),
        before=_answer_text(name, before),
        after=_answer_text(name, after),
        is_changed=before != after,
    )


def _answer_text(name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if name == "treatment":
        return titled(str(value), "treatment").title
    if name == "step":
        return titled(str(value), "step").title
    if name in _LABELLED and str(value) in LABELS[name]:
        return str(label_of(str(value), name).text)
    return value_in_words(name, value)


def _value(fact: Fact, text: str) -> Any:
    """The fact that a field says.

    Raises:
        BenchError: it is of another kind.
    """
    text = text.strip()
    if not text:
        return None
    try:
        if fact.kind is Kind.NUMBER:
            return _number(text)
        if fact.kind in {Kind.DATE, Kind.DAY}:
            return date.fromisoformat(text)
        if fact.kind in {Kind.LIST, Kind.OBJECT}:
            return json.loads(text, parse_float=Decimal)
    except (InvalidOperation, ValueError) as error:
        said = {"title": fact_title(fact), "text": text}
        raise BenchError(gettext("%(title)s: “%(text)s” does not fit.") % said) from error
    return text == "true" if fact.kind is Kind.BOOLEAN else text


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise InvalidOperation(text)
    return number


def _text(value: Any) -> str:
    """A fact as its field holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat() if isinstance(value, date) else str(value)
