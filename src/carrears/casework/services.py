"""What staff do to a case. Each function is one transaction and leaves evidence."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from carrears.access.models import User
from carrears.casework.models import (
    ActionState,
    Case,
    CaseEvent,
    CaseState,
    Hold,
    HoldReason,
    PlannedAction,
)
from carrears.database.bulk import insert_rows
from carrears.evidence.commitment import commit
from carrears.evidence.services import Record, record_many
from carrears.parties.services import commitment_salt


class CaseworkError(ValueError):
    """What was asked cannot be done to this case; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a case's timeline; the same ``key`` is written once."""

    case: Case
    kind: str
    at: datetime
    data: dict[str, Any]
    key: str
    by: User | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldWanted:
    """A hold to place on a case, from a day until a day or until it is lifted."""

    case: Case
    reason: str
    from_on: date
    until_on: date | None
    by: User | None
    at: datetime


def tell(
    case: Case, kind: str, *, at: datetime, by: User | None, data: dict[str, Any], key: str = ""
) -> CaseEvent:
    """Write one line of the timeline and its evidence. The same key writes once.

    Words of people (``text``) go into the evidence as a commitment only: they may name
    somebody, and what the log says can never be erased.
    """
    key = key or f"{case.loan_no}:{kind}:{uuid.uuid4()}"
    tell_many([Line(case=case, kind=kind, at=at, data=data, key=key, by=by)])
    return CaseEvent.objects.get(key=key)


@transaction.atomic(savepoint=False)
def tell_many(lines: Iterable[Line]) -> None:
    """The same for many lines, each with its own key."""
    by_key = {line.key: line for line in lines}
    if not by_key:
        return
    told = [
        {
            "key": line.key,
            "case_id": line.case.pk,
            "kind": line.kind,
            "happened_at": line.at.isoformat(),
            "actor_id": line.by.pk if line.by else None,
            "data": line.data,
        }
        for line in by_key.values()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_LINES, [json.dumps(told)])
        fresh = {row[0] for row in cursor.fetchall()}
    record_many(_line_record(line) for key, line in by_key.items() if key in fresh)


# One JSON text is quoted several times faster than an array for each column.
_INSERT_LINES = """
insert into casework_caseevent (key, case_id, kind, happened_at, actor_id, data)
select key, case_id, kind, happened_at, actor_id, data
from rows from (json_to_recordset(%s) as (key text, case_id bigint, kind text,
  happened_at timestamptz, actor_id bigint, data jsonb)) with ordinality
  as told (key, case_id, kind, happened_at, actor_id, data, nth)
order by nth
on conflict (key) do nothing
returning key
"""


def _line_record(line: Line) -> Record:
    return Record(
        kind=f"case.{line.kind}",
        subject=line.case.loan_no,
        key=f"case:{line.key}",
        actor=line.by.get_username() if line.by else "",
        occurred_at=line.at,
        payload={"case": line.case.pk, "loan_no": line.case.loan_no}
        | _committed(line.data, case=line.case, key=line.key),
    )


def _committed(data: dict[str, Any], *, case: Case, key: str) -> dict[str, Any]:
    if "text" not in data:
        return data
    rest = {name: value for name, value in data.items() if name != "text"}
    salt = commitment_salt(case.party_id, context=key)
    return rest | {"text_commitment": commit(data["text"], salt=salt)}


@transaction.atomic
def add_note(
    case: Case, *, text: str, by: User, at: datetime, words: Sequence[str] = ()
) -> CaseEvent:
    """Keep a note on a case; ``words`` names the rules that object to its words.

    Raises:
        CaseworkError: an empty note.
    """
    if not text.strip():
        raise CaseworkError("a note needs words")
    flagged = {"words": list(words)} if words else {}
    return tell(case, "note", at=at, by=by, data={"text": text.strip()} | flagged)


@transaction.atomic
def place_hold(
    case: Case, *, reason: str, today: date, until_on: date | None, by: User | None, at: datetime
) -> Hold:
    """Stop collection of a case (停催) from today; what was planned is cancelled.

    The file of a loan that is not behind yet can be held too: it is reminded no more.

    Raises:
        CaseworkError: unknown reason, the case is closed, or the end lies before today.
    """
    [hold] = place_holds(
        [HoldWanted(case=case, reason=reason, from_on=today, until_on=until_on, by=by, at=at)]
    )
    return hold


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
            case=one.case,
            reason=one.reason,
            from_on=one.from_on,
            until_on=one.until_on,
            placed_by=one.by,
        )
        for one in wanted
    ]
    insert_rows(holds)
    for reason in {one.reason for one in wanted}:
        PlannedAction.objects.filter(
            case__in=[one.case for one in wanted if one.reason == reason],
            state=ActionState.PLANNED,
        ).update(state=ActionState.CANCELLED, reason=f"hold: {reason}")
    tell_many(_hold_line(*pair) for pair in zip(wanted, holds, strict=True))
    return holds


def _refuse_hold(wanted: HoldWanted) -> None:
    if wanted.reason not in HoldReason.values:
        raise CaseworkError(f"unknown reason {wanted.reason!r}")
    if wanted.case.state == CaseState.CLOSED:
        raise CaseworkError("the case is closed")
    if wanted.until_on is not None and wanted.until_on < wanted.from_on:
        raise CaseworkError("a hold cannot end before it begins")


def _hold_line(wanted: HoldWanted, hold: Hold) -> Line:
    until_on = wanted.until_on.isoformat() if wanted.until_on else None
    return Line(
        case=wanted.case,
        kind="hold",
        at=wanted.at,
        by=wanted.by,
        key=f"hold:{hold.pk}:placed",
        data={"reason": wanted.reason, "until_on": until_on},
    )


@transaction.atomic
def lift_hold(hold: Hold, *, today: date, by: User, at: datetime) -> None:
    """End a hold; collection may go on from now."""
    if hold.lifted_on is not None:
        return
    hold.lifted_on = today
    hold.save(update_fields=["lifted_on"])
    tell(
        hold.case,
        "hold_lifted",
        at=at,
        by=by,
        key=f"hold:{hold.pk}:lifted",
        data={"reason": hold.reason},
    )
