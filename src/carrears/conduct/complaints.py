"""Register complaints (投诉): each stops collection, starts its time limits and leaves evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypedDict

from django.conf import settings
from django.db import connection, transaction

from carrears.access.models import User
from carrears.calendars import load_calendars
from carrears.casework.holds import HoldWanted, place_holds
from carrears.casework.models import Case, CaseState, Hold, HoldReason
from carrears.casework.services import Line, tell_many
from carrears.clock import business_day, business_moment, local_day, now
from carrears.conduct.complaint_models import (
    Complainant,
    Complaint,
    ComplaintCategory,
    ComplaintChannel,
    ComplaintState,
    ComplaintStep,
)
from carrears.conduct.complaint_terms import Step, load_terms
from carrears.conduct.models import VerdictRecord
from carrears.conduct.services import ConductError
from carrears.conduct.time_limits import Deadline, find_deadline
from carrears.database.bulk import insert_rows
from carrears.evidence.commitment import commit
from carrears.evidence.services import Record, record_many
from carrears.parties.models import Party
from carrears.parties.services import (
    commitment_salt,
    keyring,
    open_for_house,
    seal_for_house,
)
from carrears.parties.vault import open_subject_key

# What they pass on, they wait for the answer to.
_AUTHORITIES = frozenset(
    {ComplaintChannel.REGULATOR, ComplaintChannel.OMBUDSMAN, ComplaintChannel.COURT}
)
_FIELD = "complaint"
# Two who bring the same complaint at one moment come one after the other.
_TAKE_KEYS = "select pg_advisory_xact_lock(hashtextextended(k, 0)) from unnest(%s::text[]) k"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintWanted:
    """A complaint to register; the same ``key`` is registered once.

    ``hold_from`` is the business day from which collection of ``case`` stops, ``at`` the moment by
    the clock of the book; ``received_at`` is the true one, from which the time limits run.
    """

    key: str
    category: str
    channel: str
    text: str
    received_at: datetime
    at: datetime
    complainant: str = Complainant.BORROWER
    case: Case | None = None
    hold_from: date | None = None
    loan_no: str = ""
    party: Party | None = None
    jurisdiction: str = ""
    agency: str = ""
    collector: User | None = None
    contact: VerdictRecord | None = None
    reference: str = ""
    assigned_to: User | None = None
    by: User | None = None


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


def register_complaint(wanted: ComplaintWanted) -> Complaint:
    """Register one complaint; see ``register_complaints``."""
    [complaint] = register_complaints([wanted])
    return complaint


@transaction.atomic
def register_complaints(wanted: Sequence[ComplaintWanted]) -> list[Complaint]:
    """Register complaints, in their order; a key that is known changes nothing.

    An open case is held (停催) for it, unless it is held for a complaint already; the strategy
    then plans nothing and the gate bars contact. Without an open case the gate alone bars it.

    Raises:
        ConductError: an unknown word, no words of what was said, a receipt that is still to come,
            no jurisdiction, or a key that stands for another complaint.
    """
    if not wanted:
        return []
    for one in wanted:
        _refuse(one)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_KEYS, [sorted({one.key for one in wanted})])
    known = {each.key: each for each in Complaint.objects.filter(key__in=[w.key for w in wanted])}
    for one in wanted:
        if one.key in known and not _is_same(known[one.key], one):
            raise ConductError(f"the idempotency key {one.key!r} was used for another complaint")
    fresh = {one.key: one for one in wanted if one.key not in known}
    holds = hold_cases(fresh.values())
    made = [_complaint(one, holds.get(one.case.pk) if one.case else None) for one in fresh.values()]
    insert_rows(made)
    known |= {each.key: each for each in made}
    _tell(fresh.values(), known)
    return [known[one.key] for one in wanted]


def _refuse(one: ComplaintWanted) -> None:
    for text, words in (
        (one.category, ComplaintCategory.values),
        (one.channel, ComplaintChannel.values),
        (one.complainant, Complainant.values),
    ):
        if text not in words:
            raise ConductError(f"{text!r} is none of {', '.join(words)}")
    if not one.text.strip() and not one.reference:
        raise ConductError("what was complained of is needed, or a reference to it")
    if one.received_at > now():
        raise ConductError("a complaint cannot be received in time to come")
    if not _jurisdiction(one):
        raise ConductError("a complaint about no loan needs a jurisdiction")


def _is_same(known: Complaint, one: ComplaintWanted) -> bool:
    told = (one.loan_no or _loan(one), one.category, one.channel, one.agency)
    kept = (known.loan_no, known.category, known.channel, known.agency)
    return told == kept and open_words(known.party, known.text_sealed) in {None, one.text.strip()}


def _loan(one: ComplaintWanted) -> str:
    return one.loan_no or (one.case.loan_no if one.case else "")


def _jurisdiction(one: ComplaintWanted) -> str:
    return (one.jurisdiction or (one.case.jurisdiction if one.case else "")).lower()


def hold_cases(wanted: Iterable[ComplaintWanted]) -> dict[int, Hold]:
    """The hold for a complaint of each open case, placed where there was none; by case."""
    by_case = {
        one.case.pk: (one, one.case, one.hold_from)
        for one in wanted
        if one.case is not None and one.hold_from and one.case.state != CaseState.CLOSED
    }
    standing = Hold.objects.filter(
        case__in=list(by_case), reason=HoldReason.COMPLAINT, lifted_on=None, until_on=None
    )
    held = {hold.case_id: hold for hold in standing if hold.case_id is not None}
    placed = place_holds(
        [
            HoldWanted(
                case=case,
                reason=HoldReason.COMPLAINT,
                from_on=first,
                until_on=None,
                by=one.by,
                at=one.at,
            )
            for pk, (one, case, first) in by_case.items()
            if pk not in held
        ]
    )
    return held | {hold.case_id: hold for hold in placed if hold.case_id is not None}


def _complaint(one: ComplaintWanted, hold: Hold | None) -> Complaint:
    complaint = Complaint(
        key=one.key,
        reference=one.reference,
        loan_no=_loan(one),
        case=one.case,
        party=one.party,
        complainant=one.complainant,
        jurisdiction=_jurisdiction(one),
        channel=one.channel,
        category=one.category,
        agency=one.agency,
        collector=one.collector,
        contact=one.contact,
        text_sealed=seal_words(one.party, one.text.strip()),
        received_at=one.received_at,
        assigned_to=one.assigned_to,
        hold=hold,
    )
    answer: Step = "authority" if one.channel in _AUTHORITIES else "answer"
    set_deadlines(complaint, ("acknowledge", answer), counts_from=one.received_at)
    complaint.due_on = due_next(complaint)
    return complaint


def set_deadlines(complaint: Complaint, steps: Iterable[Step], *, counts_from: datetime) -> None:
    """Work out the time limits of ``steps`` and keep them with their citations."""
    told = {one["step"]: one for one in complaint.deadlines}
    for step in steps:
        found = deadline_of(complaint, step, counts_from=counts_from)
        if found is not None:
            told[step] = found.to_json()
    complaint.deadlines = list(told.values())


def deadline_of(complaint: Complaint, step: Step, *, counts_from: datetime) -> Deadline | None:
    """The limit of one step by the law of the complaint's jurisdiction, or None."""
    terms = load_terms(complaint.jurisdiction)
    if terms is None:
        return None
    return find_deadline(
        terms,
        step,
        counts_from=local_day(counts_from, settings.TIME_ZONE),
        calendar=load_calendars(Path(settings.CARREARS_HOME))[terms.calendar],
    )


