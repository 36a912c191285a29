"""Loans that are watched before they fall behind: the list, and why a loan is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext, gettext_lazy

from carrears.access.models import User
from carrears.casework.models import Case, PlannedAction
from carrears.database.prepared import Blank, prepared
from carrears.money import Money
from carrears.parties.blind import Kind
from carrears.parties.masking import mask
from carrears.parties.models import LoanParty
from carrears.parties.queries import names_of
from carrears.strategy.facts import Fact
from carrears.strategy.services import strategy_document
from carrears.warning.card import load_card
from carrears.warning.catalogue import Words, load_catalogue
from carrears.warning.models import Level, WatchedLoan
from carrears.warning.queries import visible_watched, warned_now
from carrears.warning.reminders import read_offsets
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.score import reasons_of, title_of
from carrears.workbench.queries.treatment import fired_rules, step_of
from carrears.workbench.view_models.case import LevelStep, Score, Warned
from carrears.workbench.view_models.common import Option, Sensitive
from carrears.workbench.view_models.warning import (
    WarningPage,
    WatchedFilters,
    WatchedPage,
    WatchedRow,
)

_SORTS = {
    "score": (gettext_lazy("Most at risk"), ("score", "loan_no")),
    "due": (gettext_lazy("Next due date"), ("next_due_on", "score", "loan_no")),
    "since": (gettext_lazy("Newest"), ("-since_on", "score", "loan_no")),
}
_LEVELS = (Level.HIGH, Level.WARN, Level.WATCH)
_LINES = 12


@dataclass(frozen=True, slots=True)
class WatchedQuery:
    """What the reader asked for; anything that makes no sense is left out."""

    text: str
    levels: frozenset[str]
    reason: str
    sort: str


def parse_watched(params: QueryDict) -> WatchedQuery:
    """The query of an address."""
    sort = params.get("sort", "")
    return WatchedQuery(
        text=params.get("q", "").strip().replace("\0", ""),
        levels=frozenset(params.getlist("level")) & {level.value for level in _LEVELS},
        reason=params.get("reason", "").replace("\0", ""),
        sort=sort if sort in _SORTS else "score",
    )


def watched_page(user: User, params: QueryDict) -> WatchedPage:
    """The loans warned of that ``user`` may see, narrowed and in order."""
    query = parse_watched(params)
    mine = warned_now(visible_watched(user))
    found = mine.filter(loan_no__startswith=query.text) if query.text else mine
    by_reason = found.filter(reason=query.reason) if query.reason else found
    levels = Counter(dict(_counted(by_reason, "level")))
    kept = by_reason.filter(level__in=query.levels) if query.levels else by_reason
    total = sum(n for level, n in levels.items() if not query.levels or level in query.levels)
    pager = make_pager(params, total=total)
    rows = list(kept.order_by(*_SORTS[query.sort][1])[rows_of(pager)])
    names = _names(row.loan_no for row in rows)
    return WatchedPage(
        filters=WatchedFilters(
            text=query.text,
            levels=tuple(
                Option(one, level_title(one), one in query.levels, levels[one]) for one in _LEVELS
            ),
            reasons=_reasons(mine, query.reason),
            sorts=tuple(Option(k, str(t), k == query.sort) for k, (t, _) in _SORTS.items()),
            active=bool(query.text or query.levels or query.reason),
        ),
        rows=tuple(_row(row, names) for row in rows),
        pager=pager,
    )


def _counted(loans: QuerySet[WatchedLoan], name: str) -> Iterator[tuple[str, int]]:
    counted: Any = loans.order_by().values_list(name).annotate(Count("pk"))
    yield from counted


def _reasons(mine: QuerySet[WatchedLoan], wanted: str) -> tuple[Option, ...]:
    counts = sorted(_counted(mine, "reason"), key=lambda pair: (-pair[1], pair[0]))
    every = Option("", gettext("All"), not wanted)
    return (every, *(Option(c, reason_title(c), c == wanted, n) for c, n in counts if c))


def _row(row: WatchedLoan, names: Mapping[str, Sensitive]) -> WatchedRow:
    amount = row.next_due_amount
    return WatchedRow(
        loan_no=row.loan_no,
        name=names.get(row.loan_no),
        level=row.level,
        reason=reason_title(row.reason),
        score=row.score,
        since_on=row.since_on,
        next_due_on=row.next_due_on,
        next_due=Money(amount, row.currency) if amount else None,
    )


def _names(loan_nos: Iterable[str]) -> dict[str, Sensitive]:
    """Names as a list shows them: masked, for these loans are nobody's own cases."""
    links = LoanParty.objects.filter(loan_no__in=list(loan_nos), role="obligor")
    found = list(links.select_related("party"))
    names = names_of(link.party for link in found)
    return {
        link.loan_no: Sensitive(mask(Kind.NAME, names[link.party_id]))
        for link in found
        if names.get(link.party_id)
    }


