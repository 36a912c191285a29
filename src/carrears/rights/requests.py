"""Register requests of people for their rights: each starts the time limit of its law."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from carrears.access.models import User
from carrears.calendars import load_calendars
from carrears.casework.models import Case, CaseState
from carrears.casework.services import Line, tell_many
from carrears.clock import business_moment, local_day, now
from carrears.conduct.rights_terms import RightsTime, load_rights_terms
from carrears.conduct.time_limits import find_deadline
from carrears.database.wall import as_house
from carrears.evidence.commitment import commit
from carrears.evidence.services import record
from carrears.parties.custody import keyring
from carrears.parties.models import LoanParty, Party
from carrears.parties.services import commitment_salt
from carrears.parties.vault import open_subject_key
from carrears.rights.appeals import contest, expect_contestable
from carrears.rights.errors import RightsError
from carrears.rights.models import (
    CONTESTING,
    Asker,
    Proof,
    RequestChannel,
    RequestKind,
    RightsRequest,
    RightsStep,
)

_FIELD = "rights request"
_TAKE_KEY = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWanted:
    """A request to register; the same ``key`` is registered once.

    ``case`` is one of the loan, where there is one. ``received_at`` is the true moment, from
    which the time limit runs.
    """

    key: str
    party: Party
    loan_no: str
    kind: str
    channel: str
    proof: str
    received_at: datetime
    asker: str = Asker.SELF
    case: Case | None = None
    jurisdiction: str = ""
    text: str = ""
    by: User | None = None


@as_house()
@transaction.atomic
def register_request(wanted: RequestWanted) -> RightsRequest:
    """Register one request and leave evidence; a key that is known changes nothing.

    Raises:
        RightsError: an unknown word, a receipt that is still to come, a person who is not of the
            loan or was erased, no jurisdiction, no decision of a program that could be contested,
            or a key that stands for another request.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_KEY, [wanted.key])
    known = RightsRequest.objects.filter(key=wanted.key).first()
    if known is not None:
        if (known.party_id, known.kind) != (wanted.party.pk, wanted.kind):
            raise RightsError(f"the idempotency key {wanted.key!r} was used for another request")
        return known
    _refuse(wanted)
    request = RightsRequest(
        key=wanted.key,
        party=wanted.party,
        loan_no=wanted.loan_no,
        case=wanted.case,
        kind=wanted.kind,
        channel=wanted.channel,
        asker=wanted.asker,
        proof=wanted.proof,
        jurisdiction=_jurisdiction(wanted),
        text_sealed=seal_text(wanted.party, wanted.text.strip()),
        received_at=wanted.received_at,
        registered_by=wanted.by,
    )
    contests = request.kind in CONTESTING
    set_deadline(request, "appeal" if contests else "answer")
    request.save()
    data = {"kind": request.kind, "channel": request.channel, "asker": request.asker}
    if contests:
        data |= contest(request, key=wanted.key, at=now())
    if request.due_on is not None:
        data["due_on"] = request.due_on.isoformat()
    write_step(
        Step(
            request=request,
            kind="received",
            key=wanted.key,
            at=wanted.received_at,
            by=wanted.by,
            data=data | {"proof": request.proof, "jurisdiction": request.jurisdiction},
            text=wanted.text.strip(),
            keep_text=False,
        )
    )
    return request


def _refuse(wanted: RequestWanted) -> None:
    for text, words in (
        (wanted.kind, RequestKind.values),
        (wanted.channel, RequestChannel.values),
        (wanted.asker, Asker.values),
        (wanted.proof, Proof.values),
    ):
        if text not in words:
            raise RightsError(f"{text!r} is none of {', '.join(words)}")
    if wanted.received_at > now():
        raise RightsError("a request cannot be received in time to come")
    if wanted.party.erased_at is not None:
        raise RightsError("the person was erased")
    if not LoanParty.objects.filter(party=wanted.party, loan_no=wanted.loan_no).exists():
        raise RightsError("the person has no part in this loan")
    if not _jurisdiction(wanted):
        raise RightsError("a request about a loan without a case needs a jurisdiction")
    if wanted.kind in CONTESTING:
        if wanted.kind == RequestKind.APPEAL and not wanted.text.strip():
            raise RightsError("an appeal needs its grounds, in the person's words")
        expect_contestable(wanted.case, kind=RequestKind(wanted.kind))


