"""Who must not go to an agency now, and why: one definition, asked twice.

It is asked when a batch is proposed and again, with the debtors' cases locked, at the moment of
placing: what happened in between takes somebody out of the batch. The first reason is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Max, Q

from carrears.casework.models import (
    Case,
    CaseState,
    Hold,
    Placement,
    Promise,
    PromiseState,
    Ruling,
    RulingKind,
)
from carrears.casework.placements import overlapping, with_last_day
from carrears.conduct.complaint_models import ComplaintState
from carrears.conduct.models import Complaint, DoNotContact

# Why a debtor is taken out, from what weighs most. Those of holds are the holds' own reasons.
DEATH_AND_LAW = ("death", "insolvency", "moratorium", "legal")
OTHER_HOLDS = ("dispute", "complaint", "bereavement", "hospital", "hardship", "disaster")
REASONS = (
    *DEATH_AND_LAW,
    *OTHER_HOLDS,
    "erased",
    "appeal",
    "complaint_open",
    "barred",
    "promise",
    "placed",
    "rest",
    "gone",
)


def taken_out(numbers: Collection[str], *, on: date, until: date, rest_days: int) -> dict[str, str]:
    """Which of these debtors cannot be with an agency in these days, each with the reason.

    A person is looked at with all that he owes: a hold of one loan keeps all his loans here.
    """
    cases = list(
        Case.objects.filter(obligor_no__in=numbers, state=CaseState.OPEN)
        .order_by("pk")
        .values_list("pk", "loan_no", "obligor_no", "party", "as_of", "party__erased_at")
    )
    found: dict[str, set[str]] = {number: set() for number in numbers}
    there = {number for _, _, number, _, _, _ in cases}
    by_case = {pk: number for pk, _, number, _, _, _ in cases}
    by_loan = {loan: number for _, loan, number, _, _, _ in cases}
    by_party: dict[UUID, set[str]] = {}
    for _, _, number, party, _, erased in cases:
        if party is not None:
            by_party.setdefault(party, set()).add(number)
        if erased is not None:
            found[number].add("erased")
    _note(found, _held(cases, by_case, by_party, on=on))
    _note(found, _of_people(by_loan, by_party, on=on))
    _note(found, _promised(by_case))
    _note(found, _elsewhere(numbers, on=on, until=until, rest_days=rest_days))
    for number in found.keys() - there:
        found[number].add("gone")
    return {number: min(why, key=REASONS.index) for number, why in found.items() if why}


def _note(found: dict[str, set[str]], told: Iterable[tuple[str, str]]) -> None:
    for number, why in told:
        found[number].add(why)


def _held(
    cases: Collection[tuple[int, str, str, UUID | None, date, object]],
    by_case: dict[int, str],
    by_party: dict[UUID, set[str]],
    *,
    on: date,
) -> Iterable[tuple[str, str]]:
    """Holds that stand on the first day; of a case whose book is ahead, on the book's day."""
    day = {pk: max(on, as_of) for pk, _, _, _, as_of, _ in cases}
    latest = max(day.values(), default=on)
    holds = Hold.objects.filter(
        Q(case__in=by_case) | Q(case=None, party__in=by_party),
        Q(until_on=None) | Q(until_on__gte=on),
        lifted_on=None,
        from_on__lte=latest,
    )
    for hold in holds:
        if hold.case_id is not None:
            when = day[hold.case_id]
            if hold.from_on <= when and (hold.until_on is None or hold.until_on >= when):
                yield by_case[hold.case_id], hold.reason
        elif hold.party_id is not None:
            for number in by_party[hold.party_id]:
                yield number, hold.reason


def _of_people(
    by_loan: dict[str, str], by_party: dict[UUID, set[str]], *, on: date
) -> Iterable[tuple[str, str]]:
    """Open complaints, appeals, and bars on the whole person."""
    about = Q(loan_no__in=by_loan) | Q(party__in=by_party)
    complaints = Complaint.objects.filter(about).exclude(state=ComplaintState.CLOSED)
    frozen = Ruling.objects.filter(about, kind=RulingKind.FROZEN, ended_at=None)
    for rows, why in ((complaints, "complaint_open"), (frozen, "appeal")):
        for loan_no, party in rows.values_list("loan_no", "party"):
            if loan_no in by_loan:
                yield by_loan[loan_no], why
            for number in by_party.get(party, ()):
                yield number, why
    bars = DoNotContact.objects.filter(
        Q(until_on=None) | Q(until_on__gte=on),
        party__in=by_party,
        channel="",
        product="",
        actor="",
        lifted_at=None,
        from_on__lte=on,
    )
    for party in bars.values_list("party", flat=True):
        for number in by_party[party]:
            yield number, "barred"


def _promised(by_case: dict[int, str]) -> Iterable[tuple[str, str]]:
    promises = Promise.objects.filter(case__in=by_case, state=PromiseState.OPEN)
    for case in promises.values_list("case", flat=True):
        yield by_case[case], "promise"


def _elsewhere(
    numbers: Collection[str], *, on: date, until: date, rest_days: int
) -> Iterable[tuple[str, str]]:
    """With an agency in these days, or too shortly after one."""
    for number in overlapping(numbers, on, until).values_list("obligor_no", flat=True):
        yield number, "placed"
    had = with_last_day(Placement.objects.filter(obligor_no__in=numbers, until_on__lt=on))
    ended = had.values_list("obligor_no").annotate(last=Max("last_day")).order_by()
    for number, last in ended:
        if on - last <= timedelta(days=rest_days):
            yield number, "rest"


def had_before(numbers: Collection[str]) -> dict[str, frozenset[str]]:
    """The keys of the agencies that each of these debtors has been with."""
    found: dict[str, set[str]] = {}
    placed = Placement.objects.filter(obligor_no__in=numbers).order_by()
    for number, key in placed.values_list("obligor_no", "agency__key").distinct():
        found.setdefault(number, set()).add(key)
    return {number: frozenset(keys) for number, keys in found.items()}
