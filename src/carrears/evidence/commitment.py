"""Commit to personal data in the log without writing it there.

The log keeps HMAC-SHA256(salt, value). Whoever is shown the salt and the value can check
them against the entry; without the salt the value cannot be found by trying. The salt comes
from the subject's data key (``SubjectKey.commitment_salt``), so erasing the subject leaves a
random number in the log, and every proof as it was.
"""

from __future__ import annotations

import hmac

_SALT_BYTES = 32


def commit(value: str, *, salt: bytes) -> str:
    """The commitment to ``value``, 64 hexadecimal digits, to put into a payload.

    Raises:
        ValueError: the salt is shorter than 32 bytes.
    """
    if len(salt) < _SALT_BYTES:
        raise ValueError(f"a salt of {len(salt)} bytes hides nothing; {_SALT_BYTES} are needed")
    return hmac.digest(salt, value.encode(), "sha256").hex()


def is_opened_by(commitment: str, *, value: str, salt: bytes) -> bool:
    """Whether ``commitment`` was made to ``value`` with ``salt``."""
    return hmac.compare_digest(commitment, commit(value, salt=salt))
