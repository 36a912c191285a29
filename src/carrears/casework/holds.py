"""Stop collection (停催) of a loan or of a person, and let it go on.

Each function is one transaction, leaves a step that stays, a line on the timeline of every case
that is stopped, and its evidence. From that moment the gate lets no contact go by any channel, the
plan is cancelled, and nobody is placed with an agency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.hold_models import GRAVE
from carrears.casework.models import (
    ActionState,
    Case,
    CaseState,
    Hold,
    HoldReason,
    HoldStep,
    PlannedAction,
)
from carrears.casework.services import CaseworkError, Line, tell_many
from carrears.clock import at_local, local_day
from carrears.database.bulk import insert_rows
from carrears.database.prepared import Blank, prepared
from carrears.database.wall import as_house
from carrears.parties.services import keyring
from carrears.parties.vault import open_subject_key

TWICE = "collection is stopped for this reason and time already"
_FIELD = "hold"  # under which the words of a step are sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldWanted:
    """A hold to place on a case, from a day until a day or until it is lifted.

    ``whole_person`` stops collection of all that the case's borrower owes.
    """

    case: Case
    reason: str
    from_on: date
    until_on: date | None
    by: User | None
    at: datetime
    why: str = ""
    whole_person: bool = False


def covering(case: Case) -> Q:
    """Which holds cover a case: its own, and those of the person who owes it."""
    return _covering(case.pk, case.party_id)


def _covering(case: Any, party: Any) -> Q:
    mine = Q(case=case)
    return mine if party is None else mine | Q(case=None, party=party)


def standing(case: Case, *, on: date) -> QuerySet[Hold]:
    """The holds that stop collection of a case on a day, the newest first."""
    return _standing(case.pk, case.party_id, on)


def standing_hold(case: Case, *, on: date) -> Hold | None:
    """The newest of them; None where there is none."""
    found = _newest_standing.find(case=case.pk, party=case.party_id, on=on)
    return found[0] if found else None


def _standing(case: Any, party: Any, on: Any) -> QuerySet[Hold]:
    live = Q(until_on=None) | Q(until_on__gte=on)
    return Hold.objects.filter(_covering(case, party), live, from_on__lte=on, lifted_on=None)


@prepared
def _newest_standing(case: Blank, party: Blank, on: Blank) -> QuerySet[Hold]:
    return _standing(case, party, on)[:1]


def has_holds(case: Case) -> bool:
    """Whether a case or the person who owes it has, or had, any."""
    return bool(_any_hold.ask(case=case.pk, party=case.party_id))


@prepared
def _any_hold(case: Blank, party: Blank) -> QuerySet[Hold, tuple[Any, ...]]:
    return Hold.objects.filter(_covering(case, party)).order_by().values_list("pk")[:1]


@transaction.atomic
def place_hold(
    case: Case,
    *,
    reason: str,
    today: date,
    until_on: date | None,
    by: User | None,
    at: datetime,
    from_on: date | None = None,
    why: str = "",
    whole_person: bool = False,
) -> Hold:
    """Stop collection of a case, or of its borrower, from today or ``from_on``.

    What was planned for its days is cancelled. The file of a loan that is not behind yet can be
    held too: it is reminded no more.

    Raises:
        CaseworkError: unknown reason, the case is closed, it begins before today or ends before it
            begins, or nobody is on record who could be held.
    """
    if from_on is not None and from_on < today:
        raise CaseworkError("a hold cannot begin in the past")
    [hold] = place_holds(
        [
            HoldWanted(
                case=case,
                reason=reason,
                from_on=from_on or today,
                until_on=until_on,
                by=by,
                at=at,
                why=why,
                whole_person=whole_person,
            )
        ]
    )
    return hold


@as_house()
@transaction.atomic
def place_hold_once(
    case: Case,
    *,
    reason: str,
    today: date,
    until_on: date | None,
    from_on: date | None = None,
    whole_person: bool = False,
    **told: Any,
) -> Hold:
    """The same by a person, who may press twice or go back and send it again.

    Raises:
        CaseworkError: as ``place_hold``; or the same hold stands.
    """
    Case.objects.select_for_update().get(pk=case.pk)  # who comes second waits, and sees the first
    who = {"case": None, "party": case.party_id} if whole_person else {"case": case}
    days = {"from_on": from_on or today, "until_on": until_on}
    if Hold.objects.filter(**who, **days, reason=reason, lifted_on=None).exists():
        raise CaseworkError(TWICE)
    return place_hold(
        case,
        reason=reason,
        today=today,
        until_on=until_on,
        from_on=from_on,
        whole_person=whole_person,
        **told,
    )


@as_house()
@transaction.atomic(savepoint=False)
def place_holds(wanted: Sequence[HoldWanted]) -> list[Hold]:
    """The same for many cases.

    Raises:
        CaseworkError: as ``place_hold``; then none is placed.
    """
    for one in wanted:
        _refuse_hold(one)
    holds = [
        Hold(
            case=None if one.whole_person else one.case,
            party_id=one.case.party_id,
            reason=one.reason,
            from_on=one.from_on,
            until_on=one.until_on,
            placed_by=one.by,
        )
        for one in wanted
    ]
    insert_rows(holds)
    insert_rows(
        [
            _step(hold, "placed", why=one.why, by=one.by, at=one.at)
            for one, hold in zip(wanted, holds, strict=True)
        ]
    )
    alike = defaultdict(list)
    for one in wanted:
        alike[(one.reason, _stopped_from(one), one.until_on)].append(one)
    for (reason, first, last), ones in alike.items():
        _cancel_planned(ones, reason, first=first, last=last)
    tell_many(
        _line(hold, case, "hold", at=one.at, by=one.by)
        for one, hold in zip(wanted, holds, strict=True)
        for case in _covered(hold, one.case)
    )
    if holds:
        _recall(wanted, holds)
    return holds


def _recall(wanted: Sequence[HoldWanted], holds: Sequence[Hold]) -> None:
    """Take back from agencies whom the rules of placing say."""
    from carrears.casework.placement_ends import recall_held  # noqa: PLC0415  it reads this

    recall_held(holds, by=wanted[0].by, at=max(one.at for one in wanted))


def _refuse_hold(wanted: HoldWanted) -> None:
    if wanted.reason not in HoldReason.values:
        raise CaseworkError(f"unknown reason {wanted.reason!r}")
    if wanted.case.state == CaseState.CLOSED:
        raise CaseworkError("the case is closed")
    if wanted.until_on is not None and wanted.until_on < wanted.from_on:
        raise CaseworkError("a hold cannot end before it begins")
    if wanted.whole_person and wanted.case.party_id is None:
        raise CaseworkError("nobody is on record who could be held")


def _stopped_from(wanted: HoldWanted) -> date | None:
    """The day a hold begins on that is still to come; None: what is overdue is stopped, too."""
    today = max(wanted.case.as_of, local_day(wanted.at, settings.TIME_ZONE))
    return wanted.from_on if wanted.from_on > today else None


def _cancel_planned(
    wanted: Sequence[HoldWanted], reason: str, *, first: date | None, last: date | None
) -> None:
    """Nothing that was planned within the hold, for these cases or these people's, is done."""
    people = [one.case.party_id for one in wanted if one.whole_person]
    cases = [one.case.pk for one in wanted]
    within = planned_within(first=first, last=last)
    PlannedAction.objects.filter(Q(case__in=cases) | Q(case__party__in=people), within).update(
        state=ActionState.CANCELLED, reason=f"hold: {reason}"
    )


