"""The vault's door for other rooms; docs/vault.md shows it in use.

``store`` takes a stream in. ``open_objects`` says who reads what and why; by the ticket that it
returns ``read_range`` reads. Each leaves evidence in its own transaction.
"""

from __future__ import annotations

from carrears.vault.errors import (
    DestroyedError,
    KeptError,
    NotOpenedError,
    TooLargeError,
    VaultError,
)
from carrears.vault.models import Kind, Opening, StoredObject, Why
from carrears.vault.opening import open_objects, read_note, read_range
from carrears.vault.reading import read_name
from carrears.vault.stores import MissingObjectError, StoreError
from carrears.vault.storing import Filed, store
from carrears.vault.streaming import StreamAlteredError

__all__ = [
    "DestroyedError",
    "Filed",
    "KeptError",
    "Kind",
    "MissingObjectError",
    "NotOpenedError",
    "Opening",
    "StoreError",
    "StoredObject",
    "StreamAlteredError",
    "TooLargeError",
    "VaultError",
    "Why",
    "open_objects",
    "read_name",
    "read_note",
    "read_range",
    "store",
]
