"""Make stored indexes and search tokens anew: under the newest index key, by the newest rule.

All that finds a person is under one key, which his row names, and changes at once: whoever writes
about a person holds his row and brings it up first, so that what is there already is known again.
What a look-up asks for it asks under every key on the ring. In portions, each a transaction of its
own; killed at any point it goes on where people are left.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from carrears.clock import now
from carrears.parties.blind import (
    DIALLING,
    TOKENS_VERSION,
    Kind,
    blind_index,
    blind_indexes,
    index_many,
    name_tokens_many,
)
from carrears.parties.custody import keyring
from carrears.parties.damaged import open_those_that_open, set_aside
from carrears.parties.keyring import Keyring
from carrears.parties.models import ContactPoint, LoanParty, Party
from carrears.parties.places import country_of
from carrears.parties.vault import SubjectKey, open_subject_key

PORTION = 500
_NOBODY = uuid.UUID(int=0)
_POINTS = """
update parties_contactpoint p set value_index = given.value
from unnest(%s::bigint[], %s::bytea[]) as given (id, value) where p.id = given.id
"""
_CARS = """
update parties_loanparty p set plate_index = given.plate, vin_index = given.vin
from unnest(%s::bigint[], %s::bytea[], %s::bytea[]) as given (id, plate, vin) where p.id = given.id
"""


def bring_up(ring: Keyring, people: Iterable[Party]) -> int:
    """Bring all that finds these people under the newest index key; how many were not.

    Args:
        ring: the keys, read after the people were locked.
        people: locked by the transaction; their rows are changed too.

    Raises:
        MissingIndexKeyError: somebody's key is not on the ring.
        VaultError: as ``open_subject_key``.
    """
    live = [one for one in people if one.wrapped_key is not None]
    old = [one for one in live if not _is_current(one, ring)]
    if not old:
        return 0
    if len(ring.index_keys) <= 1:  # what names no key was made under the only one
        for party in old:
            party.index_key = party.index_key or ring.index_id
        Party.objects.bulk_update(old, ["index_key"])
    anew = [one for one in old if not _is_current(one, ring)]
    keys = {one.pk: open_subject_key(ring, str(one.pk), one.wrapped_key) for one in anew}
    for party in anew:
        ring.indexed_by(party.index_key)
    if anew:
        _bring_names(ring, anew, keys)
        _bring_points(ring, anew, keys)
        _bring_cars(ring, anew, keys)
    return len(old)


def _is_current(party: Party, ring: Keyring) -> bool:
    if party.tokens_version < TOKENS_VERSION or party.index_key is None:
        return False
    return bytes(party.index_key) == ring.index_id


def _bring_names(ring: Keyring, people: Sequence[Party], keys: dict[uuid.UUID, SubjectKey]) -> None:
    names = [
        keys[one.pk].open("name", one.name_sealed) if one.name_sealed is not None else None
        for one in people
    ]
    numbers = [
        keys[one.pk].open("id_no", one.id_no_sealed) if one.id_no_sealed is not None else None
        for one in people
    ]
    tokens, indexes = name_tokens_many(ring, names), index_many(ring, Kind.ID_NO, numbers)
    for party, told, index in zip(people, tokens, indexes, strict=True):
        party.name_tokens, party.tokens_version = told, TOKENS_VERSION
        party.id_no_index, party.index_key = index, ring.index_id
    Party.objects.bulk_update(people, ["name_tokens", "tokens_version", "id_no_index", "index_key"])


def _bring_points(
    ring: Keyring, people: Sequence[Party], keys: dict[uuid.UUID, SubjectKey]
) -> None:
    of = {one.pk: one for one in people}
    points = list(ContactPoint.objects.filter(party__in=of).order_by("pk"))
    fresh = []
    for point in points:
        value = keys[point.party_id].open(point.kind, point.value_sealed)
        plan = _plan_of(ring, point, value, of[point.party_id].language)
        fresh.append(blind_index(ring, Kind(point.kind), value, country=plan) or point.value_index)
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, [[point.pk for point in points], fresh])


def _bring_cars(ring: Keyring, people: Sequence[Party], keys: dict[uuid.UUID, SubjectKey]) -> None:
    cars = list(LoanParty.objects.filter(party__in=[one.pk for one in people]).order_by("pk"))
    plates, vins = (
        index_many(
            ring,
            kind,
            [
                keys[car.party_id].open(kind.value, sealed) if sealed is not None else None
                for car in cars
                for sealed in [getattr(car, f"{kind.value}_sealed")]
            ],
        )
        for kind in (Kind.PLATE, Kind.VIN)
    )
    with connection.cursor() as cursor:
        cursor.execute(_CARS, [[car.pk for car in cars], plates, vins])


def indexes_of_point(ring: Keyring, point: ContactPoint) -> set[bytes]:
    """By what a number or address is found under each key on the ring; its person is at hand."""
    party, kind = point.party, Kind(point.kind)
    key = open_subject_key(ring, str(party.pk), party.wrapped_key)
    value = key.open(point.kind, point.value_sealed)
    plan = _plan_of(ring, point, value, party.language)
    return {bytes(point.value_index), *blind_indexes(ring, kind, value, country=plan)}


def _plan_of(ring: Keyring, point: ContactPoint, value: str, language: str) -> str:
    """The dialling plan by which a number was read; what a person speaks may change since."""
    told = country_of(language)
    if point.kind != Kind.PHONE:
        return told
    stored = bytes(point.value_index)
    fits = (
        plan
        for plan in (told, *DIALLING)
        if stored in blind_indexes(ring, Kind.PHONE, value, country=plan)
    )
    return next(fits, told)


def reindex_all(
    *, portion: int = PORTION, progress: Callable[[int], None] = lambda _count: None
) -> int:
    """Bring everybody under the newest index key and the newest rule; how many were not.

    People whom others hold are passed over at first and waited for at the end.
    """
    total = 0
    for waits in (False, True):
        after: uuid.UUID | None = _NOBODY
        while after is not None:
            count, after = reindex_portion(after=after, portion=portion, waits=waits)
            total += count
            progress(count)
    return total


@transaction.atomic
def reindex_portion(
    *, after: uuid.UUID, portion: int, waits: bool = False
) -> tuple[int, uuid.UUID | None]:
    """Bring up to ``portion`` people up, whose tokens come ``after``.

    Those whose data key does not open are set aside, and stay as they are.

    Returns:
        How many, and the last token to go on from; None when there were no more.
    """
    people = people_left(keyring()).filter(pk__gt=after).order_by("pk")
    found = list(people.select_for_update(no_key=True, skip_locked=not waits)[:portion])
    if not found:
        return 0, None
    # Whoever held them may have brought them up, and the keys may be others than before.
    ring = keyring()
    _, damaged = open_those_that_open(
        ring, [(one.pk, one.wrapped_key) for one in found if one.wrapped_key is not None]
    )
    set_aside(damaged, at=now())
    sound = [one for one in found if one.pk not in damaged]
    return bring_up(ring, sound), found[-1].pk


def people_left(ring: Keyring) -> QuerySet[Party]:
    """Who is found by an older index key, or by what an older rule made."""
    old = Q(index_key=None) | ~Q(index_key=ring.index_id) | Q(tokens_version__lt=TOKENS_VERSION)
    return Party.objects.filter(old, wrapped_key__isnull=False)