def planned_within(*, first: date | None, last: date | None) -> Q:
    """What is planned for the days of a hold; without a ``first`` also what is overdue."""
    within = Q(state=ActionState.PLANNED)
    if first is not None:
        within &= Q(planned_for__gte=at_local(first, time.min, settings.TIME_ZONE))
    if last is not None and last < date.max:
        end = at_local(last + timedelta(days=1), time.min, settings.TIME_ZONE)
        within &= Q(planned_for__lt=end)
    return within


def may_lift(user: User, hold: Hold) -> bool:
    """Whether ``user`` may let collection go on, or let the hold end on another day.

    Of a grave reason: who has ``casework.lift_hold``; of a plain one also whoever works cases.
    People of an agency only where somebody of the same agency placed it.
    """
    if not user.has_perm("casework.lift_hold") and (
        hold.reason in GRAVE or not user.has_perm("casework.work_case")
    ):
        return False
    agency = acts_for(user)
    return not agency or acts_for(hold.placed_by) == agency


def _refuse_lifter(user: User, hold: Hold) -> None:
    if not may_lift(user, hold):
        raise PermissionDenied("this user may not let collection go on after this hold")


@as_house()
@transaction.atomic
def move_end(
    hold: Hold, *, until_on: date | None, today: date, why: str, by: User, at: datetime
) -> Hold:
    """Let a hold end on another day, or only when it is lifted; returns it as it stands then.

    Raises:
        CaseworkError: no reason, a day that is past or before it begins, the day that it has, or
            a hold that is over.
        PermissionDenied: not for ``by`` to do (``may_lift``).
    """
    held = _locked(hold)
    _refuse_lifter(by, held)
    _refuse_step(held, why, today=today)
    if until_on is not None and until_on < max(today, held.from_on):
        raise CaseworkError("a hold cannot end before it begins")
    if until_on == held.until_on:
        raise CaseworkError("it ends on that day already")
    held.until_on = until_on
    held.save(update_fields=["until_on"])
    _keep_step(held, "moved", why=why, by=by, at=at)
    return held


