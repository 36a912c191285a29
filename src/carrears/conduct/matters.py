"""What a matter with a course of its own (a complaint, a dispute) needs, whatever it is about.

Words sealed under the key of whom it is about, time limits kept as they stood, a hold (停催) of the
cases that it stops, and steps that stay, each with its evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from carrears.access.models import User
from carrears.calendars import load_calendars
from carrears.casework.holds import HoldWanted, end_hold, place_holds
from carrears.casework.models import Case, CaseState, Hold, HoldReason
from carrears.clock import business_day, business_moment, local_day
from carrears.conduct.complaint_models import Complaint, ComplaintStep
from carrears.conduct.dispute_models import Dispute, DisputeStep
from carrears.conduct.time_limits import Deadline, TimeLimits, find_deadline
from carrears.database.bulk import insert_rows
from carrears.evidence.commitment import commit
from carrears.evidence.services import Record, record_many
from carrears.parties.models import Party
from carrears.parties.services import commitment_salt, keyring, open_for_house, seal_for_house
from carrears.parties.vault import open_subject_key

_Step = TypeVar("_Step", bound=str)
# Two who bring the same matter at one moment come one after the other.
_TAKE_KEYS = "select pg_advisory_xact_lock(hashtextextended(k, 0)) from unnest(%s::text[]) k"


class OnCase(TypedDict):
    """When something done now happens to a case, by the clock of its book."""

    hold_from: date
    at: datetime


def on_case(case: Case, *, moment: datetime) -> OnCase:
    """The business day and moment of a case's book: that of a replayed one stands still."""
    zone = settings.TIME_ZONE
    return OnCase(
        hold_from=business_day(case.as_of, zone, moment=moment),
        at=business_moment(case.as_of, zone, moment=moment),
    )


def take_keys(keys: Iterable[str]) -> None:
    """Have these idempotency keys alone until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_KEYS, [sorted(set(keys))])


def deadline_by(
    limits: TimeLimits[_Step] | None, step: _Step, *, counts_from: datetime
) -> Deadline | None:
    """The limit of one step from a true moment on, or None where there is none."""
    if limits is None:
        return None
    return find_deadline(
        limits,
        step,
        counts_from=local_day(counts_from, settings.TIME_ZONE),
        calendar=load_calendars(Path(settings.CARREARS_HOME))[limits.calendar],
    )


def first_due(deadlines: Sequence[dict[str, Any]], steps: Iterable[str]) -> date | None:
    """The earliest day of these steps among the time limits that were kept."""
    days = {one["step"]: date.fromisoformat(one["due_on"]) for one in deadlines}
    return min((days[step] for step in steps if step in days), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A case to stop for a matter, from a business day, at the moment of its book."""

    case: Case
    hold_from: date
    at: datetime
    by: User | None


def standing_holds(reason: HoldReason) -> QuerySet[Hold]:
    """The holds for this reason that stand until somebody lifts them."""
    return Hold.objects.filter(reason=reason, lifted_on=None, until_on=None)


def lock_cases(cases: Iterable[int | None]) -> None:
    """Have these cases alone until the transaction ends: who stops one, and who lets it go."""
    found = Case.objects.select_for_update(no_key=True).order_by("pk")
    list(found.filter(pk__in={pk for pk in cases if pk is not None}).values_list("pk"))


@transaction.atomic(savepoint=False)
def hold_for(stops: Iterable[Stop], reason: HoldReason) -> dict[int, Hold]:
    """The hold of each open case for this reason, placed where none holds yet; by case.

    One that only begins later does not stop the case now. The cases stay locked, so that nobody
    lifts what this leans on before it is known that it does.
    """
    by_case = {one.case.pk: one for one in stops if one.case.state != CaseState.CLOSED}
    if not by_case:
        return {}
    lock_cases(by_case)
    held = {
        hold.case_id: hold
        for hold in standing_holds(reason).filter(case__in=list(by_case))
        if hold.case_id is not None and hold.from_on <= by_case[hold.case_id].hold_from
    }
    placed = place_holds(
        [
            HoldWanted(
                case=one.case,
                reason=reason,
                from_on=one.hold_from,
                until_on=None,
                by=one.by,
                at=one.at,
            )
            for pk, one in by_case.items()
            if pk not in held
        ]
    )
    return held | {hold.case_id: hold for hold in placed if hold.case_id is not None}


def let_go(hold: Hold | None, *, by: User, moment: datetime) -> None:
    """Lift the hold of a case, unless that was done."""
    if hold is None or hold.case is None or hold.lifted_on is not None:
        return
    when = on_case(hold.case, moment=moment)
    end_hold(hold, today=when["hold_from"], by=by, at=when["at"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A step to write; ``keep_text``: its words are not kept with the matter already."""

    matter: Complaint | Dispute
    kind: str
    key: str
    at: datetime
    by: User | None
    data: dict[str, Any]
    text: str = ""
    keep_text: bool = True


def write_steps(written: Iterable[Written]) -> None:
    """Write what was done, and its evidence; words go there as a commitment only."""
    each = list(written)
    for rows in (ComplaintStep, DisputeStep):
        insert_rows([step for one in each if isinstance(step := _step(one), rows)])
    record_many(_record(one) for one in each)


def _step(one: Written) -> ComplaintStep | DisputeStep:
    matter = one.matter
    told: dict[str, Any] = {
        "key": one.key,
        "kind": one.kind,
        "at": one.at,
        "by": one.by,
        "data": one.data,
        "text_sealed": seal_under(_name(matter), matter.party, one.text) if one.keep_text else None,
    }
    if isinstance(matter, Complaint):
        return ComplaintStep(complaint=matter, **told)
    return DisputeStep(dispute=matter, **told)


def _name(matter: Complaint | Dispute) -> str:
    """What it is called in the log, and under which its words are sealed."""
    return "complaint" if isinstance(matter, Complaint) else "dispute"


def _record(one: Written) -> Record:
    matter = one.matter
    name = _name(matter)
    payload: dict[str, Any] = {name: matter.pk, "loan_no": matter.loan_no, **one.data}
    if one.text:
        salt = commitment_salt(matter.party_id, context=one.key)
        payload["text_commitment"] = commit(one.text, salt=salt)
    return Record(
        kind=f"{name}.{one.kind}",
        subject=matter.loan_no or f"{name}:{matter.pk}",
        key=f"{name}:{one.key}",
        actor=one.by.get_username() if one.by else "",
        occurred_at=one.at,
        payload=payload,
    )


def seal_under(field: str, party: Party | None, text: str) -> bytes | None:
    """Seal what was said under the person's key, or the house's where he is not on record.

    Nothing is kept of somebody who was erased.
    """
    if not text:
        return None
    if party is None:
        return seal_for_house(field, text)
    if party.wrapped_key is None:
        return None
    return open_subject_key(keyring(), str(party.token), party.wrapped_key).seal(field, text)


def open_under(field: str, party: Party | None, sealed: bytes | memoryview | None) -> str | None:
    """Open what ``seal_under`` sealed; None where there is nothing, or nothing any more."""
    if sealed is None:
        return None
    if party is None:
        return open_for_house(field, sealed)
    if party.wrapped_key is None:
        return None
    key = open_subject_key(keyring(), str(party.token), party.wrapped_key)
    return key.open(field, bytes(sealed))
