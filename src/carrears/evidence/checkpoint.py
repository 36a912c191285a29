"""Checkpoints: what a log says about itself, to be signed as a note.

https://c2sp.org/tlog-checkpoint: origin, size and root, each on a line of its own; lines
that follow are kept and mean nothing here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from carrears.evidence import note
from carrears.evidence.merkle import HASH_BYTES

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_MANDATORY_LINES = 3


class CheckpointError(ValueError):
    """A note's text is not a checkpoint, or is one of another log."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: its name, how many entries it has, and the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def body(self) -> str:
        """The text that is signed."""
        root = base64.b64encode(self.root).decode()
        return "\n".join([self.origin, str(self.size), root, *self.extensions]) + "\n"


def parse_body(text: str) -> Checkpoint:
    """Read the text of a checkpoint, without its signatures.

    Raises:
        CheckpointError: it is not one.
    """
    lines = text.split("\n")
    if lines.pop() or len(lines) < _MANDATORY_LINES or not all(lines):
        raise CheckpointError("a checkpoint is at least three lines, none of them empty")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size):
        raise CheckpointError(f"{size!r} is no tree size")
    try:
        hashed = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CheckpointError("the root hash is not base64") from error
    if len(hashed) != HASH_BYTES or base64.b64encode(hashed).decode() != root:
        raise CheckpointError(f"the root hash is not {HASH_BYTES} bytes in base64")
    return Checkpoint(origin, int(size), hashed, tuple(extensions))


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