def due_next(complaint: Complaint) -> date | None:
    """The day of the next step: the acknowledgement until it went out, then the answer."""
    wanted: tuple[Step, ...] = ()
    if complaint.state in {ComplaintState.RECEIVED, ComplaintState.ACKNOWLEDGED}:
        first: tuple[Step, ...] = ("acknowledge",) if complaint.acknowledged_at is None else ()
        wanted = (*first, *_answers(complaint))
    elif complaint.state == ComplaintState.ESCALATED:
        wanted = _answers(complaint)
    days = {one["step"]: date.fromisoformat(one["due_on"]) for one in complaint.deadlines}
    return min((days[step] for step in wanted if step in days), default=None)


def answer_step(complaint: Complaint) -> Step:
    """Whose time limit an answer has: an authority's once one is involved."""
    by_authority = complaint.escalated_at or complaint.channel in _AUTHORITIES
    return "authority" if by_authority else "answer"


def _answers(complaint: Complaint) -> tuple[Step, ...]:
    step = answer_step(complaint)
    if not complaint.extended:
        return (step,)
    return ("extended",) if step == "answer" else ("authority_extended",)


def _tell(fresh: Iterable[ComplaintWanted], known: dict[str, Complaint]) -> None:
    pairs = [(one, known[one.key]) for one in fresh]
    lines = [
        Line(
            case=one.case,
            kind="complaint",
            at=one.at,
            by=one.by,
            key=f"complaint:{one.key}",
            data={"reference": one.reference, "category": one.category, "complaint": told.pk},
        )
        for one, told in pairs
        if one.case is not None and one.case.state != CaseState.CLOSED
    ]
    tell_many(lines)
    write_steps(
        Written(
            complaint=told,
            kind="received",
            key=one.key,
            at=one.received_at,
            by=one.by,
            data=_told(told),
            text=one.text.strip(),
            keep_text=False,
        )
        for one, told in pairs
    )


