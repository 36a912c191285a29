"""Stop collection (停催) of many at once, as after a disaster: chosen by what they have in common.

Of whom is fixed when the order is given; then each person is held the way one is who is held alone
(``place_hold_once``), in the background. What was done is noted in the transaction of the hold, so
that a run that was killed goes on where it was and nobody is held twice. While an order that takes
new ones stands, a case that opens is held as it opens (``hold_opened_together``). Lifted as a
whole, what a person moved or lifted himself meanwhile stays as he left it.
"""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from carrears.access.models import User
from carrears.casework.case_time import business_time
from carrears.casework.hold_queries import day_of_holds
from carrears.casework.holding_chosen import Chosen, Wanted, alike, people_of
from carrears.casework.holds import HoldWanted, end_hold, place_hold_once, place_holds
from carrears.casework.models import (
    Case,
    CaseState,
    Fared,
    HeldTogether,
    Hold,
    HoldingTogether,
    HoldReason,
)
from carrears.casework.seeing import visible_cases
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.services import Record, record_many, sequence
from carrears.parties.words import commit_words, words_of

_log = logging.getLogger(__name__)
MOST = 50_000
_AT_ONCE = 200  # after so many their evidence is sequenced
_ORDERING = 0x686C_6474  # "hldt"


@as_house()
@transaction.atomic
def order_holding(
    chosen: Chosen, wanted: Wanted, *, expected: int, why: str, key: str, by: User, at: datetime
) -> HoldingTogether:
    """Have the collection of all that fit stopped in the background; the same ``key`` is one order.

    ``expected`` is how many people whoever asks was shown.

    Raises:
        CaseworkError: no reason, nothing named, nobody fits, more than may be held at once, another
            number by now, or days that cannot be.
        PermissionDenied: by somebody who may not let collection go on.
    """
    from carrears.casework.jobs import hold_many  # noqa: PLC0415  the job calls back here

    _refuse_other(by)
    _order_alone()
    if (known := HoldingTogether.objects.filter(key=key).first()) is not None:
        return known
    _refuse_order(chosen, wanted, why)
    people = people_of(chosen.among(visible_cases(by).select_related(None)))
    if not people:
        raise CaseworkError("nobody fits")
    if len(people) > MOST:
        raise CaseworkError("these are more than can be held at once")
    if len(people) != expected:
        raise CaseworkError("there are more or fewer by now: look at them once more")
    order = HoldingTogether.objects.create(
        key=key,
        asked=chosen.to_json(),
        reason=wanted.reason,
        from_on=wanted.from_on,
        until_on=wanted.until_on,
        takes_new=wanted.takes_new,
        asked_by=by,
        asked_at=at,
    )
    HeldTogether.objects.bulk_create(
        (HeldTogether(order=order, party_id=party, case_id=case) for case, party in people),
        batch_size=2_000,
    )
    said = commit_words(_key(order, "asked"), {"reason": why.strip()[:200]}, party=None)
    _tell(order, "asked", by=by, at=at, told={"people": len(people)} | said)
    hold_many.defer(order=order.pk)
    return order


def _refuse_other(user: User) -> None:
    if not user.has_perm("casework.lift_hold"):
        raise PermissionDenied("this user may not let collection go on after a hold")


