"""The vault's door for other rooms; docs/vault.md shows it in use.

``store`` takes a stream in. ``open_objects`` says who reads what and why; by the ticket that it
returns ``read_range`` reads. Each leaves evidence in its own transaction.
"""

from __future__ import annotations

from carrears.vault.errors import (
    DestroyedError,
    KeptError,
    NotOpenedError,
    SamePersonError,
    TooLargeError,
    VaultError,
)
from carrears.vault.holding import ask_to_lift, decide_lift, is_held, place_hold
from carrears.vault.models import HoldWhy, Kind, LegalHold, Opening, Origin, StoredObject, Why
from carrears.vault.opening import open_objects, read_note, read_range
from carrears.vault.reading import read_name
from carrears.vault.stores import MissingObjectError, StoreError
from carrears.vault.storing import Filed, store
from carrears.vault.streaming import StreamAlteredError

__all__ = [
    "DestroyedError",
    "Filed",
    "HoldWhy",
    "KeptError",
    "Kind",
    "LegalHold",
    "MissingObjectError",
    "NotOpenedError",
    "Opening",
    "Origin",
    "SamePersonError",
    "StoreError",
    "StoredObject",
    "StreamAlteredError",
    "TooLargeError",
    "VaultError",
    "Why",
    "ask_to_lift",
    "decide_lift",
    "is_held",
    "open_objects",
    "place_hold",
    "read_name",
    "read_note",
    "read_range",
    "store",
]
