"""Open what is sealed. Nobody is asked why here, and nothing is recorded.

For the rooms that do so themselves: ``opening`` for people, the check of the store, the bundle.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterator

from carrears.parties.services import data_key
from carrears.vault.errors import DestroyedError
from carrears.vault.models import StoredObject
from carrears.vault.places import store_in_use
from carrears.vault.streaming import open_range

# Under which names an object's own key and its file's name are sealed by its owner's data key.
KEY_FIELD, NAME_FIELD = "vault key {}", "vault name {}"


def read_content(stored: StoredObject, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Bytes ``[start, end)`` of an object's content, in pieces of at most 1 MiB.

    Raises:
        DestroyedError: its key was destroyed.
        SubjectErasedError: its owner's key was.
        StreamAlteredError: what lies in the store was altered, cut or swapped.
        MissingObjectError: nothing does.
    """
    if stored.wrapped_key is None:
        raise DestroyedError(f"object {stored.token} was destroyed")
    owner = data_key(stored.party_id)
    secret = owner.open(KEY_FIELD.format(stored.token), stored.wrapped_key)
    return open_range(
        functools.partial(store_in_use().read, stored.address),
        key=base64.b64decode(secret),
        bound_to=stored.bound_to,
        size=stored.size,
        start=start,
        end=end,
    )


def read_name(stored: StoredObject) -> str:
    """The name of its file; empty where it has none.

    Raises:
        SubjectErasedError: its owner's key was destroyed.
    """
    if stored.name_sealed is None:
        return ""
    return data_key(stored.party_id).open(NAME_FIELD.format(stored.token), stored.name_sealed)


def commitment_context(stored: StoredObject) -> str:
    """For what the log's commitment to an object's SHA-256 is salted."""
    return f"vault:{stored.token}"
