"""What visitors tell from the way: kept once and for good, however late it comes in.

A phone without a network sends afterwards. It was made then, so nothing that it tells is refused
for what the house knows by now: what does not fit any more is kept as a conflict. The gate is
asked about the moment that the phone claims, by what was known then, and what it objects to is a
breach like that of any contact that is told of afterwards.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import IO

from django.db import transaction

from carrears.access.models import User
from carrears.casework.case_product import product_of
from carrears.casework.case_time import business_time
from carrears.casework.services import tell
from carrears.clock import business_moment, now
from carrears.conduct.verdict import Verdict
from carrears.database.wall import as_house
from carrears.evidence.commitment import commit
from carrears.evidence.services import record
from carrears.outreach.judging import judge_attempts, people_of
from carrears.outreach.messages import OutreachError
from carrears.outreach.outcomes import LacksSecondError, Told, record_visit
from carrears.outreach.reported import keep_breach, known_at
from carrears.outreach.visit_models import FieldVisit, StepKind, StepStanding, VisitStep
from carrears.outreach.visit_told import ToldStep
from carrears.outreach.visits import (
    PEOPLE,
    call_off_needless,
    in_window,
    keep_check_in,
    keep_join,
    locked_visit,
    stop,
    verdict_now,
)
from carrears.outreach.wanted import ReportedContact
from carrears.parties.services import data_key
from carrears.parties.vault import SubjectErasedError
from carrears.vault.models import StoredObject
from carrears.vault.uploading import take_upload

LATE = timedelta(minutes=5)  # what comes in later than this was not told as it happened
MOST_STEPS = 60  # of one visit; more is no visit
_SEALED = "visit step {}"
_LINES = {
    StepKind.PHOTO: "visit_photo",
    StepKind.SIGNATURE: "visit_signature",
    StepKind.CHECK_OUT: "visit_checked_out",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo or a drawn signature as it was sent: open for reading, and what it says it is."""

    file: IO[bytes]
    media_type: str


@transaction.atomic
def keep_step(
    visit: FieldVisit, told: ToldStep, *, by: User, picture: Picture | None = None
) -> VisitStep:
    """Keep what one of the two tells of a visit; the same ``id`` is kept once.

    Raises:
        OutreachError: not one of the two, an id of something else, a picture that is missing or
            has no place, or more than anybody tells of one visit.
        RefusedFileError, TooLargeError: the picture is none, or too large.
        StoreError, OSError: the vault does not take it.
    """
    locked = locked_visit(visit)
    if by.pk not in {locked.first_id, locked.second_id}:
        raise OutreachError("only who was to go may tell of it")
    if (known := VisitStep.objects.filter(pk=told.id).first()) is not None:
        if (known.visit_id, known.kind, known.by_id) != (locked.pk, told.kind, by.pk):
            raise OutreachError("this id is of something else")
        return known
    _refuse(locked, told, picture)
    step = _drafted(locked, told, by=by)
    _STEPS[step.kind](locked, step, told, by)
    if picture is not None:
        step.stored = _kept(picture, step, locked, by=by)
    commitment = _seal(step, told, locked)
    step.save(force_insert=True)
    _record(step, locked, commitment=commitment)
    if step.kind in _LINES:
        _tell(step, locked)
    return step


def words_of(step: VisitStep) -> dict[str, object]:
    """What it tells in clear; nothing of a person who was erased."""
    if step.told_sealed is None:
        return {}
    try:
        key = data_key(step.visit.case.party_id)
    except SubjectErasedError:
        return {}
    found: dict[str, object] = json.loads(key.open(_SEALED.format(step.pk), step.told_sealed))
    return found


def _refuse(visit: FieldVisit, told: ToldStep, picture: Picture | None) -> None:
    if picture is not None and not told.takes_file:
        raise OutreachError("no picture belongs to this")
    if picture is None and (told.kind == "photo" or (told.takes_file and not told.typed_name)):
        raise OutreachError("the picture is missing")
    if visit.steps.count() >= MOST_STEPS:
        raise OutreachError("more than that is told of no visit")


def _drafted(visit: FieldVisit, told: ToldStep, *, by: User) -> VisitStep:
    received = now()
    zone = product_of(visit.case).time_zone
    happened = min(told.claimed_at, received)
    off = None if told.sent_at is None else round((told.sent_at - received).total_seconds())
    return VisitStep(
        id=told.id,
        visit=visit,
        kind=told.kind,
        by=by,
        claimed_at=told.claimed_at,
        received_at=received,
        at=business_moment(visit.case.as_of, zone, moment=happened),
        clock_off_s=off if off is None or abs(off) < 1 << 31 else None,
        late=received - told.claimed_at > LATE,
        position="given" if told.position else told.no_position,
        standing=StepStanding.KEPT,
    )


