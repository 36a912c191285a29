"""Register complaints (投诉): each stops collection, starts its time limits and leaves evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from carrears.access.models import User
from carrears.casework.models import Case, CaseState, Hold, HoldReason
from carrears.casework.services import Line, tell_many
from carrears.clock import now
from carrears.conduct.complaint_models import (
    Complainant,
    Complaint,
    ComplaintCategory,
    ComplaintChannel,
    ComplaintState,
)
from carrears.conduct.complaint_terms import Step, load_terms
from carrears.conduct.matter_notices import tell_assigned
from carrears.conduct.matters import (
    Stop,
    Written,
    deadline_by,
    first_due,
    hold_for,
    open_under,
    seal_under,
    take_keys,
    write_steps,
)
from carrears.conduct.models import VerdictRecord
from carrears.conduct.services import ConductError
from carrears.conduct.time_limits import Deadline
from carrears.database.bulk import insert_rows
from carrears.database.wall import as_house
from carrears.parties.models import Party

# What they pass on, they wait for the answer to.
_AUTHORITIES = frozenset(
    {ComplaintChannel.REGULATOR, ComplaintChannel.OMBUDSMAN, ComplaintChannel.COURT}
)
_FIELD = "complaint"  # under which the words are sealed


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


def register_complaint(wanted: ComplaintWanted) -> Complaint:
    """Register one complaint; see ``register_complaints``."""
    [complaint] = register_complaints([wanted])
    return complaint


@as_house()
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
    take_keys(one.key for one in wanted)
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
    for one in fresh.values():
        if one.assigned_to is not None:
            tell_assigned(known[one.key], by=one.by)
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
    stops = [
        Stop(case=one.case, hold_from=one.hold_from, at=one.at, by=one.by)
        for one in wanted
        if one.case is not None and one.hold_from
    ]
    return hold_for(stops, HoldReason.COMPLAINT)


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
        text_sealed=seal_under(_FIELD, one.party, one.text.strip()),
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
    return deadline_by(load_terms(complaint.jurisdiction), step, counts_from=counts_from)


def due_next(complaint: Complaint) -> date | None:
    """The day of the next step: the acknowledgement until it went out, then the answer."""
    wanted: tuple[Step, ...] = ()
    if complaint.state in {ComplaintState.RECEIVED, ComplaintState.ACKNOWLEDGED}:
        first: tuple[Step, ...] = ("acknowledge",) if complaint.acknowledged_at is None else ()
        wanted = (*first, *_answers(complaint))
    elif complaint.state == ComplaintState.ESCALATED:
        wanted = _answers(complaint)
    return first_due(complaint.deadlines, wanted)


def answer_due(complaint: Complaint) -> date | None:
    """By which day it is to be answered, whether it was or not; None where no limit is set."""
    return first_due(complaint.deadlines, _answers(complaint))


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
            matter=told,
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


def open_words(party: Party | None, sealed: bytes | memoryview | None) -> str | None:
    """Open what was said; None where there is nothing, or nothing any more."""
    return open_under(_FIELD, party, sealed)
