"""The rule packs by jurisdiction, and one rule with its sources, values and cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final, get_args

from django.conf import settings
from django.http import Http404, QueryDict

from carrears.clock import local_day, now
from carrears.conduct.pack import (
    PHASES,
    Citation,
    DatedValue,
    Pack,
    PackError,
    Parameter,
    Rule,
    Words,
)
from carrears.conduct.packs import Packs
from carrears.conduct.validity import overdue_values
from carrears.conduct.vocabulary import Strength, TextStatus
from carrears.workbench.labels import label_of
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.language import chosen, is_english, side_of_note
from carrears.workbench.queries.rule_cases import cases_of, ground_of, word
from carrears.workbench.view_models.rules import (
    Cited,
    NotJudged,
    PackShown,
    ParameterShown,
    RulePage,
    RuleRow,
    RulesPage,
    ValueShown,
)

# What a reason is filled with where it is given.
_FILLED: Final = re.compile(r"\{\w+\}")
_FILTERS: Final = ("strength", "phase", "status")


def rules_page(params: QueryDict) -> RulesPage:
    """The packs that were asked for, each with the rules that fit."""
    packs, wanted = Packs(), params.get("pack", "").upper()
    text = params.get("q", "").strip().replace("\0", "")
    asked = {name: params.get(name, "") for name in _FILTERS}
    overdue_only = params.get("overdue") == "1"
    names = packs.jurisdictions
    shown = tuple(
        _pack(packs, name, text=text.casefold(), asked=asked, overdue_only=overdue_only)
        for name in names
        if wanted not in names or name == wanted
    )
    return RulesPage(
        packs=shown,
        jurisdictions=options_of(((n, jurisdiction_title(n)) for n in names), wanted),
        strengths=options_of(_labels("strength", get_args(Strength)), asked["strength"]),
        phases=options_of(_labels("phase", PHASES), asked["phase"]),
        statuses=options_of(_labels("text_status", get_args(TextStatus)), asked["status"]),
        text=text,
        overdue_only=overdue_only,
        active=bool(text or wanted in names or overdue_only or any(asked.values())),
        total=sum(len(one.rows) for one in shown),
    )


def jurisdiction_title(name: str) -> str:
    """Whose law a pack is."""
    return str(label_of(name.lower(), "jurisdiction").text)


def rule_page(pack_name: str, rule_id: str) -> RulePage:
    """One rule.

    Raises:
        Http404: there is no such pack or rule, or the pack cannot be read.
    """
    try:
        pack = Packs().of(pack_name.upper())
    except PackError as error:
        raise Http404 from error
    rule = next((one for one in pack.rules if one.id == rule_id), None)
    if rule is None:
        raise Http404
    overdue, cases = _overdue(pack), cases_of(pack, rule)
    explanation = rule.explanation
    return RulePage(
        pack=pack.name,
        pack_title=_said(pack.title),
        pack_version=pack.version,
        rule_id=rule.id,
        title=_said(rule.title),
        explanation=_said(explanation),
        other_explanation=explanation.zh if is_english() else explanation.en,
        strength=rule.strength,
        text_status=rule.text_status,
        phase=rule.phase,
        reaches=rule.reaches,
        only_collectors=rule.binds == "debt_collectors",
        states=rule.states,
        starts_on=rule.in_force.start,
        ends_on=rule.in_force.until,
        draft=rule.draft,
        citations=tuple(_cited(pack, one) for one in rule.citations),
        parameters=tuple(
            _parameter(pack, name, path, overdue) for name, path in rule.parameters.items()
        ),
        reasons=tuple((code, _FILLED.sub("…", _said(said))) for code, said in rule.reasons.items()),
        ground=ground_of(pack),
        cases=cases,
        wrong=sum(bool(one.mistakes) for one in cases),
    )


def _pack(
    packs: Packs, name: str, *, text: str, asked: dict[str, str], overdue_only: bool
) -> PackShown:
    try:
        pack = packs.of(name)
    except PackError as error:
        return PackShown(name=name.lower(), title=jurisdiction_title(name), problem=str(error))
    overdue = _overdue(pack)
    rows = (_row(pack, rule, overdue) for rule in pack.rules if _fits(pack, rule, text, asked))
    return PackShown(
        name=pack.name,
        title=_said(pack.title),
        version=pack.version,
        covers_from=pack.covers_from,
        rules=len(pack.rules),
        overdue=len(overdue),
        rows=tuple(row for row in rows if row.overdue or not overdue_only),
        not_judged=tuple(NotJudged(key, _said(why)) for key, why in pack.not_judged.items()),
    )


def _fits(pack: Pack, rule: Rule, text: str, asked: dict[str, str]) -> bool:
    has = {"strength": rule.strength, "phase": rule.phase, "status": rule.text_status}
    if any(wanted and has[name] != wanted for name, wanted in asked.items()):
        return False
    said = (rule.title, rule.explanation)
    texts = [rule.id, pack.citations[rule.id], *(t for one in said for t in (one.zh, one.en))]
    return text in "\n".join(texts).casefold()


def _row(pack: Pack, rule: Rule, overdue: frozenset[str]) -> RuleRow:
    return RuleRow(
        pack=pack.name,
        rule_id=rule.id,
        title=_said(rule.title),
        strength=rule.strength,
        text_status=rule.text_status,
        phase=rule.phase,
        citation=pack.citations[rule.id],
        starts_on=rule.in_force.start,
        ends_on=rule.in_force.until,
        draft=rule.draft,
        overdue=len(overdue & set(rule.parameters.values())),
    )


def _today() -> date:
    return local_day(now(), settings.TIME_ZONE)


def _overdue(pack: Pack) -> frozenset[str]:
    return frozenset(one.parameter for one in overdue_values(pack, _today()))


def _parameter(pack: Pack, name: str, path: str, overdue: frozenset[str]) -> ParameterShown:
    parameter = pack.parameters[path]
    current = max((day for day in parameter.values if day <= _today()), default=None)
    return ParameterShown(
        name=name,
        path=path,
        description=_said(parameter.description),
        unit=parameter.unit,
        values=tuple(
            _value(pack, parameter, start, dated, current=start == current, overdue=path in overdue)
            for start, dated in sorted(parameter.values.items(), reverse=True)
        ),
    )


def _value(
    pack: Pack,
    parameter: Parameter,
    start: date,
    dated: DatedValue,
    *,
    current: bool,
    overdue: bool,
) -> ValueShown:
    is_list = parameter.unit == "names"
    return ValueShown(
        starts_on=start,
        text="" if is_list else _written(dated.value),
        words=tuple(map(word, dated.value)) if is_list else (),
        cited=_cited(pack, dated.citation),
        text_status=dated.text_status,
        still_valid_on=dated.still_valid_on,
        in_force=current,
        overdue=current and overdue,
    )


def _written(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    days = ", ".join(map(str, value.get("days", ())))
    return f"{value['from']}–{value['to']}" + (f" ({days})" if days else "")


def _cited(pack: Pack, citation: Citation) -> Cited:
    source = pack.sources[citation.source]
    return Cited(
        title=source.title,
        clause=citation.clause,
        issuer=source.issuer,
        in_force=source.in_force,
        url=source.url or "",
        note=side_of_note(citation.note or ""),
        source_note=side_of_note(source.note or ""),
    )


def _said(words: Words) -> str:
    return chosen(words.zh, words.en)


def _labels(group: str, codes: Iterable[str]) -> Iterator[tuple[str, str]]:
    yield from ((code, str(label_of(code, group).text)) for code in codes)
