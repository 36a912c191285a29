"""Ask a witness to cosign a checkpoint, by https://c2sp.org/tlog-witness."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from carrears.evidence import checkpoint as checkpoints
from carrears.evidence.checkpoint import Cosignature
from carrears.evidence.note import NoteError
from carrears.evidence.tree_head import CheckpointError, parse_size
from carrears.outgoing import OutgoingError, fetch

_TIMEOUT_SECONDS = 10
_LONGEST_ANSWER = 512 * 1024
_SIZE_TYPE = "text/x.tlog.size"


class Refusal(StrEnum):
    """Why a witness does not cosign, where that is no mere fault."""

    ROLLED_BACK = "rolled_back"  # it cosigned more entries than the log has
    FORKED = "forked"  # it cosigned another history
    UNKNOWN = "unknown"  # it does not know this log, or not this key


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The witness cosigned; there is one cosignature for each of its keys that is trusted."""

    cosignatures: tuple[Cosignature, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The witness last cosigned the log at another size than the one that was told."""

    size: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The witness will not cosign this."""

    refusal: Refusal
    why: str


class WitnessUnreachableError(Exception):
    """The witness did not answer, or not as the protocol says; it may do so later."""


def ask(
    url: str, text: str, *, old_size: int, proof: Sequence[bytes], vkeys: Sequence[str]
) -> Cosigned | Elsewhere | Refused:
    """Ask the witness at ``url`` to cosign the checkpoint ``text``.

    Args:
        url: its submission prefix.
        text: the checkpoint with the log's signature.
        old_size: the size that it last cosigned; 0 if it never did.
        proof: the consistency proof from there.
        vkeys: its keys that are trusted; what other keys sign is ignored.

    Raises:
        WitnessUnreachableError: see there.
    """
    lines = [f"old {old_size}", *(base64.b64encode(one).decode() for one in proof), "", text]
    status, kind, answer = _post(f"{url.rstrip('/')}/add-checkpoint", "\n".join(lines).encode())
    if status == HTTPStatus.OK:
        return _cosigned(text, answer, vkeys)
    if status == HTTPStatus.CONFLICT and kind == _SIZE_TYPE:
        try:
            return Elsewhere(parse_size(answer.strip()))
        except CheckpointError as error:
            raise WitnessUnreachableError(f"answers 409 with {answer[:80]!r}") from error
    if status in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}:
        return Refused(Refusal.FORKED, answer.strip()[:500])
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return Refused(Refusal.UNKNOWN, answer.strip()[:500])
    raise WitnessUnreachableError(f"answers {status}: {answer.strip()[:500]}")


def _cosigned(text: str, answer: str, vkeys: Sequence[str]) -> Cosigned:
    try:
        found = checkpoints.cosignatures(text + answer, vkeys=vkeys)
    except (NoteError, CheckpointError) as error:
        raise WitnessUnreachableError(f"answers with no cosignature: {error}") from error
    if not found:
        raise WitnessUnreachableError("cosigns with other keys than the policy names")
    return Cosigned(tuple(found))


def _post(url: str, body: bytes) -> tuple[int, str, str]:
    try:
        answer = fetch(
            url,
            body=body,
            headers={"Content-Type": "text/plain; charset=utf-8"},
            timeout=_TIMEOUT_SECONDS,
            at_most=_LONGEST_ANSWER,
        )
    except OutgoingError as error:
        raise WitnessUnreachableError(str(error)) from error
    return answer.status, answer.kind, answer.body.decode(errors="replace")
