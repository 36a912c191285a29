"""Data keys that do not open: what goes over everybody passes by them, and tries them again.

One damaged key stops nobody else's work. Whose it is stands in a table, in the process's log by
token, and an alert counts them until a key from a backup is put in its place.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime

from carrears.database.wall import as_house
from carrears.parties.custody import keyring
from carrears.parties.damaged_models import DamagedKey
from carrears.parties.keyring import Keyring
from carrears.parties.vault import SubjectErasedError, SubjectKey, VaultError, open_subject_key

_log = logging.getLogger(__name__)


class DamagedKeyError(VaultError):
    """The data keys of ``people`` do not open; the message names them by token."""

    def __init__(self, people: Iterable[uuid.UUID]) -> None:
        self.people = frozenset(people)
        named = ", ".join(sorted(map(str, self.people)))
        super().__init__(f"data keys that do not open: {named}")


def open_those_that_open(
    ring: Keyring, wrapped: Iterable[tuple[uuid.UUID, bytes | memoryview | None]]
) -> tuple[dict[uuid.UUID, SubjectKey], frozenset[uuid.UUID]]:
    """The data keys of these people by token, and of whom they do not open."""
    opened: dict[uuid.UUID, SubjectKey] = {}
    damaged = set()
    for token, raw in wrapped:
        try:
            opened[token] = open_subject_key(ring, str(token), raw)
        except VaultError as error:
            damaged.add(token)
            _log.error("the data key of person %s does not open: %s", token, error)
    return opened, frozenset(damaged)


def set_aside(people: Iterable[uuid.UUID], *, at: datetime) -> None:
    """Remember whose keys do not open, so that they are tried again."""
    told = [DamagedKey(party_id=one, found_at=at, tried_at=at) for one in sorted(people)]
    with as_house():
        DamagedKey.objects.bulk_create(
            told, update_conflicts=True, unique_fields=["party"], update_fields=["tried_at"]
        )


def try_again(*, at: datetime) -> frozenset[uuid.UUID]:
    """Of whom that was set aside the key opens again, or who was erased meanwhile.

    They stay set aside until ``take_back``, so that who is killed between begins anew.
    """
    ring, mended = keyring(), set()
    for one in DamagedKey.objects.select_related("party").order_by("pk"):
        try:
            open_subject_key(ring, str(one.party_id), one.party.wrapped_key)
        except SubjectErasedError:
            mended.add(one.party_id)
        except VaultError:
            continue
        else:
            mended.add(one.party_id)
    DamagedKey.objects.exclude(pk__in=mended).update(tried_at=at)
    return frozenset(mended)


def take_back(people: Iterable[uuid.UUID]) -> None:
    """They are set aside no more."""
    DamagedKey.objects.filter(pk__in=list(people)).delete()
