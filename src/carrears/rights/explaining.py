"""A decision of a program in plain words, from the trace that was kept with it.

What was decided and when, by which version, which rows of its tables fired on which facts, and what
the person may do now. Facts about somebody else are left out: who is not the obligor himself is not
told of the obligor's other loans, his language or his hardship.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from carrears.money import to_major
from carrears.parties.models import LoanParty, Role
from carrears.rights.document import FONTS, LENDER
from carrears.rights.models import ContestedDecision, Outcome, RequestState, RightsRequest
from carrears.rights.requests import open_text
from carrears.risk.scorecard import load_scorecard
from carrears.strategy.catalogue import catalogue
from carrears.strategy.errors import StrategyError
from carrears.strategy.explaining import Reason, explain, in_signs
from carrears.strategy.facts import Fact, Kind
from carrears.strategy.jdm import Document
from carrears.strategy.models import Publication, PublicationKind
from carrears.strategy.services import strategy_document
from carrears.strategy.single import Decision, decide_one
from carrears.yamls import load_yaml

_FOLDER = Path(__file__).parent
LANGUAGES = ("zh", "en")
REFUSED = "refused"  # what came of an appeal that nobody judged, beside ``Outcome``
# Facts about the obligor himself and not about this loan.
_OF_OBLIGOR = frozenset(
    {
        "debtor_loans_behind", "debtor_arrears", "debtor_worst_dpd", "language", "hardship",
        "band", "on_hold", "disputed",
    }
)  # fmt: skip
# How a version came into force by two people; a file and a rollback are of one.
_BY_TWO = frozenset({PublicationKind.APPROVED, PublicationKind.ADOPTED})


@dataclass(frozen=True, slots=True)
class Said:
    """Something in both languages."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """The text in ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Told:
    """A fact or a condition: what it is called, what the loan had, what a rule wanted of it."""

    title: Said
    value: Said
    wanted: Said | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table that fired, with the conditions that held."""

    rule: str
    about: Said
    conditions: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole. ``rows`` are empty where the kept facts lead elsewhere: nothing is invented."""

    person: str
    loan_no: str
    made_at: str
    decided_on: str
    treatment: Said
    note: Said
    strategy: str
    version: str
    in_force_since: str
    by_two: bool
    rows: tuple[Row, ...]
    facts: tuple[Told, ...]
    reasons: tuple[Said, ...]
    left_out: bool
    outcome: str
    treatment_after: Said | None
    until_on: str
    reason: str
    refusal: Said | None = None

    def as_json(self) -> str:
        """One JSON object with both languages."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def explain_decision(request: RightsRequest, *, at: datetime) -> Explanation:
    """Explain what a request contests, to the person who made it."""
    one: ContestedDecision = request.contested
    document, declared = strategy_document(one.strategy)
    own = _is_obligor(request)
    known = _facts_of(one.decision, declared)
    published = Publication.objects.filter(
        version=one.strategy, effective_on__lte=one.decided_on
    ).first()
    return Explanation(
        person=str(request.party_id),
        loan_no=request.loan_no,
        made_at=at.isoformat(),
        decided_on=one.decided_on.isoformat(),
        treatment=_treatment(one.treatment),
        note=_note(one.treatment),
        strategy=one.strategy.name,
        version=one.strategy.version,
        in_force_since=published.effective_on.isoformat() if published else "",
        by_two=published is not None and published.kind in _BY_TWO,
        rows=tuple(_rows(document, declared, known, one, own=own)),
        facts=tuple(
            Told(_title(fact), _value(known.get(name), fact, one.currency))
            for name, fact in declared.items()
            if own or name not in _OF_OBLIGOR
        ),
        reasons=tuple(_reasons(one.reasons)) if own else (),
        left_out=not own,
        outcome=one.outcome or (REFUSED if request.state == RequestState.REFUSED else ""),
        treatment_after=_treatment(one.treatment_after) if one.treatment_after else None,
        until_on=one.until_on.isoformat() if one.until_on else "",
        refusal=_refused(request.refusal) if request.refusal else None,
        reason=_reason_given(request),
    )


def _reason_given(request: RightsRequest) -> str:
    """The reviewer's words to the person; nothing once he was erased."""
    judged = ("uphold", "change", "exclude", "refuse")
    step = request.steps.filter(kind__in=judged).last()
    return (open_text(request.party, step.text_sealed) if step else None) or ""


def _is_obligor(request: RightsRequest) -> bool:
    links = LoanParty.objects.filter(loan_no=request.loan_no, party=request.party)
    return links.filter(role=Role.OBLIGOR).exists()


def _facts_of(decision: Mapping[str, Any], declared: Mapping[str, Fact]) -> dict[str, Any]:
    kept = decision.get("facts") or {}
    return {name: _exact(kept.get(name), fact) for name, fact in declared.items()}


def _exact(value: Any, fact: Fact) -> Any:
    """A kept fact as it was: decimals are kept as texts."""
    return Decimal(value) if fact.kind is Kind.NUMBER and isinstance(value, str) else value


def _rows(
    document: Document,
    declared: Mapping[str, Fact],
    known: Mapping[str, Any],
    one: ContestedDecision,
    *,
    own: bool,
) -> Iterator[Row]:
    """The engine's own way on the kept facts; none where it does not come to the same rules."""
    decision = _decided(document, known)
    if decision is None or decision.rule_id != (one.decision.get("rule_id") or ""):
        return
    for step in explain(document, decision.trace):
        if step.rule:
            conditions = tuple(
                _condition(reason, declared, one.currency)
                for reason in step.reasons
                if own or reason.field not in _OF_OBLIGOR
            )
            yield Row(step.rule, _sides(step.description), conditions)


