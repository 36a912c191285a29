"""A witness's folder: its keys, the logs that it watches, and what it last cosigned of each.

    witness.key       its signer keys, one a line (mode 0600)
    logs              the logs that it cosigns, as the witness network lists them
    seen/<hash>       the checkpoint that it last cosigned of a log, by SHA-256 of the origin

What was seen is replaced at once or not at all, and is on disk before a cosignature leaves.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from carrears import keyfiles
from carrears.evidence import checkpoint as checkpoints
from carrears.evidence import note
from carrears.evidence.checkpoint import Checkpoint, CheckpointError
from carrears.evidence.note import KeyFormatError, KeyKind, NoteError, Signer, Verifier

_KEYS = "witness.key"
_LOGS = "logs"
_HEADER = "logs/v0"
_COSIGNING = (KeyKind.COSIGNATURE, KeyKind.ML_DSA_44)


class WitnessError(Exception):
    """A witness's folder cannot be used; the message names the file and says why."""


@dataclass(frozen=True, slots=True)
class WatchedLog:
    """A log by its origin, and the keys by which it may sign."""

    origin: str
    verifiers: tuple[Verifier, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder; reading it anew each time lets a log be added while the witness runs."""

    path: Path

    def signers(self) -> list[Signer]:
        """The keys that cosign.

        Raises:
            WitnessError: there are none, or they cannot be read.
        """
        path = self.path / _KEYS
        if not path.exists():
            raise WitnessError(f"{path} does not exist; run: carrears witness init {self.path}")
        try:
            text = keyfiles.read_or_create(path, make=str)
            return [note.parse_signer(line) for line in text.splitlines()]
        except (keyfiles.ExposedKeyError, KeyFormatError) as error:
            raise WitnessError(f"{path}: {error}") from error

    def logs(self) -> dict[str, WatchedLog]:
        """The logs that are cosigned, by origin.

        Raises:
            WitnessError: the list is malformed.
        """
        path = self.path / _LOGS
        return parse_logs(path.read_text(encoding="utf-8"), str(path)) if path.exists() else {}

    def watch(self, vkey: str, *, origin: str = "") -> WatchedLog:
        """Cosign this log from now on; its origin is its key's name unless it is given.

        Raises:
            KeyFormatError: the key is malformed.
            WitnessError: the origin is not one line, or the list is malformed.
        """
        verifier = note.parse_verifier(vkey)
        if "\n" in origin:
            raise WitnessError("an origin is one line")
        logs = self.logs()
        name = origin or verifier.name
        known = logs.get(name, WatchedLog(name, ()))
        if verifier not in known.verifiers:
            logs[name] = WatchedLog(name, (*known.verifiers, verifier))
        _replace(self.path / _LOGS, format_logs(logs.values()))
        return logs[name]

    @contextmanager
    def seen(self, origin: str) -> Iterator[Seen]:
        """What was last cosigned of a log, held against every other process meanwhile."""
        folder = self.path / "seen"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / hashlib.sha256(origin.encode()).hexdigest()
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Seen(path, self.signers())


@dataclass(frozen=True, slots=True)
class Seen:
    """The file of what was last cosigned of one log."""

    path: Path
    signers: list[Signer]

    def newest(self) -> Checkpoint | None:
        """The checkpoint that was last cosigned.

        Raises:
            WitnessError: the file is not what this witness wrote.
        """
        if not self.path.exists():
            return None
        text = self.path.read_text(encoding="utf-8")
        try:
            if not checkpoints.cosignatures(text, vkeys=[str(s.verifier()) for s in self.signers]):
                raise WitnessError(f"{self.path} is not cosigned by this witness")
            return checkpoints.parse(text)[0]
        except (NoteError, CheckpointError) as error:
            raise WitnessError(f"{self.path}: {error}") from error

    def keep(self, text: str) -> None:
        """Keep a cosigned checkpoint in place of the one before."""
        _replace(self.path, text)


def create(path: Path, name: str, *, with_ml_dsa: bool) -> Folder:
    """A folder with fresh keys.

    Raises:
        WitnessError: there are keys already.
        KeyFormatError: the name cannot name a key.
    """
    keys = path / _KEYS
    if keys.exists():
        raise WitnessError(f"{keys} exists; a witness keeps its keys for good")
    kinds = _COSIGNING if with_ml_dsa else _COSIGNING[:1]
    text = "".join(note.generate_signer(name, kind).encode() + "\n" for kind in kinds)
    keyfiles.read_or_create(keys, make=lambda: text)
    return Folder(path)


def parse_logs(text: str, where: str) -> dict[str, WatchedLog]:
    """Read a list of logs: ``logs/v0``, then ``vkey`` and maybe ``origin`` for each.

    That is the witness network's format; its other lines are of no concern here.

    Raises:
        WitnessError: it is malformed; ``where`` names it.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines or lines[0] != _HEADER:
        raise WitnessError(f"{where} does not begin with {_HEADER}")
    found: list[tuple[str, Verifier]] = []
    for line in lines[1:]:
        word, _, rest = line.partition(" ")
        if word == "vkey":
            try:
                verifier = note.parse_verifier(rest)
            except KeyFormatError as error:
                raise WitnessError(f"{where}: {error}") from error
            found.append((verifier.name, verifier))
        elif not found:
            raise WitnessError(f"{where}: {word} comes before the first vkey")
        elif word == "origin":
            found[-1] = (rest, found[-1][1])
    logs: dict[str, WatchedLog] = {}
    for origin, verifier in found:
        known = logs.get(origin, WatchedLog(origin, ()))
        logs[origin] = WatchedLog(origin, (*known.verifiers, verifier))
    return logs


def format_logs(logs: Iterable[WatchedLog]) -> str:
    """The text that ``parse_logs`` reads."""
    lines = [_HEADER, ""]
    for log in logs:
        for verifier in log.verifiers:
            lines += [f"vkey {verifier}", f"origin {log.origin}", ""]
    return "\n".join(lines)


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    keyfiles.sync_folder(path.parent)
