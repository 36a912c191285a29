"""Look at personal data in clear: for a reason, and on record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from carrears.access.models import User
from carrears.evidence.services import record
from carrears.parties.blind import Kind
from carrears.parties.custody import keyring
from carrears.parties.models import Party, Unmasking
from carrears.parties.vault import open_subject_key
from carrears.yamls import load_yaml

_FILE = Path(__file__).with_name("unmasking.yaml")
_NOTE = "reason to look"
NOTE_AT_MOST = 200
BY_CALL, BY_VISIT = "call", "visit"


class UnmaskingError(ValueError):
    """Nothing is shown without a reason; the message says what is lacking."""


@cache
def _rules() -> Mapping[str, Any]:
    found: Mapping[str, Any] = load_yaml(_FILE.read_text(encoding="utf-8"))
    return found


def reasons() -> Mapping[str, Mapping[str, Any]]:
    """All reasons by code, in order, each with its titles ``zh`` and ``en``."""
    found: Mapping[str, Mapping[str, Any]] = _rules()["reasons"]
    return found


def reasons_to_choose() -> tuple[str, ...]:
    """The codes that somebody may give."""
    return tuple(code for code, one in reasons().items() if one.get("by_hand", True))


def needs_step_up(kind: Kind) -> bool:
    """Whether one first confirms who one is; also of a kind of which the file says nothing."""
    return bool(_rules()["step_up"].get(kind.value, True))


@transaction.atomic
def note_unmasking(
    party: Party,
    kind: Kind,
    *,
    loan_no: str,
    ref: str,
    reason: str,
    note: str,
    by: User,
    at: datetime,
) -> Unmasking:
    """Keep that ``by`` looked at a value in clear, and why; call it in the look's transaction.

    Evidence has the reason's code alone: what is typed may speak of somebody.

    Raises:
        UnmaskingError: an unknown reason, or no words where it needs them.
    """
    if reason not in reasons():
        raise UnmaskingError("choose a reason")
    note = note.strip()[:NOTE_AT_MOST]
    if reasons()[reason].get("note") and not note:
        raise UnmaskingError("say the reason in words")
    kept = Unmasking.objects.create(
        party=party,
        loan_no=loan_no,
        kind=kind.value,
        reason=reason,
        note_sealed=_seal(party, note) if note else None,
        by=by,
        at=at,
    )
    record(
        "person.revealed",
        subject=loan_no,
        payload={"loan_no": loan_no, "what": kind.value, "of": ref, "why": reason},
        actor=by.get_username(),
        key=f"reveal:{uuid.uuid4()}",
        occurred_at=at,
    )
    return kept


def notes_of(found: Iterable[Unmasking]) -> dict[int, str]:
    """By number, the words that were given; of erased people none."""
    rows = [one for one in found if one.note_sealed is not None]
    keys = {
        one.party_id: open_subject_key(keyring(), str(one.party_id), one.party.wrapped_key)
        for one in rows
        if one.party.wrapped_key is not None
    }
    return {
        one.pk: keys[one.party_id].open(_NOTE, bytes(one.note_sealed))
        for one in rows
        if one.note_sealed is not None and one.party_id in keys
    }


def _seal(party: Party, note: str) -> bytes | None:
    held = Party.objects.get(pk=party.pk)
    if held.wrapped_key is None:
        return None
    return open_subject_key(keyring(), str(held.token), held.wrapped_key).seal(_NOTE, note)
