"""Have witnesses cosign the log's checkpoints, and say at once when one refuses."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from carrears.evidence import note
from carrears.evidence import policy as policies
from carrears.evidence.checkpoint import Checkpoint, CheckpointError, Cosignature
from carrears.evidence.log_key import log_signer
from carrears.evidence.models import StoredCheckpoint, StoredCosignature, WitnessState
from carrears.evidence.note import NoteError, parse_verifier
from carrears.evidence.policy import Policy, QuorumError, Witness, parse_policy
from carrears.evidence.queries import prove_growth
from carrears.evidence.record import Record
from carrears.evidence.services import record_many
from carrears.evidence.tiles import TileError
from carrears.evidence.witness_client import (
    Cosigned,
    Elsewhere,
    Refusal,
    Refused,
    WitnessUnreachableError,
    ask,
)

# A witness is asked about an unchanged log too: a backup that was restored is unchanged.
HEARTBEAT = timedelta(minutes=5)
_FIRST_WAIT = timedelta(seconds=5)


_LOOKED_BACK = 100  # checkpoints with cosignatures, for the newest that the quorum cosigned


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of asking the witnesses at one address."""

    cosignatures: tuple[Cosignature, ...] = ()
    refusal: str = ""
    theirs: int = 0  # the size that a witness which refuses has cosigned, as far as it is known
    error: str = ""


def read_policy() -> Policy | None:
    """The policy that the settings name; None when there is none.

    Raises:
        PolicyError: it is malformed.
        OSError: it cannot be read.
    """
    path = Path(settings.WITNESS_POLICY)
    return parse_policy(path.read_text(encoding="utf-8")) if path.is_file() else None


def send_checkpoint(policy: Policy, *, at: datetime, forced: bool = False) -> list[WitnessState]:
    """Ask the policy's witnesses to cosign the newest checkpoint, those for whom it is time.

    A witness that fails is asked again after 5 s, 10 s, 20 s and so on, up to ``HEARTBEAT``; one
    that has cosigned this very checkpoint is asked again after ``HEARTBEAT``.

    Args:
        policy: whom to ask.
        at: now.
        forced: ask all of them at once.

    Returns:
        The state of each witness that takes checkpoints, in the policy's order.
    """
    newest = StoredCheckpoint.objects.order_by("-size").first()
    states = {one.name: state_of(one) for one in policy.witnesses if one.url}
    if newest is None:
        return list(states.values())
    addresses: dict[str, list[Witness]] = defaultdict(list)
    for one in policy.witnesses:
        if one.url and (forced or _is_due(states[one.name], newest, at)):
            addresses[one.url].append(one)
    for url, witnesses in addresses.items():
        told = min(states[one.name].size for one in witnesses)
        outcome = _ask(url, newest, told, [str(one.verifier) for one in witnesses])
        for one in witnesses:
            _keep(states[one.name], one, newest, outcome, at)
    return list(states.values())


@dataclass(frozen=True, slots=True)
class Vouched:
    """The newest checkpoint that the policy's quorum cosigned, as a note with its cosignatures."""

    note: str
    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]


def cosigned_note(stored: StoredCheckpoint) -> str:
    """A checkpoint with all the cosignatures that came in for it."""
    lines = stored.cosignatures.order_by("received_at", "pk").values_list("line", flat=True)
    return note.add_lines(stored.note, lines)


def newest_vouched(policy: Policy, *, least: int = 0) -> Vouched | None:
    """The newest checkpoint, of at least ``least`` entries, that the policy's quorum cosigned.

    A checkpoint whose signatures or cosignatures are false does not count.
    """
    own = replace(policy, logs=(log_signer().verifier(),))
    found = StoredCheckpoint.objects.filter(size__gte=least, cosignatures__isnull=False)
    for stored in found.distinct().order_by("-size")[:_LOOKED_BACK]:
        text = cosigned_note(stored)
        with suppress(QuorumError, NoteError, CheckpointError):
            checkpoint, cosignatures = policies.verify(text, own)
            return Vouched(text, checkpoint, tuple(cosignatures))
    return None


