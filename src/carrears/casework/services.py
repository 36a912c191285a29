"""What staff do to a case. Each function is one transaction and leaves evidence."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.models import Case, CaseEvent
from carrears.casework.words import FIELD
from carrears.evidence.services import Record, record_many
from carrears.parties.words import Closed, Spoken, seal_words


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
    agency: str = ""  # whose placement it tells of; else that for which ``by`` acts


def tell(
    case: Case, kind: str, *, at: datetime, by: User | None, data: dict[str, Any], key: str = ""
) -> CaseEvent:
    """Write one line of the timeline and its evidence. The same key writes once.

    Words of people (``text``) are kept sealed under the borrower's key, and go into the evidence
    as a commitment only: they may name somebody, and what the log says can never be erased.
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
    words = [line for line in by_key.values() if line.data.get("text")]
    spoken = [
        Spoken(party=line.case.party_id, field=FIELD, context=line.key, text=line.data["text"])
        for line in words
    ]
    closed = dict(zip((line.key for line in words), seal_words(spoken), strict=True))
    told = [_row(line, closed.get(line.key)) for line in by_key.values()]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_LINES, [json.dumps(told)])
        fresh = {row[0] for row in cursor.fetchall()}
    written = [line for key, line in by_key.items() if key in fresh]
    record_many(_line_record(line, closed.get(line.key)) for line in written)


def _row(line: Line, closed: Closed | None) -> dict[str, Any]:
    row = {
        "key": line.key,
        "case_id": line.case.pk,
        "kind": line.kind,
        "happened_at": line.at.isoformat(),
        "actor_id": line.by.pk if line.by else None,
        "data": line.data,
        "text_sealed": None,
        "agency": line.agency or acts_for(line.by),
    }
    if closed is None:
        return row
    if closed.sealed is None:
        kept = {name: value for name, value in line.data.items() if name != "text"}
        return row | {"data": kept | {"erased": True}}
    return row | {
        "data": line.data | {"text": ""},
        "text_sealed": f"\\x{closed.sealed.hex()}",
    }


# One JSON text is quoted several times faster than an array for each column.
_INSERT_LINES = """
insert into casework_caseevent
  (key, case_id, kind, happened_at, actor_id, data, text_sealed, agency)
select key, case_id, kind, happened_at, actor_id, data, text_sealed, agency
from rows from (json_to_recordset(%s) as (key text, case_id bigint, kind text,
  happened_at timestamptz, actor_id bigint, data jsonb, text_sealed bytea, agency text))
  with ordinality
  as told (key, case_id, kind, happened_at, actor_id, data, text_sealed, agency, nth)
order by nth
on conflict (key) do nothing
returning key
"""


def _line_record(line: Line, closed: Closed | None) -> Record:
    return Record(
        kind=f"case.{line.kind}",
        subject=line.case.loan_no,
        key=f"case:{line.key}",
        actor=line.by.get_username() if line.by else "",
        occurred_at=line.at,
        payload={"case": line.case.pk, "loan_no": line.case.loan_no}
        | _committed(line.data, closed),
    )


def _committed(data: dict[str, Any], closed: Closed | None) -> dict[str, Any]:
    if closed is None:
        return data
    rest = {name: value for name, value in data.items() if name != "text"}
    return rest | {"text_commitment": closed.commitment}


@transaction.atomic
def add_note(
    case: Case,
    *,
    text: str,
    by: User,
    at: datetime,
    words: Sequence[str] = (),
    mentions: Sequence[str] = (),
) -> CaseEvent:
    """Keep a note on a case; ``words`` names the rules that object to its words.

    ``mentions`` are the sign-in names of the colleagues who are told of it.

    Raises:
        CaseworkError: an empty note.
    """
    return write_note(case, text=text, by=by, at=at, words=words, mentions=mentions)


def write_note(
    case: Case,
    *,
    text: str,
    by: User,
    at: datetime,
    words: Sequence[str] = (),
    mentions: Sequence[str] = (),
) -> CaseEvent:
    """The same as part of the caller's transaction, without a savepoint of its own.

    Raises:
        CaseworkError: as ``add_note``.
    """
    line = note_line(case, text=text, by=by, at=at)
    flagged = {"words": list(words)} if words else {}
    named = {"mentions": list(mentions)} if mentions else {}
    return tell(case, "note", at=at, by=by, key=line.key, data=line.data | flagged | named)


def note_line(case: Case, *, text: str, by: User, at: datetime) -> Line:
    """A note as a line to be told with others.

    Raises:
        CaseworkError: an empty note.
    """
    if not text.strip():
        raise CaseworkError("a note needs words")
    key = f"{case.loan_no}:note:{uuid.uuid4()}"
    return Line(case=case, kind="note", at=at, by=by, key=key, data={"text": text.strip()})
