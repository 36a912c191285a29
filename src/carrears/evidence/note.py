"""C2SP signed notes: a text, a blank line, and one line for each signature.

https://c2sp.org/signed-note. Keys are Ed25519 (signature type 1) in the textual forms of
that specification and of Go's ``sumdb/note``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_ID_BYTES = 4
_KEY_BYTES = 32
_MOST_SIGNATURES = 100
_MOST_BYTES = 1_000_000
_SIGNATURE_LINE = "— "
_PRIVATE = "PRIVATE+KEY+"


class NoteError(ValueError):
    """A note is malformed, or nobody who is trusted signed it."""


class KeyFormatError(ValueError):
    """A verifier or signer key is malformed, or of a type that is not known here."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name: who is trusted to sign."""

    name: str
    key_id: bytes
    public: bytes

    def __str__(self) -> str:
        key = base64.b64encode(_ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether this key made ``signature`` over ``text``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name."""

    name: str
    private: bytes = field(repr=False)

    def encode(self) -> str:
        """The key as text, to be kept secret: ``PRIVATE+KEY+<name>+<id>+<seed>``."""
        seed = base64.b64encode(_ED25519 + self.private).decode()
        return f"{_PRIVATE}{self.name}+{self.verifier().key_id.hex()}+{seed}"

    def verifier(self) -> Verifier:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()
        return Verifier(self.name, key_id(self.name, public), public)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line, not yet verified."""

    name: str
    key_id: bytes
    signature: bytes


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes that name an Ed25519 key, beside its name."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_ID_BYTES]


def generate_signer(name: str) -> Signer:
    """A fresh key.

    Raises:
        KeyFormatError: the name is empty, or holds a space or a plus sign.
    """
    if not _is_name(name):
        raise KeyFormatError(f"{name!r} cannot name a key: it is empty or holds a space or a plus")
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw())


def parse_signer(text: str) -> Signer:
    """Read what ``Signer.encode`` wrote.

    Raises:
        KeyFormatError: it is malformed.
    """
    if not text.startswith(_PRIVATE):
        raise KeyFormatError("a signer key begins with PRIVATE+KEY+")
    name, claimed, seed = _parse_key(text.removeprefix(_PRIVATE).strip())
    signer = Signer(name, seed)
    if signer.verifier().key_id != claimed:
        raise KeyFormatError(f"the key id of {name} is not that of its key")
    return signer


def parse_verifier(vkey: str) -> Verifier:
    """Read a verifier key, ``<name>+<id in hexadecimal>+<type and key in base64>``.

    Raises:
        KeyFormatError: it is malformed or not an Ed25519 key.
    """
    name, claimed, public = _parse_key(vkey.strip())
    if key_id(name, public) != claimed:
        raise KeyFormatError(f"the key id of {name} is not that of its key")
    return Verifier(name, claimed, public)


def sign(text: str, signers: Iterable[Signer]) -> str:
    """The note over ``text`` with one signature for each signer, in order.

    Raises:
        NoteError: the text does not end in a newline or holds control characters.
    """
    if not text.endswith("\n") or not _is_plain(text):
        raise NoteError("a note's text ends in a newline and holds no control character")
    lines = [_signature_line(signer, text) for signer in signers]
    return f"{text}\n{''.join(lines)}"


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
    known = {(key.name, key.key_id): key for key in map(parse_verifier, vkeys)}
    body, signatures = split(text)
    signed: dict[tuple[str, bytes], str] = {}
    for line in signatures:
        who = (line.name, line.key_id)
        if who not in known or who in signed:
            continue
        if not known[who].accepts(body, line.signature):
            raise NoteError(f"the signature of {line.name} is false")
        signed[who] = line.name
    if not signed:
        raise NoteError("none of the trusted keys signed this note")
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


def _signature_line(signer: Signer, text: str) -> str:
    private = Ed25519PrivateKey.from_private_bytes(signer.private)
    raw = signer.verifier().key_id + private.sign(text.encode())
    return f"{_SIGNATURE_LINE}{signer.name} {base64.b64encode(raw).decode()}\n"


def _parse_signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_SIGNATURE_LINE).partition(" ")
    raw = _base64(encoded)
    if not line.startswith(_SIGNATURE_LINE) or not space or not _is_name(name) or raw is None:
        raise NoteError("a signature line is not: dash, name, base64")
    if len(raw) <= _ID_BYTES:
        raise NoteError(f"the signature of {name} is too short")
    return Signature(name, raw[:_ID_BYTES], raw[_ID_BYTES:])


def _parse_key(text: str) -> tuple[str, bytes, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3:  # noqa: PLR2004  name, id, key
        raise KeyFormatError("a key is a name, an id and base64, joined by plus signs")
    name, claimed, encoded = parts
    raw = _base64(encoded)
    try:
        identity = bytes.fromhex(claimed)
    except ValueError as error:
        raise KeyFormatError(f"the key id of {name} is not hexadecimal") from error
    if not _is_name(name) or raw is None or len(claimed) != 2 * _ID_BYTES:
        raise KeyFormatError(f"the key of {name!r} is malformed")
    if raw[:1] != _ED25519 or len(raw) != 1 + _KEY_BYTES:
        raise KeyFormatError(f"the key of {name} is not an Ed25519 note key")
    return name, identity, raw[1:]


def _base64(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(char.isspace() for char in name)


def _is_plain(text: str) -> bool:
    if any(char < " " and char != "\n" for char in text):
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