def state_of(witness: Witness) -> WitnessState:
    """What is known of a witness; a fresh row, not yet kept, of one that was never asked."""
    found = WitnessState.objects.filter(vkey=str(witness.verifier)).first()
    return found or WitnessState(vkey=str(witness.verifier), name=witness.name)


def _is_due(state: WitnessState, newest: StoredCheckpoint, at: datetime) -> bool:
    if state.asked_at is None:
        return True
    if state.failures:
        wait = min(_FIRST_WAIT * 2 ** min(state.failures - 1, 10), HEARTBEAT)
    else:
        wait = HEARTBEAT if state.size == newest.size else timedelta()
    # A clock that was put back must not silence the witnesses.
    return not state.asked_at <= at < state.asked_at + wait


def _ask(url: str, newest: StoredCheckpoint, told: int, vkeys: Sequence[str]) -> _Outcome:
    try:
        answer = _ask_from(min(told, newest.size), url, newest, vkeys)
        if isinstance(answer, Elsewhere) and answer.size <= newest.size:
            answer = _ask_from(answer.size, url, newest, vkeys)
    except (WitnessUnreachableError, TileError) as error:
        return _Outcome(error=str(error)[:500])
    match answer:
        case Cosigned(cosignatures):
            return _Outcome(cosignatures=cosignatures)
        case Elsewhere(size) if size > newest.size:
            why = f"it has cosigned {size} entries, the log has {newest.size}"
            return _Outcome(refusal=Refusal.ROLLED_BACK, theirs=size, error=why)
        case Elsewhere(size):
            return _Outcome(error=f"it says {size}, then something else")
        case Refused(refusal, why):
            return _Outcome(refusal=refusal, theirs=told, error=why)


def _ask_from(
    old_size: int, url: str, newest: StoredCheckpoint, vkeys: Sequence[str]
) -> Cosigned | Elsewhere | Refused:
    proof = prove_growth(old_size, newest.size) if old_size else []
    return ask(url, newest.note, old_size=old_size, proof=proof, vkeys=vkeys)


def _keep(
    state: WitnessState, witness: Witness, newest: StoredCheckpoint, outcome: _Outcome, at: datetime
) -> None:
    mine = [one for one in outcome.cosignatures if one.vkey == state.vkey]
    error = outcome.error if mine or outcome.error else "it did not cosign with this key"
    is_new_refusal = bool(outcome.refusal) and outcome.refusal != state.refusal
    state.name, state.url, state.asked_at = witness.name, witness.url, at
    state.failures = 0 if mine else state.failures + 1
    state.refusal, state.error = outcome.refusal, error
    state.silent_since = None if mine or outcome.refusal else state.silent_since or at
    with transaction.atomic():
        for one in mine:
            state.size, state.cosigned_at = newest.size, one.at
            _keep_cosignature(newest.size, one, at)
        if is_new_refusal:
            state.refused_at = at
            record_many([_refused(state, newest.size, outcome, at)])
        elif not outcome.refusal:
            state.refused_at = None
        state.save()


def _keep_cosignature(size: int, one: Cosignature, at: datetime) -> None:
    key = parse_verifier(one.vkey)
    StoredCosignature.objects.get_or_create(
        checkpoint_id=size,
        name=key.name,
        key_id=key.key_id,
        defaults={"line": one.line, "cosigned_at": one.at, "received_at": at},
    )


def _refused(state: WitnessState, size: int, outcome: _Outcome, at: datetime) -> Record:
    return Record(
        kind="witness.refused",
        subject=state.name,
        key=f"witness.refused:{uuid.uuid4()}",
        actor="",
        occurred_at=at,
        payload={
            "witness": state.name,
            "refusal": str(outcome.refusal),
            "log_size": size,
            "witness_size": outcome.theirs,
        },
    )
