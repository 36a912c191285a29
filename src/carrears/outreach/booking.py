"""Book contacts: judged and kept in one transaction, under a lock of each person.

Whoever books a contact with a person first takes that person's row, and reads what is on record
only then. So two who want the last permitted contact come one after the other, and the second
finds the first's in the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

from carrears.conduct.models import VerdictRecord
from carrears.conduct.verdict import Verdict
from carrears.database.bulk import insert_rows
from carrears.database.wall import as_house
from carrears.evidence.services import record_many
from carrears.outreach.ended import attempt_record
from carrears.outreach.judging import people_of
from carrears.outreach.messages import BusyError
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.wanted import WantedContact, debtor_of, is_overridden, may_leave, point_of
from carrears.parties.queries import PersonData

# Far less than what ``onrecord`` still takes for earlier than the contact that waited.
_PATIENCE = 60.0
_LOCK = "select token from parties_party where token = any(%s) order by token for no key update"

_W = TypeVar("_W", bound=WantedContact)


@dataclass(frozen=True, slots=True)
class Draft:
    """The verdict on one contact, what it was given on, and what its channel keeps besides.

    ``fields`` go before what the verdict says by itself: the state of what was made already.
    """

    verdict: Verdict
    facts: dict[str, Any]
    fields: dict[str, Any] = field(default_factory=dict)


def book(
    wanted: Sequence[_W],
    draft: Callable[[Sequence[_W], Mapping[UUID, PersonData]], Iterable[Draft]],
    *,
    patience: float = _PATIENCE,
) -> list[Attempt]:
    """Judge and keep these contacts, in their order; a key that is known is not judged again.

    ``draft`` asks the gate about contacts of which no two are with one person.

    Raises:
        BusyError: somebody else holds one of the people for longer than ``patience`` seconds.
    """
    # The gate counts the contacts of all sides, whoever of them asks.
    with as_house(), patiently(patience):
        _lock({each for one in wanted for each in _people(one)})
        known = Attempt.objects.filter(key__in=[one.key for one in wanted])
        booked = {attempt.key: attempt for attempt in known}
        fresh = [one for one in wanted if one.key not in booked]
        for wave in _waves(fresh):
            booked |= {attempt.key: attempt for attempt in _book_wave(wave, draft)}
    return [booked[one.key] for one in wanted]


@contextmanager
def patiently(seconds: float) -> Iterator[None]:
    """A transaction that waits so long for what somebody else holds.

    Raises:
        BusyError: it was held for longer.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                told = f"{round(1000 * seconds)}ms"
                cursor.execute("select set_config('lock_timeout', %s, true)", [told])
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
            raise BusyError("another contact with this person is under way") from error
        raise


def _lock(tokens: set[UUID]) -> None:
    """Take these people's rows in one order, so that nobody waits in a circle."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(tokens)])


def _people(wanted: WantedContact) -> set[UUID]:
    return {wanted.party.token, debtor_of(wanted)}


def _waves(wanted: Iterable[_W]) -> list[list[_W]]:
    """Contacts one after the other where they are with one person, else together."""
    waves: list[list[_W]] = []
    turn: dict[UUID, int] = {}
    seen: set[str] = set()
    for one in wanted:
        if one.key in seen:
            continue
        seen.add(one.key)
        place = max(turn.get(token, 0) for token in _people(one))
        turn |= dict.fromkeys(_people(one), place + 1)
        if place == len(waves):
            waves.append([])
        waves[place].append(one)
    return waves


def _book_wave(
    wanted: Sequence[_W],
    draft: Callable[[Sequence[_W], Mapping[UUID, PersonData]], Iterable[Draft]],
) -> list[Attempt]:
    people = people_of(wanted)
    drafts = list(draft(wanted, people))
    records = [_verdict_record(one, each) for one, each in zip(wanted, drafts, strict=True)]
    insert_rows(records)
    attempts = [
        _attempt(one, record, people[one.party.token], each)
        for one, record, each in zip(wanted, records, drafts, strict=True)
    ]
    insert_rows(attempts)
    record_many(attempt_record(attempt) for attempt in attempts)
    return attempts


def _verdict_record(wanted: WantedContact, draft: Draft) -> VerdictRecord:
    verdict = draft.verdict
    return VerdictRecord(
        attempt_key=wanted.key,
        case=wanted.case,
        party=wanted.party,
        channel=wanted.channel,
        attempt_at=wanted.at,
        pack=verdict.pack,
        pack_version=verdict.pack_version,
        gate_action=verdict.gate_action,
        expect=verdict.expect,
        findings=verdict.to_json()["findings"],
        facts=draft.facts,
        next_allowed_at=verdict.next_allowed_at,
    )


def _attempt(
    wanted: WantedContact, record: VerdictRecord, person: PersonData, draft: Draft
) -> Attempt:
    allowed = may_leave(wanted, draft.verdict)
    point = point_of(wanted, person)
    fields = {"state": AttemptState.BOOKED if allowed else AttemptState.BLOCKED} | draft.fields
    return Attempt(
        key=wanted.key,
        case=wanted.case,
        party=wanted.party,
        contact_point_id=point.pk if point else None,
        channel=wanted.channel,
        agency=wanted.agency,
        purpose=wanted.purpose,
        verdict=record,
        gate_action=record.gate_action,
        override=wanted.override if is_overridden(wanted, draft.verdict) else None,
        at=wanted.at,
        made_by=wanted.by,
        **fields,
    )
