"""Checkpoints: what a log says about itself, signed as a note, and cosigned by witnesses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from carrears_verify import note
from carrears_verify.note import KeyKind
from carrears_verify.tree_head import Checkpoint, CheckpointError, parse_body

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "Cosignature",
    "cosign",
    "cosignatures",
    "parse",
    "parse_body",
    "sign",
    "verify",
]


_LAST_SECOND = 253_402_300_799  # of the year 9999; later ones are no dates


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness saw the log continue up to this checkpoint, and at ``at`` knew no larger one."""

    witness: str
    vkey: str
    kind: KeyKind
    at: datetime | None
    line: str


def parse(text: str) -> tuple[Checkpoint, list[note.Signature]]:
    """Read a signed checkpoint; its signatures, cosignatures among them, are not verified.

    Raises:
        NoteError: the note is malformed.
        CheckpointError: its text is not a checkpoint.
    """
    body, signatures = note.split(text)
    return parse_body(body), signatures


def sign(checkpoint: Checkpoint, signers: Iterable[note.Signer]) -> str:
    """The signed note of ``checkpoint``."""
    return note.sign(checkpoint.body(), signers)


def verify(text: str, *, origin: str, vkeys: Iterable[str]) -> Checkpoint:
    """Read a checkpoint of the log ``origin`` that one of ``vkeys`` signed.

    Raises:
        NoteError: it is malformed, or nobody who is trusted signed it.
        CheckpointError: it is not a checkpoint, or another log's.
    """
    note.verify(text, vkeys)
    found, _ = parse(text)
    if found.origin != origin:
        raise CheckpointError(f"a checkpoint of {found.origin}, not of {origin}")
    return found


def cosign(text: str, signers: Iterable[note.Signer], *, at: int) -> list[str]:
    """The lines by which witnesses cosign the checkpoint ``text`` in the second ``at``.

    https://c2sp.org/tlog-cosignature. Who may cosign what is not decided here.

    Raises:
        NoteError: the note is malformed.
        CheckpointError: its text is not a checkpoint.
    """
    body, _ = note.split(text)
    parse_body(body)
    return [note.signature_line(signer, body, at=at) for signer in signers]


def cosignatures(text: str, *, vkeys: Iterable[str]) -> list[Cosignature]:
    """The true cosignatures on a checkpoint by witnesses with these keys; maybe none.

    Raises:
        NoteError: it is malformed, or a cosignature by one of the keys is false.
        CheckpointError: it is not a checkpoint.
        KeyFormatError: a key is malformed.
    """
    body, _ = note.split(text)
    parse_body(body)
    found = note.signed_by(text, [note.parse_verifier(vkey) for vkey in vkeys])
    return [
        Cosignature(
            one.verifier.name,
            str(one.verifier),
            one.verifier.kind,
            _moment(one.at),
            one.line,
        )
        for one in found
    ]


def _moment(second: int) -> datetime | None:
    return datetime.fromtimestamp(second, UTC) if 0 < second <= _LAST_SECOND else None