def level_title(code: str) -> str:
    """A level's name in the reader's language."""
    return _said(load_catalogue().levels, code)


def reason_title(code: str) -> str:
    """A reason's name in the reader's language."""
    return _said(load_catalogue().reasons, code)


def _said(words: Mapping[str, Words], code: str) -> str:
    known = words.get(code)
    return chosen(known.zh, known.en) if known else code


def warning_page(user: User, loan_no: str) -> WarningPage:
    """The page of one loan that is or was watched.

    Raises:
        Http404: there is none that ``user`` may see.
    """
    row = visible_watched(user).select_related("strategy").filter(loan_no=loan_no).first()
    if row is None:
        raise Http404
    return WarningPage(
        warned=warned(row),
        name=_names([loan_no]).get(loan_no),
        has_case=Case.objects.filter(loan_no=loan_no).exists(),
    )


def warned_of(loan_no: str) -> Warned | None:
    """What a case page tells of the loan's early warning; None where it never had one."""
    rows = _watched.find(loan=loan_no)
    return warned(rows[0]) if rows else None


@prepared
def _watched(loan: Blank) -> QuerySet[WatchedLoan]:
    return WatchedLoan.objects.select_related("strategy").filter(loan_no=loan).order_by("pk")[:1]


def warned(row: WatchedLoan) -> Warned:
    """A loan's level and all that speaks for it."""
    document, declared = strategy_document(row.strategy)
    told = dict.fromkeys(declared) | row.facts
    amount = row.next_due_amount
    return Warned(
        loan_no=row.loan_no,
        level=row.level,
        reason=reason_title(row.reason),
        since_on=row.since_on,
        as_of=row.as_of,
        table=row.strategy.version[:12],
        fired=fired_rules(document, declared, told, row.decision.get("rule_id") or ""),
        facts=tuple(_facts(declared, row.facts)),
        score=_score(row),
        steps=tuple(
            LevelStep(one.as_of, one.level, reason_title(one.reason))
            for one in row.changes.all()[:_LINES]
        ),
        reminders=tuple(
            step_of(action)
            for action in PlannedAction.objects.filter(
                case__loan_no=row.loan_no, key__startswith=f"{row.loan_no}:due:"
            ).order_by("-planned_for", "-pk")[:_LINES]
        ),
        next_due_on=row.next_due_on,
        next_due=Money(amount, row.currency) if amount else None,
        offsets=read_offsets(row.decision.get("reminders")),
    )


def _facts(declared: Mapping[str, Fact], facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, fact in declared.items():
        if name in {"band", "score", "is_ahead"} or facts.get(name) is None:
            continue
        text = chosen(fact.title_zh, fact.title)
        yield text[:1].upper() + text[1:], str(facts[name])


def _score(row: WatchedLoan) -> Score:
    card = load_card()
    return Score(
        points=row.score,
        largest=card.base_points + sum(one.most_points for one in card.attributes),
        band=row.band,
        scorecard=f"{title_of(card)} {card.version}",
        as_of=row.as_of,
        reasons=reasons_of(card, row.reasons),
    )
