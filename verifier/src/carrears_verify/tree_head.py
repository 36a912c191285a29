"""What a log says about itself, before anybody signs it.

https://c2sp.org/tlog-checkpoint: origin, size and root, each on a line of its own; lines
that follow are kept and mean nothing here.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from carrears_verify.merkle import HASH_BYTES

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
    return Checkpoint(origin, parse_size(size), parse_hash(root), tuple(extensions))


def parse_size(text: str) -> int:
    """Read a tree size: decimal digits without leading zeroes.

    Raises:
        CheckpointError: it is not one.
    """
    if not _SIZE.fullmatch(text):
        raise CheckpointError(f"{text!r} is no tree size")
    return int(text)


def parse_hash(text: str) -> bytes:
    """Read a hash of 32 bytes in canonical base64.

    Raises:
        CheckpointError: it is not one.
    """
    try:
        hashed = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CheckpointError(f"{text!r} is not base64") from error
    if len(hashed) != HASH_BYTES or base64.b64encode(hashed).decode() != text:
        raise CheckpointError(f"{text!r} is not {HASH_BYTES} bytes in base64")
    return hashed