def _order_alone() -> None:
    """Until the transaction ends: a second click finds the order of the first."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_ORDERING])


def _refuse_order(chosen: Chosen, wanted: Wanted, why: str) -> None:
    if not why.strip():
        raise CaseworkError("a reason is needed")
    if not chosen.to_json():
        raise CaseworkError("say whose collection is meant")
    if chosen.text and wanted.takes_new:
        raise CaseworkError("whoever's case opens later cannot be chosen by words")
    if wanted.reason not in HoldReason.values:
        raise CaseworkError(f"unknown reason {wanted.reason!r}")
    if wanted.from_on < day_of_holds():
        raise CaseworkError("a hold cannot begin in the past")
    if wanted.until_on is not None and wanted.until_on < wanted.from_on:
        raise CaseworkError("a hold cannot end before it begins")


def work_off(order: HoldingTogether) -> int:
    """Hold, or lift, what has not had its turn; how many had it. Bears being killed anywhere.

    One that meets an error of ours stops no other.
    """
    turns = 0
    while (one := _next(order)) is not None:
        try:
            with transaction.atomic():
                _take_turn(one.pk)
        except DatabaseError:
            raise  # of all of them, not of this one
        except Exception as error:  # noqa: BLE001  noted, and the others go on
            _tell_broken(one, error)
            HeldTogether.objects.filter(pk=one.pk, fared=one.fared).update(fared=Fared.BROKEN)
        turns += 1
        if turns % _AT_ONCE == 0:
            sequence()
    with transaction.atomic():
        _finish(HoldingTogether.objects.select_for_update().get(pk=order.pk), at=now())
    sequence()
    return turns


def _next(order: HoldingTogether) -> HeldTogether | None:
    order.refresh_from_db(fields=["lift_at"])
    asked = "" if order.lift_at is None else Fared.HELD
    return order.people.filter(fared=asked).order_by("pk").first()


def _take_turn(pk: int) -> None:
    one = HeldTogether.objects.select_for_update(of=("self",)).get(pk=pk)
    order = HoldingTogether.objects.select_related("asked_by", "lift_by").get(pk=one.order_id)
    if one.fared == "" and order.lift_at is None:
        one.hold, one.fared = _hold(one, order)
    elif one.fared == Fared.HELD and order.lift_at is not None:
        one.fared = _lift(one, order)
    else:
        return  # somebody else had it
    one.save(update_fields=["hold", "fared"])


def _hold(one: HeldTogether, order: HoldingTogether) -> tuple[Hold | None, Fared]:
    whose = Q(pk=one.case_id) if one.party_id is None else Q(party=one.party_id)
    case = Case.objects.filter(whose).exclude(state=CaseState.CLOSED).order_by("pk").first()
    if case is None:
        return None, Fared.GONE
    today, at = business_time(case)
    first = max(order.from_on, today)
    if order.until_on is not None and order.until_on < first:
        return None, Fared.GONE
    if _alike(order, first).filter(_whose(one)).exists():
        return None, Fared.BEFORE
    hold = place_hold_once(
        case,
        reason=order.reason,
        today=today,
        from_on=first,
        until_on=order.until_on,
        whole_person=one.party_id is not None,
        why=_said(order),
        by=order.asked_by,
        at=at,
    )
    return hold, Fared.HELD


def _whose(one: HeldTogether) -> Q:
    return Q(case=one.case_id) if one.party_id is None else Q(case=None, party=one.party_id)


def _alike(order: HoldingTogether, first: date) -> QuerySet[Hold]:
    return alike(reason=order.reason, first=first, until_on=order.until_on)


def _lift(one: HeldTogether, order: HoldingTogether) -> Fared:
    hold = one.hold
    if hold is None or hold.lifted_on is not None or hold.steps.exclude(kind="placed").exists():
        return Fared.KEPT
    assert order.lift_by is not None  # noqa: S101  whoever lifts it is noted with when
    today, at = business_time(one.case)
    end_hold(hold, today=today, by=order.lift_by, at=at, why=_said(order, "lift"))
    return Fared.LIFTED


@as_house()
@transaction.atomic
def lift_order(order: HoldingTogether, *, why: str, by: User, at: datetime) -> HoldingTogether:
    """Let collection go on of all whom the order stopped, in the background; hold no more by it.

    Raises:
        CaseworkError: no reason, or it was lifted before.
        PermissionDenied: by somebody who may not let collection go on.
    """
    from carrears.casework.jobs import hold_many  # noqa: PLC0415  see above

    _refuse_other(by)
    if not why.strip():
        raise CaseworkError("a reason is needed")
    held = HoldingTogether.objects.select_for_update().get(pk=order.pk)
    if held.lift_at is not None:
        raise CaseworkError("this order was lifted before")
    held.lift_at, held.lift_by = at, by
    held.save(update_fields=["lift_at", "lift_by"])
    held.people.filter(fared="").update(fared=Fared.STOPPED)
    said = commit_words(_key(held, "lift"), {"reason": why.strip()[:200]}, party=None)
    _tell(held, "lift", by=by, at=at, told=said)
    hold_many.defer(order=held.pk)
    return held


def hold_opened_together(loan_nos: Sequence[str], *, from_on: date, at: datetime) -> int:
    """Hold whose case was just opened while an order that takes new ones stands for him.

    Returns how many people were held.
    """
    held = 0
    for order in _standing(from_on) if loan_nos else ():
        cases = Chosen.of(order.asked).among(Case.objects.filter(loan_no__in=loan_nos))
        known = HeldTogether.objects.filter(order=order, party=OuterRef("party"))
        people = people_of(cases.exclude(Exists(known), party__isnull=False))
        held += _hold_new(order, people, from_on=from_on, at=at)
    return held


def _standing(on: date) -> Iterable[HoldingTogether]:
    """Who lifts one meanwhile waits until those of this moment are held, and lifts them too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from casework_holdingtogether where takes_new and lift_at is null"
            " and (until_on is null or until_on >= %(on)s)"
            " order by id for share",
            {"on": on},
        )
        found = [pk for (pk,) in cursor.fetchall()]
    return HoldingTogether.objects.filter(pk__in=found).order_by("pk")


