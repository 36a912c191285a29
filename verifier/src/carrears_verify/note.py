"""C2SP signed notes: a text, a blank line, and one line for each signature.

https://c2sp.org/signed-note. Keys are those of ``note_keys``, in the textual forms of that
specification and of Go's ``sumdb/note``.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carrears_verify.note_keys import (
    ID_BYTES,
    KeyFormatError,
    KeyKind,
    Signer,
    Verifier,
    generate_signer,
    is_name,
    key_id,
    parse_signer,
    parse_verifier,
    split_signature,
    strict_base64,
)

__all__ = [
    "KeyFormatError",
    "KeyKind",
    "NoteError",
    "Signature",
    "Signed",
    "Signer",
    "Verifier",
    "add_lines",
    "generate_signer",
    "key_id",
    "parse_signer",
    "parse_verifier",
    "sign",
    "signature_line",
    "signed_by",
    "split",
    "verify",
]

_MOST_SIGNATURES = 100
_MOST_BYTES = 1_000_000
_SIGNATURE_LINE = "— "


class NoteError(ValueError):
    """A note is malformed, or nobody who is trusted signed it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line, not yet verified."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A true signature: whose, its line, and its second since 1970; 0 where it carries none."""

    verifier: Verifier
    line: str
    at: int


def sign(text: str, signers: Iterable[Signer]) -> str:
    """The note over ``text`` with one signature for each signer, in order.

    Raises:
        NoteError: the text does not end in a newline or holds control characters.
    """
    if not text.endswith("\n") or not _is_plain(text):
        raise NoteError("a note's text ends in a newline and holds no control character")
    return f"{text}\n{''.join(signature_line(signer, text) for signer in signers)}"


def signature_line(signer: Signer, text: str, *, at: int = 0) -> str:
    """The line, with its end, by which ``signer`` signs a note's text in the second ``at``."""
    raw = signer.verifier().key_id + signer.sign(text, at=at)
    return f"{_SIGNATURE_LINE}{signer.name} {base64.b64encode(raw).decode()}\n"


def add_lines(note: str, lines: Iterable[str]) -> str:
    """The note with signature lines that it does not have yet added at its end."""
    return note + "".join(line for line in dict.fromkeys(lines) if f"\n{line}" not in note)


def verify(text: str, vkeys: Iterable[str]) -> list[str]:
    """Who, among the owners of the given verifier keys, signed the note ``text``.

    Signatures by unknown keys are ignored; a key counts once.

    Returns:
        The names of the signers, in the order of their signatures.

    Raises:
        NoteError: the note is malformed, none of the keys signed it, or a signature that
            claims to be by one of the keys is false.
        KeyFormatError: a verifier key is malformed.
    """
    signed = signed_by(text, [parse_verifier(vkey) for vkey in vkeys])
    if not signed:
        raise NoteError("none of the trusted keys signed this note")
    return [one.verifier.name for one in signed]


def signed_by(text: str, verifiers: Sequence[Verifier]) -> list[Signed]:
    """The true signatures of ``verifiers``, in the order of the note; there may be none.

    Raises:
        NoteError: the note is malformed, or a signature by one of them is false.
    """
    known = {(key.name, key.key_id): key for key in verifiers}
    body, signatures = split(text)
    signed: dict[tuple[str, bytes], Signed] = {}
    for one in signatures:
        who = (one.name, one.key_id)
        if who not in known or who in signed:
            continue
        if not known[who].accepts(body, one.signature):
            raise NoteError(f"the signature of {one.name} is false")
        at, _ = split_signature(known[who].kind, one.signature)
        signed[who] = Signed(known[who], _line_of(one), at or 0)
    return list(signed.values())


def split(note: str) -> tuple[str, list[Signature]]:
    """The text of a note and its signatures, which are not verified here.

    Raises:
        NoteError: the note is malformed.
    """
    if len(note.encode(errors="surrogatepass")) > _MOST_BYTES or not _is_plain(note):
        raise NoteError("a note is at most a megabyte of UTF-8 without control characters")
    body, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise NoteError("a note is a text, a blank line and signature lines")
    lines = tail[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise NoteError(f"a note has at most {_MOST_SIGNATURES} signatures")
    return body + "\n", [_parse_signature(line) for line in lines]


def _line_of(one: Signature) -> str:
    encoded = base64.b64encode(one.key_id + one.signature).decode()
    return f"{_SIGNATURE_LINE}{one.name} {encoded}\n"


def _parse_signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_SIGNATURE_LINE).partition(" ")
    raw = strict_base64(encoded)
    if not line.startswith(_SIGNATURE_LINE) or not space or not is_name(name) or raw is None:
        raise NoteError("a signature line is not: dash, name, base64")
    if len(raw) <= ID_BYTES:
        raise NoteError(f"the signature of {name} is too short")
    return Signature(name, raw[:ID_BYTES], raw[ID_BYTES:])


def _is_plain(text: str) -> bool:
    if any(char < " " and char != "\n" for char in text):
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