def _check_in(visit: FieldVisit, step: VisitStep, told: ToldStep, by: User) -> None:
    """The first makes it a visit; the other's confirms that two were there.

    It is judged where it tells of more, and a result that waited for it is kept.
    """
    del told
    if not step.late and visit.state == "ordered" and call_off_needless(visit):
        visit.refresh_from_db()
    state = visit.state
    step.outside_window = not in_window(visit, step.at)
    is_second = state in {"there", "done"}
    since = visit.checked_in_at
    if is_second and visit.checked_in_by_id != by.pk:
        keep_join(visit, at=step.at, by=by, late=step.late)
        keep_waiting(visit)
    if is_second and since is not None and since <= step.at and not step.outside_window:
        return
    verdict = _verdict_then(visit, step) if step.late else verdict_now(visit, at=step.at)
    objects = verdict.gate_action != "allow"
    if state == "ordered" and objects and not step.late:
        step.standing = StepStanding.STOPPED
        stop(visit, verdict, at=step.at, by=by)
        return
    if state == "ordered":
        keep_check_in(visit, verdict, at=step.at, by=by, late=step.late)
    elif not is_second:
        _conflict(step, f"the visit was {state} by then")
    if objects:
        keep_breach(visit.attempt, verdict)


def _verdict_then(visit: FieldVisit, step: VisitStep) -> Verdict:
    """What the gate says of the claimed moment, by what was known then."""
    attempt, case = visit.attempt, visit.case
    wanted = ReportedContact(
        key=attempt.key,
        case=case,
        party=attempt.party,
        at=step.at,
        known_at=known_at(case.as_of, step.at, product_of(case)),
        channel="visit",
        point=attempt.contact_point_id,
        agency=attempt.agency,
        staff=PEOPLE,  # who has the visit; how many came is asked when its result is told
        announced=bool(visit.announced_by),
    )
    with as_house():
        return judge_attempts([wanted], people_of([wanted]))[0].verdict


def _result(visit: FieldVisit, step: VisitStep, told: ToldStep, by: User) -> None:
    words = Told(code=told.code, note=told.note, follow_up_on=told.follow_up_on)
    try:
        with transaction.atomic():
            record_visit(visit, told=words, by=by, alone=told.alone)
    except LacksSecondError as error:
        step.standing, step.why = StepStanding.WAITS, str(error)
    except OutreachError as error:
        _conflict(step, str(error))


def keep_waiting(visit: FieldVisit) -> None:
    """Keep the result that waited for the second of the two, now that he has checked in."""
    waiting = visit.steps.filter(kind=StepKind.RESULT, standing=StepStanding.WAITS)
    step = waiting.select_related("by", "visit__case").first()
    words = words_of(step) if step is not None else {}
    if step is None or not words or visit.present < PEOPLE or visit.attempt.state == "made":
        return
    day = words.get("follow_up_on")
    told = Told(
        code=str(words["code"]),
        note=str(words.get("note", "")),
        follow_up_on=date.fromisoformat(str(day)) if day else None,
    )
    # A day to come back on may be past by now; what came of the visit is kept all the same.
    today, _ = business_time(visit.case)
    for one in (told, replace(told, follow_up_on=None), replace(told, follow_up_on=today)):
        with suppress(OutreachError), transaction.atomic():
            record_visit(visit, told=one, by=step.by)
            return


def _during(visit: FieldVisit, step: VisitStep, told: ToldStep, by: User) -> None:
    del told, by
    if visit.state not in {"there", "done"}:
        _conflict(step, f"the visit was {visit.state} by then")


_STEPS = {
    "check_in": _check_in,
    "photo": _during,
    "signature": _during,
    "result": _result,
    "check_out": _during,
}


def _conflict(step: VisitStep, why: str) -> None:
    step.standing, step.why = StepStanding.CONFLICT, why[:200]


def _kept(picture: Picture, step: VisitStep, visit: FieldVisit, *, by: User) -> StoredObject:
    return take_upload(
        picture.file,
        kind="photo",
        case=visit.case,
        name=f"{step.kind}-{step.claimed_at:%Y%m%d-%H%M%S}",
        declared=picture.media_type,
        by=by,
        at=step.received_at,
    )


def _seal(step: VisitStep, told: ToldStep, visit: FieldVisit) -> str:
    """Seal what is personal; returns the log's commitment to it, empty where there is nothing."""
    words = told.words()
    if not words:
        return ""
    key, name = data_key(visit.case.party_id), _SEALED.format(step.pk)
    text = json.dumps(words, ensure_ascii=False, sort_keys=True)
    step.told_sealed = key.seal(name, text)
    return commit(text, salt=key.commitment_salt(name))


def _record(step: VisitStep, visit: FieldVisit, *, commitment: str) -> None:
    payload: dict[str, object] = {
        "visit": visit.pk,
        "attempt": visit.attempt_id,
        "what": step.kind,
        "claimed_at": step.claimed_at.isoformat(),
        "received_at": step.received_at.isoformat(),
        "clock_off_s": step.clock_off_s,
        "late": step.late,
        "outside_window": step.outside_window,
        "position": step.position,
        "standing": step.standing,
        "why": step.why,
        "told_commitment": commitment,
    }
    if step.stored_id is not None:
        payload["object"] = str(step.stored_id)
    record(
        "visit.told",
        subject=visit.case.loan_no,
        key=f"visit-step:{step.pk}",
        actor=step.by.get_username(),
        occurred_at=step.at,
        payload=payload,
    )


def _tell(step: VisitStep, visit: FieldVisit) -> None:
    tell(
        visit.case,
        _LINES[StepKind(step.kind)],
        at=step.at,
        by=step.by,
        key=f"visit-step:{step.pk}",
        data={"visit": visit.pk} | ({"late": True} if step.late else {}),
    )
