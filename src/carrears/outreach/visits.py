"""Field visits (外访): ordered with the gate's verdict, checked in, called off.

A visit is an attempt like any other: judged and booked in one transaction under the person's
lock, for an address of his, by two people. Both ends of its window are asked about, and the
stricter one counts. At the door the gate is asked again, for what has happened since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.case_product import product_of
from carrears.casework.models import Case, CaseState
from carrears.casework.promised import promised
from carrears.casework.services import tell
from carrears.clock import local_day, now
from carrears.conduct.verdict import Verdict
from carrears.database.wall import as_house
from carrears.evidence.services import Record, record_many
from carrears.outreach.booking import Draft, book
from carrears.outreach.ended import attempt_record
from carrears.outreach.judging import judge_attempts, people_of
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.services import contact_moment
from carrears.outreach.visit_models import AnnouncedBy, CalledOff, FieldVisit
from carrears.outreach.visit_queries import MAKES
from carrears.outreach.wanted import WantedVisit, point_of
from carrears.parties.models import LoanParty, Party
from carrears.parties.queries import PersonData
from carrears.portfolio.products import Product

LONGEST = timedelta(hours=4)  # of a window; a house figure
AHEAD = timedelta(days=31)
PEOPLE = 2  # go together, whatever a rule pack asks for
EARLY = timedelta(minutes=15)  # before the window, at the door
_STRICT = {"allow": 0, "review": 1, "block": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOrder:
    """A visit to order; the same ``key`` of a case is ordered once.

    ``point`` is the address to go to, else the person's first. ``announced_by`` and
    ``announced_at`` say how and when he was told of the day and the purpose, if he was.
    """

    key: str
    case: Case
    party: Party
    from_at: datetime
    until_at: datetime
    visitors: tuple[User, User]
    point: int | None = None
    announced_by: str = ""
    announced_at: datetime | None = None
    by: User


@transaction.atomic
def order_visit(order: VisitOrder, product: Product) -> FieldVisit:
    """Order a visit: BOOKED, or BLOCKED with the verdict's reasons.

    Raises:
        OutreachError: not two people of the side that orders it, one who makes no visits or is not
            active (any more), one of them elsewhere then, a
            window that is none, over, too long, across midnight or too far ahead, somebody who is
            not of this loan, no address in use, a closed case, or half an announcement.
    """
    _refuse(order, product)
    _refuse_double_booking(order)
    wanted = _wanted(order)
    people = people_of([wanted])
    if point_of(wanted, people[order.party.token]) is None:
        raise OutreachError("no address of this person is in use")
    [attempt] = book([wanted], _drafts)
    known = FieldVisit.objects.filter(attempt=attempt).select_related("attempt").first()
    if known is not None:
        return known
    first, second = order.visitors
    visit = FieldVisit.objects.create(
        attempt=attempt,
        case=order.case,
        first=first,
        second=second,
        from_at=order.from_at,
        until_at=order.until_at,
        announced_by=order.announced_by,
        announced_at=order.announced_at,
    )
    told = {
        "visitors": [first.get_username(), second.get_username()],
        "from": order.from_at.isoformat(),
        "until": order.until_at.isoformat(),
        "announced_by": order.announced_by,
    }
    _record(visit, "ordered", at=contact_moment(order.case), by=order.by, told=told)
    return visit


@transaction.atomic
def check_in(visit: FieldVisit, *, by: User) -> FieldVisit:
    """Say that one is at the door; the gate is asked again, and a visit it stops is called off.

    Raises:
        OutreachError: not one of the two, not ordered any more, or outside the window.
    """
    locked = locked_visit(visit)
    if by.pk not in {locked.first_id, locked.second_id}:
        raise OutreachError("only who was to go may check in")
    if locked.state != "there":
        _refuse_unless(locked, "ordered")
    moment = contact_moment(locked.case)
    if locked.state == "there" and is_present(locked, by):
        return locked
    if not in_window(locked, moment):
        raise OutreachError("this is outside the window of the visit")
    if locked.state == "there":
        return keep_join(locked, at=moment, by=by)
    if why := needless(locked):
        return _call_off(locked, why, by=None)
    verdict = verdict_now(locked, at=moment)
    if verdict.gate_action != "allow":
        return stop(locked, verdict, at=moment, by=by)
    return keep_check_in(locked, verdict, at=moment, by=by)


def keep_check_in(
    locked: FieldVisit, verdict: Verdict, *, at: datetime, by: User, late: bool = False
) -> FieldVisit:
    """Keep that one was at the door at ``at``; ``late``: told only afterwards."""
    locked.checked_in_at, locked.checked_in_by = at, by
    locked.save(update_fields=["checked_in_at", "checked_in_by"])
    told = {"late": True} if late else {}
    _record(locked, "checked_in", at=at, by=by, told=_told(verdict) | told)
    tell(
        locked.case,
        "visit_checked_in",
        at=at,
        by=by,
        key=f"visit:{locked.pk}:checked_in",
        data={"visit": locked.pk, **told},
    )
    return locked


def keep_join(locked: FieldVisit, *, at: datetime, by: User, late: bool = False) -> FieldVisit:
    """Keep that the other of the two was at the door, too; told twice, it is kept once."""
    if is_present(locked, by) or locked.joined_at is not None:
        return locked
    locked.joined_at, locked.joined_by = at, by
    locked.save(update_fields=["joined_at", "joined_by"])
    told = {"late": True} if late else {}
    _record(locked, "joined", at=at, by=by, told={"present": locked.present} | told)
    tell(
        locked.case,
        "visit_checked_in",
        at=at,
        by=by,
        key=f"visit:{locked.pk}:joined",
        data={"visit": locked.pk, **told},
    )
    return locked


def is_present(visit: FieldVisit, user: User) -> bool:
    """Whether he has checked in."""
    return user.pk in {visit.checked_in_by_id, visit.joined_by_id}


def verdict_on_few(visit: FieldVisit) -> Verdict | None:
    """What the gate says against so few people as have checked in; None where they are enough.

    How many have to go is the rule pack's to say: what it finds against them and not against two.
    """
    at = visit.checked_in_at
    if at is None or visit.present >= PEOPLE:
        return None
    found, both = (verdict_now(visit, at=at, staff=staff) for staff in (visit.present, PEOPLE))
    return found if _against(found) - _against(both) else None


def _against(verdict: Verdict) -> set[str]:
    return {one.rule_id for one in verdict.findings if one.gate_action != "allow"}


def stop(locked: FieldVisit, verdict: Verdict, *, at: datetime, by: User) -> FieldVisit:
    """Call a visit off at the door, as the gate lets it go no more."""
    _record(locked, "stopped", at=at, by=by, told=_told(verdict))
    return _call_off(locked, CalledOff.GATE, by=by)


@transaction.atomic
def call_off(visit: FieldVisit, *, why: str, by: User) -> FieldVisit:
    """Give up a visit that was ordered; it counts no more.

    Raises:
        OutreachError: an unknown reason, or not ordered any more.
    """
    if why not in set(CalledOff.values) - {CalledOff.GATE}:
        raise OutreachError(f"unknown reason {why!r}")
    locked = locked_visit(visit)
    _refuse_unless(locked, "ordered")
    return _call_off(locked, CalledOff(why), by=by)


@transaction.atomic
def call_off_needless(visit: FieldVisit) -> bool:
    """Have the house call off a visit for which nothing is left; whether it did."""
    locked = locked_visit(visit)
    why = needless(locked) if locked.state == "ordered" else None
    if why is not None:
        _call_off(locked, why, by=None)
    return why is not None


def needless(visit: FieldVisit) -> CalledOff | None:
    """Why nobody needs to go any more: the case is closed, or a promise was recorded since.

    What is due of any promise by the day of the visit is still to be asked for.
    """
    if visit.case.state == CaseState.CLOSED:
        return CalledOff.SETTLED
    day = local_day(visit.from_at, product_of(visit.case).time_zone)
    left = promised(visit.case, on=day)
    is_new = left.made_at is not None and left.made_at > visit.ordered_at
    return CalledOff.PROMISE if is_new and not left.due else None


def keep_result(attempt: Attempt, *, result: str, by: User) -> Attempt:
    """Keep what came of a visit that was checked in; part of the caller's transaction.

    Raises:
        OutreachError: not checked in, or told before.
    """
    visit = locked_visit(FieldVisit.objects.get(attempt=attempt))
    _refuse_unless(visit, "there")
    made = visit.attempt
    made.state, made.result = AttemptState.MADE, result
    made.save(update_fields=["state", "result"])
    record_many([attempt_record(made, by=by)])
    return made


def in_window(visit: FieldVisit, moment: datetime) -> bool:
    """Whether one may be at the door then."""
    return visit.from_at - EARLY <= moment <= visit.until_at


def _refuse(order: VisitOrder, product: Product) -> None:
    first, second = order.visitors
    side = acts_for(order.by)
    if first.pk == second.pk or any(acts_for(one) != side for one in order.visitors):
        raise OutreachError("two people of the side that orders it go together")
    if not all(one.is_active and one.has_perm(MAKES) for one in order.visitors):
        raise OutreachError("who goes is active, and makes visits")
    now = contact_moment(order.case)
    days = {local_day(moment, product.time_zone) for moment in (order.from_at, order.until_at)}
    length = order.until_at - order.from_at
    if not timedelta(0) < length <= LONGEST or len(days) > 1:
        raise OutreachError("a window is of one day and up to four hours")
    if order.until_at < now or order.from_at > now + AHEAD:
        raise OutreachError("the window is over, or too far ahead")
    if order.case.state == CaseState.CLOSED:
        raise OutreachError("the case is closed")
    if not LoanParty.objects.filter(loan_no=order.case.loan_no, party=order.party).exists():
        raise OutreachError("nobody of this loan is on record under this token")
    if bool(order.announced_by) != bool(order.announced_at) or (
        order.announced_by and order.announced_by not in AnnouncedBy.values
    ):
        raise OutreachError("an announcement has a way and a moment")


def _refuse_double_booking(order: VisitOrder) -> None:
    who = [one.pk for one in order.visitors]
    with as_house():
        # Whoever orders for one of them at the same time waits here.
        list(User.objects.select_for_update(no_key=True).filter(pk__in=who).order_by("pk"))
        taken = FieldVisit.objects.filter(
            Q(first__in=who) | Q(second__in=who),
            from_at__lt=order.until_at,
            until_at__gt=order.from_at,
            attempt__state=AttemptState.BOOKED,
            called_off="",
        ).exclude(attempt__key=_key(order))
        if taken.exists():
            raise OutreachError("one of the two is on another visit then")


def _key(order: VisitOrder) -> str:
    return f"{order.case.loan_no}:visit:{order.key}"


def _wanted(order: VisitOrder) -> WantedVisit:
    """The attempt to book: at the end of the window where the gate is stricter then."""
    told: dict[str, Any] = {
        "key": _key(order),
        "case": order.case,
        "party": order.party,
        "point": order.point,
        "agency": acts_for(order.by),
        "announced": bool(order.announced_by),
        "by": order.by,
    }
    start, end = (WantedVisit(at=at, **told) for at in (order.from_at, order.until_at))
    with as_house():  # it counts the contacts of all sides
        asked = [judge_attempts([one], people_of([one]))[0].verdict for one in (start, end)]
    strict = [_STRICT[one.gate_action] for one in asked]
    return end if strict[1] > strict[0] else start


def _drafts(wanted: Sequence[WantedVisit], people: Mapping[UUID, PersonData]) -> list[Draft]:
    return [Draft(one.verdict, one.facts_json()) for one in judge_attempts(wanted, people)]


def verdict_now(visit: FieldVisit, *, at: datetime, staff: int = PEOPLE) -> Verdict:
    """What the gate says at the door. The visit itself is no earlier contact."""
    attempt = visit.attempt
    Party.objects.select_for_update(no_key=True).get(pk=attempt.party_id)
    wanted = WantedVisit(
        key=attempt.key,
        case=visit.case,
        party=attempt.party,
        at=at,
        point=attempt.contact_point_id,
        agency=attempt.agency,
        staff=staff,
        announced=bool(visit.announced_by),
    )
    with as_house():
        return judge_attempts([wanted], people_of([wanted]))[0].verdict


def locked_visit(visit: FieldVisit) -> FieldVisit:
    """The visit as it stands, kept from everybody else until the transaction ends."""
    found = FieldVisit.objects.select_for_update(of=("self",)).select_related(
        "attempt__verdict", "attempt__party", "attempt__case", "case"
    )
    return found.get(pk=visit.pk)


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "expect": verdict.expect,
        "gate_action": verdict.gate_action,
        "rules": list(verdict.rules),
        "pack": f"{verdict.pack} {verdict.pack_version}",
        "law_on": verdict.law_on.isoformat(),
    }


def _refuse_unless(visit: FieldVisit, state: str) -> None:
    if visit.state != state:
        raise OutreachError("this visit has moved on meanwhile")


def _call_off(visit: FieldVisit, why: CalledOff, *, by: User | None) -> FieldVisit:
    visit.called_off = why
    visit.save(update_fields=["called_off"])
    attempt = visit.attempt
    attempt.state, attempt.error = AttemptState.FAILED, f"called off: {why.value}"
    attempt.save(update_fields=["state", "error"])
    record = replace(attempt_record(attempt, by=by), occurred_at=now())  # not when it was to be
    record_many([record if by else replace(record, actor="")])  # empty: the house itself
    return visit


def _record(visit: FieldVisit, kind: str, *, at: datetime, by: User, told: dict[str, Any]) -> None:
    record_many(
        [
            Record(
                kind=f"visit.{kind}",
                subject=visit.case.loan_no,
                key=f"visit:{visit.attempt.key}:{kind}",
                actor=by.get_username(),
                occurred_at=at,
                payload={"visit": visit.pk, "attempt": visit.attempt_id, **told},
            )
        ]
    )