def _decided(document: Document, known: Mapping[str, Any]) -> Decision | None:
    try:
        return decide_one(document, known)
    except StrategyError:
        return None


def _condition(reason: Reason, declared: Mapping[str, Fact], currency: str) -> Told:
    fact = declared.get(reason.field)
    wanted = in_signs(reason.wanted)
    if fact is None:  # what an earlier table wrote
        title = _word("stage") if reason.field == "stage" else Said(reason.title, reason.title)
        return Told(title, _named(reason.actual), _named(wanted))
    return Told(_title(fact), _value(reason.actual, fact, currency), _named(wanted))


def _title(fact: Fact) -> Said:
    """What a fact is called, up to where it is explained."""
    zh = (fact.title_zh or fact.title).partition("（")[0]
    en = (fact.title or fact.title_zh).partition(",")[0]
    return Said(zh, en[:1].upper() + en[1:])


def _value(value: Any, fact: Fact, currency: str) -> Said:
    if value is None:
        return _word("unknown")
    if "minor units" in fact.title and isinstance(value, int):
        text = f"{to_major(value, currency):,} {currency}"
        return Said(text, text)
    if isinstance(value, Decimal):
        text = f"{value.normalize():f}" if value else "0"
        return Said(text, text)
    return _named(value)


def _named(value: Any) -> Said:
    """A value in words where there are some for it."""
    if isinstance(value, bool):
        return _word("yes" if value else "no")
    text = str(value)
    known = {"true": "yes", "false": "no"}.get(text, text)
    return _word(known) if known in words() else Said(text, text)


def _sides(description: str) -> Said:
    """``中文｜English``, as authors of tables write both."""
    zh, bar, en = description.partition("｜")
    return Said(zh.strip(), en.strip()) if bar else Said(description, description)


def _treatment(code: str) -> Said:
    known = catalogue("treatment").get(code)
    return Said(known.zh, known.en) if known else Said(code, code)


def _note(code: str) -> Said:
    known = catalogue("treatment").get(code)
    return Said(known.note_zh, known.note_en) if known else Said("", "")


def _refused(code: str) -> Said:
    return _word(f"refused_{code}")


def _reasons(codes: list[str]) -> Iterator[Said]:
    """What took most points of the score; a reason of a card that is gone is left out."""
    texts = {one.code: one.reason for one in load_scorecard().outcomes()}
    for code in codes:
        if code in texts:
            yield Said(texts[code]["zh-CN"], texts[code]["en"])


@functools.cache
def words() -> Mapping[str, Mapping[str, str]]:
    """The words of explanation.yaml."""
    text = (_FOLDER / "explanation.yaml").read_text(encoding="utf-8")
    told: Mapping[str, Mapping[str, str]] = load_yaml(text)
    return told


def _word(name: str) -> Said:
    one = words()[name]
    return Said(one["zh"], one["en"])


def write_explanation(told: Explanation, *, language: str) -> bytes:
    """The explanation as PDF in ``zh`` or ``en``; the same bytes for the same explanation."""
    pdf: bytes = typst.compile(
        str(_FOLDER / "explanation.typ"),
        root=str(_FOLDER),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_shown(told, language))},
        timestamp=int(datetime.fromisoformat(told.made_at).timestamp()),
    )
    return pdf


def _shown(told: Explanation, language: str) -> dict[str, Any]:
    titles = {name: one[language] for name, one in words().items()}
    pairs = [
        ("lender", settings.LENDER_NAME[LENDER[language]]),
        ("person", told.person),
        ("loan_no", told.loan_no),
        ("decided_on", told.decided_on),
        ("treatment", told.treatment.of(language)),
        ("note", told.note.of(language)),
        ("version", f"{told.strategy} {told.version[:12]}"),
        ("in_force_since", told.in_force_since),
        ("made_at", told.made_at[:16].replace("T", " ")),
    ]
    return {
        "lang": language,
        "region": {"zh": "cn", "en": "us"}[language],
        "words": titles,
        "approved": told.by_two,
        "head": [[titles[name], value] for name, value in pairs if value],
        "rows": [_row(row, language) for row in told.rows],
        "facts": [[one.title.of(language), one.value.of(language)] for one in told.facts],
        "reasons": [one.of(language) for one in told.reasons],
        "left_out": told.left_out,
        "outcome": _came_of_it(told, language),
        "reason": told.reason,
    }


def _row(row: Row, language: str) -> dict[str, Any]:
    wanted = words()["wanted"][language]
    return {
        "rule": row.rule,
        "about": row.about.of(language),
        "conditions": [
            [
                one.title.of(language),
                one.value.of(language),
                f"{wanted} {one.wanted.of(language)}" if one.wanted else "",
            ]
            for one in row.conditions
        ],
    }


def _came_of_it(told: Explanation, language: str) -> str:
    if not told.outcome:
        return ""
    text = words()[told.outcome][language]
    if told.outcome == Outcome.CHANGED and told.treatment_after is not None:
        return text.format(treatment=told.treatment_after.of(language), until_on=told.until_on)
    if told.refusal is not None:
        return text.format(refusal=told.refusal.of(language))
    return text
