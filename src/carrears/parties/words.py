"""Words that people type: sealed at rest, and in the evidence log as a commitment only.

What staff and borrowers write may name anybody. It is sealed under the data key of the person whom
it concerns, and under the house's where there is none; with that key both the words and the salt of
their commitment go, and the log verifies as before.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from carrears.database.prepared import Blank, prepared
from carrears.database.wall import as_house
from carrears.evidence.commitment import commit
from carrears.parties.custody import keyring
from carrears.parties.damaged import DamagedKeyError, open_those_that_open
from carrears.parties.models import Party, SealedWords
from carrears.parties.services import data_key
from carrears.parties.vault import AlteredError, SubjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Words to be sealed as ``field`` for a person, and committed to in ``context``."""

    party: uuid.UUID | None
    field: str
    context: str
    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """Words as they were sealed, None where nothing was kept, and the commitment to them."""

    sealed: bytes | None
    commitment: str


def seal_words(spoken: Sequence[Spoken]) -> list[Closed]:
    """Seal words and commit to them, in the order given; the people's keys are read at once.

    Of somebody who was erased nothing is kept, and the house salts the commitment.

    Raises:
        DamagedKeyError: somebody's data key does not open.
    """
    keys, damaged = _keys_of(one.party for one in spoken)
    if damaged:
        raise DamagedKeyError(damaged)
    house = data_key(None) if any(one.party not in keys for one in spoken) else None
    closed = []
    for one in spoken:
        key = keys.get(one.party, house) if one.party else house
        assert key is not None  # noqa: S101  the house's was read where one has none
        is_kept = one.party is None or one.party in keys
        salt = key.commitment_salt(one.context)
        sealed = key.seal(one.field, one.text) if is_kept else None
        closed.append(Closed(sealed, commit(one.text, salt=salt)))
    return closed


def _keys_of(
    people: Iterable[uuid.UUID | None],
) -> tuple[dict[uuid.UUID, SubjectKey], frozenset[uuid.UUID]]:
    """The data keys of those who have one, by their tokens, and of whom they do not open."""
    wanted = {party for party in people if party is not None}
    if not wanted:
        return {}, frozenset()
    with as_house():
        found = _wrapped.ask(people=[*wanted])
    return open_those_that_open(keyring(), found)


@prepared
def _wrapped(people: Blank) -> QuerySet[Party, tuple[Any, ...]]:
    known = Party.objects.filter(people.has("token", "uuid"), wrapped_key__isnull=False)
    return known.values_list("token", "wrapped_key")


def open_words(
    field: str, sealed: Sequence[tuple[uuid.UUID | None, bytes | memoryview | None]]
) -> list[str | None]:
    """What was sealed as ``field`` for these people; None where it cannot be opened any more."""
    keys, _ = _keys_of(party for party, raw in sealed if raw is not None)
    house = None
    opened: list[str | None] = []
    for party, raw in sealed:
        key = keys.get(party) if party else house
        if key is None and party is None and raw is not None:
            key = house = data_key(None)
        opened.append(None if key is None or raw is None else _open(key, field, raw))
    return opened


def _open(key: SubjectKey, field: str, raw: bytes | memoryview) -> str | None:
    try:
        return key.open(field, raw)
    except AlteredError:
        return None


def commit_words(key: str, words: Mapping[str, str], *, party: uuid.UUID | None) -> dict[str, str]:
    """Keep words beside the entry that will have this key; what its payload says in their place.

    Part of the caller's transaction, and once for a key and a name. Empty words are left out.

    Args:
        key: the idempotency key of the entry.
        words: by name, such as ``reason``.
        party: whom they concern; None for nobody, or for many.

    Returns:
        ``<name>_commitment`` for each of the words.
    """
    told = {name: text for name, text in words.items() if text}
    if not told:
        return {}
    spoken = [
        Spoken(party=party, field=name, context=context_of(key, name), text=text)
        for name, text in told.items()
    ]
    closed = dict(zip(told, seal_words(spoken), strict=True))
    rows = [
        SealedWords(key=key, name=name, party_id=party, text_sealed=one.sealed)
        for name, one in closed.items()
    ]
    with as_house():
        SealedWords.objects.bulk_create(rows, ignore_conflicts=True)
    return {f"{name}_commitment": one.commitment for name, one in closed.items()}


def context_of(key: str, name: str) -> str:
    """In which context the commitment to the words of an entry is salted."""
    return f"{key}#{name}"


def words_of(keys: Iterable[str], name: str = "reason") -> dict[str, str]:
    """By the keys of their entries, the words of that name that can be opened."""
    with as_house():
        found = list(
            SealedWords.objects.filter(key__in=list(keys), name=name).values_list(
                "key", "party_id", "text_sealed"
            )
        )
        opened = open_words(name, [(party, raw) for _, party, raw in found])
    return {key: text for (key, _, _), text in zip(found, opened, strict=True) if text is not None}
