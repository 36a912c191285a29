"""What is typed when an account is changed: kept sealed, and committed to by the entry.

The vault lies to the right of this room and is not imported: it says who keeps words when the house
starts (``parties.apps``). Without a keeper nothing that needs a reason is done.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol


class Commit(Protocol):
    """See ``parties.words.commit_words``."""

    def __call__(
        self, key: str, words: Mapping[str, str], *, party: uuid.UUID | None
    ) -> dict[str, str]:
        """Keep the words; what the payload of the entry says in their place."""
        ...


Read = Callable[[Iterable[str]], dict[str, str]]
BY_HAND = "by_hand"  # stands in a column where words were typed, which lie sealed
_keeper: list[tuple[Commit, Read]] = []


def kept_by(commit: Commit, read: Read) -> None:
    """Say who keeps words from now on."""
    _keeper[:] = [(commit, read)]


def commit_reason(key: str, reason: str) -> dict[str, str]:
    """Keep a reason for the house beside the entry of this key; what its payload says instead."""
    [(commit, _)] = _keeper
    return commit(key, {"reason": reason}, party=None)


def reasons_beside(keys: Iterable[str]) -> dict[str, str]:
    """The reasons that lie beside these entries, as far as they can be opened."""
    [(_, read)] = _keeper
    return read(keys)