@transaction.atomic
def lift_hold(hold: Hold, *, today: date, by: User, at: datetime, why: str = "") -> None:
    """End a hold; collection may go on from now. One that was lifted stays so.

    Raises:
        PermissionDenied: not for ``by`` to do (``may_lift``).
    """
    _refuse_lifter(by, hold)
    end_hold(hold, today=today, by=by, at=at, why=why)


@as_house()
@transaction.atomic
def end_hold(hold: Hold, *, today: date, by: User, at: datetime, why: str = "") -> None:
    """The same for a matter that is settled, whoever may settle it."""
    held = _locked(hold)
    if held.lifted_on is not None:
        return
    held.lifted_on = hold.lifted_on = today
    held.save(update_fields=["lifted_on"])
    _keep_step(held, "lifted", why=why, by=by, at=at)


def _locked(hold: Hold) -> Hold:
    locked = Hold.objects.select_for_update(of=("self",)).select_related(
        "case__party", "party", "placed_by"
    )
    return locked.get(pk=hold.pk)


def _refuse_step(hold: Hold, why: str, *, today: date) -> None:
    if not why.strip():
        raise CaseworkError("a reason is needed")
    if hold.lifted_on is not None or (hold.until_on is not None and hold.until_on < today):
        raise CaseworkError("this hold is over")


def _keep_step(hold: Hold, kind: str, *, why: str, by: User, at: datetime) -> None:
    step = _step(hold, kind, why=why, by=by, at=at)
    step.save(force_insert=True)
    line = {"moved": "hold_moved", "lifted": "hold_lifted"}[kind]
    cases = _covered(hold, hold.case)
    tell_many(_line(hold, case, line, at=at, by=by, step=step.pk) for case in cases)


def _covered(hold: Hold, case: Case | None) -> Iterable[Case]:
    """The cases that a hold stops now."""
    if hold.case_id is not None:
        return [case] if case is not None else []
    return Case.objects.filter(party=hold.party_id).exclude(state=CaseState.CLOSED).order_by("pk")


def _step(hold: Hold, kind: str, *, why: str, by: User | None, at: datetime) -> HoldStep:
    sealed, party = None, hold.party
    if why.strip() and party is not None and party.wrapped_key is not None:
        key = open_subject_key(keyring(), str(party.token), party.wrapped_key)
        sealed = key.seal(_FIELD, why.strip())
    return HoldStep(hold=hold, kind=kind, until_on=hold.until_on, why_sealed=sealed, by=by, at=at)


def why_of(step: HoldStep, hold: Hold) -> str:
    """The words of a step of ``hold``; nothing where there are none, or none any more."""
    party = hold.party
    if step.why_sealed is None or party is None or party.wrapped_key is None:
        return ""
    key = open_subject_key(keyring(), str(party.token), party.wrapped_key)
    return key.open(_FIELD, bytes(step.why_sealed))


def _line(
    hold: Hold, case: Case, kind: str, *, at: datetime, by: User | None, step: int | None = None
) -> Line:
    data: dict[str, object] = {"reason": hold.reason, "hold": hold.pk}
    if kind != "hold_lifted":
        data["until_on"] = hold.until_on.isoformat() if hold.until_on else None
    if hold.case_id is None:
        data["whole_person"] = True
    if kind == "hold":
        data["from_on"] = hold.from_on.isoformat()
    whose = "" if hold.case_id is not None else f":{case.pk}"
    what = f"{kind}:{step}" if kind == "hold_moved" else {"hold": "placed"}.get(kind, "lifted")
    return Line(case=case, kind=kind, at=at, by=by, key=f"hold:{hold.pk}:{what}{whose}", data=data)