def _hold_new(
    order: HoldingTogether, people: Collection[tuple[int, Any]], *, from_on: date, at: datetime
) -> int:
    first = max(order.from_on, from_on)
    rows = [
        HeldTogether(order=order, case_id=case, party_id=party, fared=Fared.BEFORE)
        for case, party in sorted(people, key=lambda one: str(one[1]))
    ]
    # Two loans of a person that open in two transactions at once: the second finds the first.
    HeldTogether.objects.bulk_create(rows, ignore_conflicts=True)
    mine = HeldTogether.objects.filter(
        order=order, case__in=[case for case, _ in people], hold=None
    )
    fresh = [
        one
        for one in mine.select_related("case")
        if not _alike(order, first).filter(_whose(one)).exists()
    ]
    holds = place_holds(
        [
            HoldWanted(
                case=one.case,
                reason=order.reason,
                from_on=first,
                until_on=order.until_on,
                by=None,
                at=at,
                why=_said(order),
                whole_person=one.party_id is not None,
            )
            for one in fresh
        ]
    )
    for one, hold in zip(fresh, holds, strict=True):
        one.hold, one.fared = hold, Fared.HELD
    HeldTogether.objects.bulk_update(fresh, ["hold", "fared"])
    return len(holds)


def orders_seen(user: User) -> QuerySet[HoldingTogether]:
    """The orders of who sees all cases; else one's own."""
    found = HoldingTogether.objects.select_related("asked_by", "lift_by")
    return found if user.has_perm("casework.view_every_team") else found.filter(asked_by=user)


def orders_under_way() -> list[HoldingTogether]:
    """Orders with something still to do, the first first."""
    lifting = Q(lift_at__isnull=False, lifted_at=None)
    found = HoldingTogether.objects.filter(Q(done_at=None) | lifting)
    return list(found.order_by("asked_at", "pk"))


def counts_of(order: HoldingTogether) -> Counter[str]:
    """How many fared how; under ``""`` those whose turn has not come."""
    rows = order.people.order_by().values_list("fared").annotate(many=Count("pk"))
    return Counter(dict(rows))


def reasons_of(orders: Iterable[HoldingTogether]) -> dict[int, str]:
    """Why orders were given, by their numbers."""
    found = list(orders)
    said = words_of(_key(one, "asked") for one in found)
    return {one.pk: said.get(_key(one, "asked"), "") for one in found}


def _finish(order: HoldingTogether, *, at: datetime) -> None:
    counts = {name: many for name, many in sorted(counts_of(order).items()) if name}
    if order.done_at is None:
        order.done_at = at
        order.save(update_fields=["done_at"])
        _tell(order, "done", by=order.lift_by, at=at, told=counts)
    if order.lift_at is not None and order.lifted_at is None and not counts.get(Fared.HELD):
        order.lifted_at = at
        order.save(update_fields=["lifted_at"])
        _tell(order, "lifted", by=order.lift_by, at=at, told=counts)


def _said(order: HoldingTogether, what: str = "asked") -> str:
    return words_of([_key(order, what)]).get(_key(order, what), "")


def _key(order: HoldingTogether, what: str) -> str:
    return f"holds:{order.pk}:{what}"


def _tell(
    order: HoldingTogether, what: str, *, by: User | None, at: datetime, told: Mapping[str, Any]
) -> None:
    days = {
        "from_on": order.from_on.isoformat(),
        "until_on": order.until_on.isoformat() if order.until_on else None,
    }
    record_many(
        [
            Record(
                kind=f"holds.{what}",
                subject=f"holds:{order.pk}",
                key=_key(order, what),
                actor=by.get_username() if by else "",
                occurred_at=at,
                payload={"order": order.pk, "chosen": order.asked, "reason_code": order.reason}
                | days
                | {"takes_new": order.takes_new, **told},
            )
        ]
    )


def _tell_broken(one: HeldTogether, error: Exception) -> None:
    """Where it broke and by what; not in its own words, which may be of the person."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error(
        "case %d of holding %d met an error: %s in %s:%s",
        one.case_id,
        one.order_id,
        type(error).__name__,
        place.filename,
        place.lineno,
    )