def _jurisdiction(wanted: RequestWanted) -> str:
    return (wanted.jurisdiction or (wanted.case.jurisdiction if wanted.case else "")).lower()


def set_deadline(request: RightsRequest, step: RightsTime) -> bool:
    """Work out a time limit and keep it with its citation; False where the law has none."""
    found = deadline_of(request, step)
    if found is None:
        return False
    request.deadlines = [*request.deadlines, found]
    request.due_on = date.fromisoformat(found["due_on"])
    return True


def deadline_of(request: RightsRequest, step: RightsTime) -> dict[str, Any] | None:
    """The limit of one step by the law of the request's jurisdiction (``us-ca``: of ``us``)."""
    return time_limit(request.jurisdiction, step, counts_from=request.received_at)


def time_limit(
    jurisdiction: str, step: RightsTime, *, counts_from: datetime
) -> dict[str, Any] | None:
    """A time limit as plain JSON; None where the jurisdiction has none."""
    terms = load_rights_terms(jurisdiction.partition("-")[0])
    if terms is None:
        return None
    found = find_deadline(
        terms,
        step,
        counts_from=local_day(counts_from, settings.TIME_ZONE),
        calendar=load_calendars(Path(settings.CARREARS_HOME))[terms.calendar],
    )
    return found.to_json() if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step to write; ``keep_text``: its words are not kept with the request already."""

    request: RightsRequest
    kind: str
    key: str
    at: datetime
    by: User | None
    data: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    keep_text: bool = True


def write_step(step: Step) -> RightsStep:
    """Write what was done, its evidence and a line of the case; words go there as commitments."""
    request, who = step.request, step.by.get_username() if step.by else ""
    kept = RightsStep.objects.create(
        request=request,
        key=step.key,
        kind=step.kind,
        at=step.at,
        by=step.by,
        data=step.data,
        text_sealed=seal_text(request.party, step.text) if step.keep_text else None,
    )
    payload: dict[str, Any] = {
        "request": request.pk,
        "party": str(request.party_id),
        "loan_no": request.loan_no,
        **step.data,
    }
    if step.text:
        salt = commitment_salt(request.party_id, context=step.key)
        payload["text_commitment"] = commit(step.text, salt=salt)
    record(
        f"rights.{step.kind}",
        subject=request.loan_no,
        payload=payload,
        actor=who,
        key=f"rights:{step.key}",
        occurred_at=step.at,
    )
    if request.case is not None and request.case.state != CaseState.CLOSED:
        at = business_moment(request.case.as_of, settings.TIME_ZONE, moment=step.at)
        told = {"request": request.pk, "what": request.kind, "step": step.kind}
        key = f"rights:{step.key}"
        line = Line(case=request.case, kind="rights_request", at=at, by=step.by, key=key, data=told)
        tell_many([line])
    return kept


def seal_text(party: Party, text: str) -> bytes | None:
    """Seal words under the person's key; nothing is kept of somebody who was erased."""
    if not text or party.wrapped_key is None:
        return None
    return open_subject_key(keyring(), str(party.token), party.wrapped_key).seal(_FIELD, text)


def open_text(party: Party, sealed: bytes | memoryview | None) -> str | None:
    """Open what ``seal_text`` sealed; None where there is nothing, or nothing any more."""
    if sealed is None or party.wrapped_key is None:
        return None
    key = open_subject_key(keyring(), str(party.token), party.wrapped_key)
    return key.open(_FIELD, bytes(sealed))
