"""Message-IDs that only we can have made: a report names a message of ours, or it is forged.

A Message-ID is ``<digest.mac@domain>``: the digest tells messages apart and nothing of them, the
MAC (HMAC-SHA256, cut to 96 bits) is keyed by what HKDF derives from the newest master key. One made
under any key of the ring holds, so a rotation harms no message under way; once a key is taken away,
reports of what was signed by it wait for a person.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from carrears.parties.ciphers import derive_key
from carrears.parties.keyring import Keyring

_PARTS = re.compile(r"<([0-9a-f]{24})\.([0-9a-f]{24})@([^<>@\s]{1,200})>")
_PURPOSE = "message id"


def signed_message_id(ring: Keyring, key: str, sender: str) -> str:
    """The Message-ID of an attempt: the same for the same attempt, sender and master key."""
    digest = hashlib.sha256(f"carrears message {key}".encode()).hexdigest()[:24]
    domain = sender.rpartition("@")[2]
    return f"<{digest}.{_mac(ring.newest, digest, domain)}@{domain}>"


def is_signed(ring: Keyring, message_id: str) -> bool:
    """Whether we made a Message-ID, under any key of the ring."""
    found = _PARTS.fullmatch(message_id.strip())
    if found is None:
        return False
    digest, mac, domain = found.groups()
    return any(hmac.compare_digest(mac, _mac(key, digest, domain)) for key in ring.keys)


def _mac(master: bytes, digest: str, domain: str) -> str:
    said = f"{digest}@{domain.lower()}".encode()
    return hmac.digest(derive_key(master, _PURPOSE), said, "sha256").hex()[:24]