def _told(complaint: Complaint) -> dict[str, Any]:
    told = {
        "category": complaint.category,
        "channel": complaint.channel,
        "complainant": complaint.complainant,
        "party": str(complaint.party_id) if complaint.party_id else "",
        "agency": complaint.agency,
        "collector": complaint.collector.get_username() if complaint.collector else "",
        "contact": complaint.contact.attempt_key if complaint.contact else "",
        "jurisdiction": complaint.jurisdiction,
        "reference": complaint.reference,
        "due_on": complaint.due_on.isoformat() if complaint.due_on else "",
    }
    return {name: text for name, text in told.items() if text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A step to write; ``keep_text``: its words are not kept with the complaint already."""

    complaint: Complaint
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
    insert_rows(
        [
            ComplaintStep(
                complaint=one.complaint,
                key=one.key,
                kind=one.kind,
                at=one.at,
                by=one.by,
                data=one.data,
                text_sealed=seal_words(one.complaint.party, one.text) if one.keep_text else None,
            )
            for one in each
        ]
    )
    record_many(_record(one) for one in each)


def _record(one: Written) -> Record:
    complaint = one.complaint
    payload: dict[str, Any] = {"complaint": complaint.pk, "loan_no": complaint.loan_no, **one.data}
    if one.text:
        salt = commitment_salt(complaint.party_id, context=one.key)
        payload["text_commitment"] = commit(one.text, salt=salt)
    return Record(
        kind=f"complaint.{one.kind}",
        subject=complaint.loan_no or f"complaint:{complaint.pk}",
        key=f"complaint:{one.key}",
        actor=one.by.get_username() if one.by else "",
        occurred_at=one.at,
        payload=payload,
    )


def seal_words(party: Party | None, text: str) -> bytes | None:
    """Seal what was said under the complainant's key, or the house's where he is not on record.

    Nothing is kept of somebody who was erased.
    """
    if not text:
        return None
    if party is None:
        return seal_for_house(_FIELD, text)
    if party.wrapped_key is None:
        return None
    return open_subject_key(keyring(), str(party.token), party.wrapped_key).seal(_FIELD, text)


def open_words(party: Party | None, sealed: bytes | memoryview | None) -> str | None:
    """Open what ``seal_words`` sealed; None where there is nothing, or nothing any more."""
    if sealed is None:
        return None
    if party is None:
        return open_for_house(_FIELD, sealed)
    if party.wrapped_key is None:
        return None
    key = open_subject_key(keyring(), str(party.token), party.wrapped_key)
    return key.open(_FIELD, bytes(sealed))
