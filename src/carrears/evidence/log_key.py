"""The key with which the log signs its checkpoints."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from carrears import keyfiles
from carrears.evidence import note

LOG_KEY_FILE = "evidence-log.key"


class LogKeyError(Exception):
    """The log's key does not fit the log; the message says what to do."""


def log_signer() -> note.Signer:
    """The signer, made on first use and kept in the keys folder (mode 0600).

    Raises:
        LogKeyError: the key was made for another origin than the settings name.
        ExposedKeyError: others than its owner can read the file.
    """
    path = Path(settings.KEYS_DIR) / LOG_KEY_FILE
    origin: str = settings.EVIDENCE_ORIGIN
    text = keyfiles.read_or_create(path, make=lambda: note.generate_signer(origin).encode() + "\n")
    signer = note.parse_signer(text)
    if signer.name != origin:
        raise LogKeyError(
            f"{path} is the key of {signer.name}, but CARREARS_EVIDENCE_ORIGIN is {origin};"
            " a log keeps its origin for good"
        )
    return signer
