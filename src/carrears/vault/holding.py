"""Keep objects whatever their time (legal hold, 法律保留); lifting a hold takes two people.

Who asks that it be lifted says why; another agrees or refuses. What people say is sealed, and the
log commits to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.evidence.commitment import commit
from carrears.evidence.services import record
from carrears.parties.services import commitment_salt, open_for_house, seal_for_house
from carrears.vault.errors import SamePersonError, VaultError
from carrears.vault.models import HoldWhy, LegalHold, StoredObject
from carrears.vault.places import store_in_use

HOLD_NOTE = "vault hold"
_LONGEST = 500


def holds_on(objects: Iterable[StoredObject]) -> QuerySet[LegalHold]:
    """The holds that are not lifted on any of these objects, or on their loans."""
    known = list(objects)
    loans = {stored.loan_no for stored in known if stored.loan_no}
    live = LegalHold.objects.filter(lifted_at=None)
    return live.filter(Q(stored__in=[stored.pk for stored in known]) | Q(loan_no__in=loans))


def is_held(stored: StoredObject) -> bool:
    """Whether anything keeps this object whatever its time."""
    return holds_on([stored]).exists()


@transaction.atomic
def place_hold(
    *,
    stored: StoredObject | None = None,
    loan_no: str = "",
    why: str,
    note: str,
    by: User | None,
    at: datetime,
) -> LegalHold:
    """Keep one object, or all that there is and will be of a loan.

    Raises:
        VaultError: neither an object nor a loan, no reason, or the object was destroyed.
    """
    if (stored is None) == (not loan_no):
        raise VaultError("a hold is on one object or on one loan")
    words = _words(why, note)
    if stored and StoredObject.objects.select_for_update().get(pk=stored.pk).destroyed_at:
        raise VaultError("the object was destroyed")
    # Nobody destroys an object of the loan meanwhile: he locks its row, and looks for holds then.
    held = _lock_objects(stored, loan_no)
    hold = LegalHold.objects.create(
        stored=stored,
        loan_no=loan_no,
        why=why,
        note_sealed=seal_for_house(HOLD_NOTE, words),
        placed_by=by,
        placed_at=at,
    )
    _record("hold_placed", hold, by=by, at=at, words=words)
    for one in held:
        store_in_use().hold(one.address, held=True)
    return hold


@transaction.atomic
def ask_to_lift(hold: LegalHold, *, note: str, by: User, at: datetime) -> None:
    """Ask that a hold be lifted; it holds on until somebody else agrees.

    Raises:
        VaultError: no reason, it was lifted, or somebody asked before.
    """
    found = _live(hold)
    words = _words(found.why, note)
    if found.asked_at is not None:
        raise VaultError("it is asked already")
    found.asked_by, found.asked_at = by, at
    found.ask_note_sealed = seal_for_house(HOLD_NOTE, words)
    found.save()
    _record("hold_lift_asked", found, by=by, at=at, words=words)


@transaction.atomic
def decide_lift(hold: LegalHold, *, agreed: bool, by: User, at: datetime) -> None:
    """Agree that a hold be lifted, or refuse.

    Raises:
        SamePersonError: it is he who asked.
        VaultError: it was lifted, or nobody asked.
    """
    found = _live(hold)
    if found.asked_at is None or found.asked_by is None:
        raise VaultError("nobody asked for it")
    if found.asked_by == by:
        raise SamePersonError("another person than who asked has to decide")
    if agreed:
        found.lifted_by, found.lifted_at = by, at
    else:
        found.asked_by = found.asked_at = found.ask_note_sealed = None
    found.save()
    _record("hold_lifted" if agreed else "hold_lift_refused", found, by=by, at=at)
    if agreed:
        for stored in _lock_objects(found.stored, found.loan_no):
            if not is_held(stored):
                store_in_use().hold(stored.address, held=False)


def read_hold_note(sealed: bytes | memoryview | None) -> str:
    """What was said of a hold; empty where nothing was."""
    return open_for_house(HOLD_NOTE, sealed) if sealed is not None else ""


def _live(hold: LegalHold) -> LegalHold:
    found = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if found.lifted_at is not None:
        raise VaultError("it was lifted before")
    return found


def _lock_objects(stored: StoredObject | None, loan_no: str) -> list[StoredObject]:
    rows = StoredObject.objects.select_for_update().filter(destroyed_at=None).order_by("pk")
    return list(rows.filter(pk=stored.pk) if stored else rows.filter(loan_no=loan_no))


def _words(why: str, note: str) -> str:
    if why not in HoldWhy.values or not note.strip():
        raise VaultError("a reason is needed")
    return note.strip()[:_LONGEST]


def _record(kind: str, hold: LegalHold, *, by: User | None, at: datetime, words: str = "") -> None:
    key = f"vault:hold:{hold.pk}:{kind}:{at.isoformat()}"
    told = {"hold": hold.pk, "object": str(hold.stored_id or ""), "why": hold.why}
    if words:
        told["note_commitment"] = commit(words, salt=commitment_salt(None, context=key))
    record(
        f"vault.{kind}",
        subject=hold.stored.subject if hold.stored else hold.loan_no,
        key=key,
        actor=by.get_username() if by else "",
        occurred_at=at,
        payload=told,
    )
