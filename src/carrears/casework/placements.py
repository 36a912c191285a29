"""Place debtors with an agency, and call them back (委案、收回)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest, TruncDate

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import access_day
from carrears.casework.assigning import have_assigning
from carrears.casework.holds import standing
from carrears.casework.models import Case, CaseState, Placement, Ruling, RulingKind
from carrears.casework.placing_rules import load_placing_rules
from carrears.casework.services import CaseworkError, Line, tell_many
from carrears.clock import zone
from carrears.database.wall import as_house
from carrears.parties.models import Party
from carrears.parties.words import commit_words, words_of

BY_HAND = "by_hand"  # why a debtor was called back, beside what somebody says
_PLACING = 0x706C_6163  # "plac"


@as_house()
@transaction.atomic
def place_debtors(
    obligor_nos: Sequence[str],
    *,
    agency: Organisation,
    from_on: date,
    until_on: date | None,
    by: User | None,
    at: datetime,
    batch: int | None = None,
) -> list[Placement]:
    """Put all cases of these debtors with an agency; nobody of the lender works them meanwhile.

    ``batch`` is the number of the batch (委案批次) by which they go; it is told with each.

    Raises:
        CaseworkError: no agency or a closed one, a day that is over, an end before the beginning,
            a debtor without an open case, of whom collection is stopped, who appeals against a
            decision, who is placed in these days already, or was with another agency so shortly
            before that the rules say no.
    """
    if agency.kind != Kind.AGENCY or agency.closed_at is not None:
        raise CaseworkError("cases are placed with an open agency")
    if from_on < access_day(at):
        raise CaseworkError("a placement cannot begin in the past")
    if until_on is not None and until_on < from_on:
        raise CaseworkError("a placement cannot end before it begins")
    have_placing()
    wanted = sorted({number for number in obligor_nos if number})
    cases = list(Case.objects.filter(obligor_no__in=wanted, state=CaseState.OPEN).order_by("pk"))
    if {case.obligor_no for case in cases} != set(wanted) or not wanted:
        raise CaseworkError("only a debtor with an open case is placed")
    if any(standing(case, on=max(from_on, case.as_of)).exists() for case in cases):
        raise CaseworkError("collection of a debtor is stopped; he is not placed")
    if _appealing(cases):
        raise CaseworkError("a debtor appeals against a decision; nothing harder begins meanwhile")
    if overlapping(wanted, from_on, until_on).exists():
        raise CaseworkError("a debtor is with an agency in these days already")
    if _resting(wanted, agency, from_on).exists():
        raise CaseworkError("it is too soon after another agency")
    made = Placement.objects.bulk_create(
        Placement(
            obligor_no=number,
            agency=agency,
            from_on=from_on,
            until_on=until_on,
            placed_by=by,
            placed_at=at,
        )
        for number in wanted
    )
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(assignee=None)
    _tell("placed", made, cases, by=by, at=at, more={"batch": batch} if batch else {})
    return made


def have_placing() -> None:
    """Be the only one who places and gives cases out, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_PLACING])
    have_assigning()


def recall_by_hand(
    placements: Sequence[Placement], *, words: str, by: User | None, at: datetime
) -> None:
    """Take placed debtors back at once, for what somebody says.

    Raises:
        CaseworkError: no words, or one that is over or was called back before.
    """
    if not words.strip():
        raise CaseworkError("a reason is needed")
    recall(placements, reason=BY_HAND, words=words.strip()[:120], by=by, at=at)


def recall_words(placements: Iterable[Placement]) -> dict[int, str]:
    """What was said of those that were called back by hand, by their numbers."""
    found = [one for one in placements if one.recall_reason == BY_HAND]
    said = words_of(_recalled_key(one) for one in found)
    return {one.pk: said[key] for one in found if (key := _recalled_key(one)) in said}


def _recalled_key(placement: Placement) -> str:
    return f"placement:{placement.pk}:recalled"


@as_house()
@transaction.atomic
def recall(
    placements: Sequence[Placement],
    *,
    reason: str,
    words: str = "",
    by: User | None,
    at: datetime,
    closed: Collection[str] = (),
) -> None:
    """Take placed debtors back at once; the agency sees them no more.

    Their open cases tell of it, and the newest of the loans ``closed``, which ended by it.
    ``reason`` is a word of the house's; ``words`` are somebody's own, and kept sealed.

    Raises:
        CaseworkError: no reason, or one that is over or was called back before.
    """
    if not reason.strip():
        raise CaseworkError("a reason is needed")
    today = access_day(at)
    found = list(
        Placement.objects.select_for_update(of=("self",))
        .select_related("agency")
        .filter(pk__in=[one.pk for one in placements])
        .order_by("pk")
    )
    for one in found:
        if one.recalled_at is not None or (one.until_on is not None and one.until_on < today):
            raise CaseworkError("this placement is over")
        one.until_on, one.recalled_at, one.recalled_by = today - timedelta(days=1), at, by
        one.recall_reason = reason.strip()
        one.held_at, one.held_cause = None, ""
    Placement.objects.bulk_update(
        found,
        ["until_on", "recalled_at", "recalled_by", "recall_reason", "held_at", "held_cause"],
    )
    numbers = [one.obligor_no for one in found]
    theirs = Case.objects.filter(obligor_no__in=numbers)
    cases = list(theirs.filter(state=CaseState.OPEN).order_by("pk"))
    if closed:
        ended = theirs.filter(state=CaseState.CLOSED, loan_no__in=closed)
        cases += ended.order_by("loan_no", "-closed_on").distinct("loan_no")
    _tell("recalled", found, cases, by=by, at=at, more={"text": words} if words else {})
    if words:
        people = dict(Party.objects.filter(party_no__in=numbers).values_list("party_no", "token"))
        for one in found:
            party = people.get(one.obligor_no)
            commit_words(_recalled_key(one), {"reason": words}, party=party)


@as_house()
@transaction.atomic
def hold_placement(
    placement: Placement, *, cause: str, why: str, by: User | None, at: datetime
) -> bool:
    """Keep an agency from its debtor for a cause, without taking him away. False: held already.

    ``why`` is a code that the agency is shown. Who bars the contact itself is the caller.
    """
    found = _locked(placement)
    if found.held_at is not None:
        return False
    found.held_at, found.held_cause = at, cause
    found.save(update_fields=["held_at", "held_cause"])
    _tell_held("placement_held", found, cause=cause, why=why, by=by, at=at)
    return True


@as_house()
@transaction.atomic
def resume_placement(placement: Placement, *, why: str, by: User | None, at: datetime) -> bool:
    """Let an agency go on. False: it was not held."""
    found = _locked(placement)
    if found.held_at is None:
        return False
    cause = found.held_cause
    found.held_at, found.held_cause = None, ""
    found.save(update_fields=["held_at", "held_cause"])
    _tell_held("placement_resumed", found, cause=cause, why=why, by=by, at=at)
    return True


def _locked(placement: Placement) -> Placement:
    rows = Placement.objects.select_for_update(of=("self",)).select_related("agency")
    return rows.get(pk=placement.pk)


def _tell_held(
    kind: str, placement: Placement, *, cause: str, why: str, by: User | None, at: datetime
) -> None:
    cases = Case.objects.filter(obligor_no=placement.obligor_no, state=CaseState.OPEN)
    tell_many(
        Line(
            case=case,
            kind=kind,
            at=at,
            by=by,
            key=f"placement:{placement.pk}:{kind}:{cause}:{case.pk}",
            data={"agency": placement.agency.key, "why": why},
            agency=placement.agency.key,
        )
        for case in cases.order_by("pk")
    )


def placements_on(day: date) -> QuerySet[Placement]:
    """The placements in force on a day."""
    return Placement.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=day), from_on__lte=day
    )


def is_placed(day: date) -> Exists:
    """Whether the debtor of a case is with an agency on a day, for a filter of cases."""
    return Exists(placements_on(day).filter(obligor_no=OuterRef("obligor_no")))


def _appealing(cases: Sequence[Case]) -> bool:
    """Whether a ruling keeps anything harder from beginning about one of these debtors."""
    frozen = Ruling.objects.filter(kind=RulingKind.FROZEN, ended_at=None)
    loans = [case.loan_no for case in cases]
    people = [case.party_id for case in cases if case.party_id]
    return frozen.filter(Q(loan_no__in=loans) | Q(party__in=people)).exists()


def _resting(numbers: Collection[str], agency: Organisation, from_on: date) -> QuerySet[Placement]:
    """Who of these was with another agency too shortly before a day."""
    rules = load_placing_rules(Path(settings.CARREARS_HOME), on=from_on)
    ended = with_last_day(Placement.objects.filter(obligor_no__in=numbers, until_on__lt=from_on))
    since = from_on - timedelta(days=rules.rest_days)
    return ended.filter(Q(last_day__gte=since)).exclude(agency=agency)


def with_last_day(placements: QuerySet[Placement]) -> QuerySet[Placement]:
    """Those that an agency has had, each with ``last_day``, the last that it had the debtor.

    One called back ends in its dates on the day before, and the agency had him on that day still.
    One called back before it began was nobody's.
    """
    recalled_on = TruncDate("recalled_at", tzinfo=zone(settings.TIME_ZONE))
    had = placements.filter(Q(until_on__gte=F("from_on")) | Q(from_on__lte=recalled_on))
    return had.annotate(last_day=Greatest("until_on", recalled_on))


def overlapping(
    numbers: Collection[str], from_on: date, until_on: date | None
) -> QuerySet[Placement]:
    """The placements of these debtors that share a day with the given ones, both included."""
    found = Placement.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=from_on), obligor_no__in=numbers
    )
    return found if until_on is None else found.filter(from_on__lte=until_on)


def _tell(
    kind: str,
    placements: Sequence[Placement],
    cases: Sequence[Case],
    *,
    by: User | None,
    at: datetime,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    of = {one.obligor_no: one for one in placements}
    tell_many(
        Line(
            case=case,
            kind=kind,
            at=at,
            by=by,
            key=f"placement:{of[case.obligor_no].pk}:{kind}:{case.pk}",
            data={**_told(of[case.obligor_no], kind), **more},
            agency=of[case.obligor_no].agency.key,
        )
        for case in cases
    )


def _told(placement: Placement, kind: str) -> dict[str, Any]:
    told: dict[str, Any] = {"agency": placement.agency.key}
    if kind == "recalled":
        return told | {"reason": placement.recall_reason}
    until_on = placement.until_on
    return told | {
        "from_on": placement.from_on.isoformat(),
        "until_on": until_on.isoformat() if until_on else None,
    }
