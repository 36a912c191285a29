"""Where the addresses of people are, as the lender's tape says; sealed as the addresses are."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from carrears.database.wall import as_house
from carrears.parties.blind import Kind, blind_index
from carrears.parties.coordinates import Coordinates
from carrears.parties.custody import keyring
from carrears.parties.keyring import Keyring
from carrears.parties.models import ContactPoint, Party
from carrears.parties.places import country_of
from carrears.parties.vault import SubjectKey, open_subject_key

_FIELD = "place"


def store_places(
    rows: Iterable[Mapping[str, Any]],
    parties: Mapping[str, Party],
    keys: Mapping[str, SubjectKey],
    ring: Keyring,
) -> int:
    """Keep where the addresses of these rows of a tape are, what is new; returns how many.

    A row without coordinates takes nothing away. The addresses are on record already.
    """
    wanted = {}
    for row in rows:
        if row.get("address") and row.get("address_lat") is not None:
            country = country_of(row.get("language") or "")
            index = blind_index(ring, Kind.ADDRESS, row["address"], country=country)
            wanted[parties[row["party_no"]].token, index] = row
    if not wanted:
        return 0
    points = ContactPoint.objects.filter(kind="address", party__in={token for token, _ in wanted})
    changed = []
    for point in points:
        found = wanted.get((point.party_id, bytes(point.value_index)))
        if found is None:
            continue
        key, told = keys[found["party_no"]], _told(found)
        if point.place_sealed is None or key.open(_FIELD, point.place_sealed) != told:
            point.place_sealed = key.seal(_FIELD, told)
            changed.append(point)
    ContactPoint.objects.bulk_update(changed, ["place_sealed"])
    return len(changed)


def read_places(points: Collection[int]) -> dict[int, Coordinates]:
    """By contact point, where an address is; what nobody said, or of the erased, is not there."""
    found: dict[int, Coordinates] = {}
    with as_house():
        ring = keyring()
        known = ContactPoint.objects.filter(
            pk__in=points, kind="address", place_sealed__isnull=False
        )
        for point in known.select_related("party"):
            if point.party.wrapped_key is None or point.place_sealed is None:
                continue
            key = open_subject_key(ring, str(point.party.token), point.party.wrapped_key)
            found[point.pk] = Coordinates(**json.loads(key.open(_FIELD, point.place_sealed)))
    return found


def _told(row: Mapping[str, Any]) -> str:
    told = {
        "lat": float(row["address_lat"]),
        "lon": float(row["address_lon"]),
        "crs": row["address_crs"],
    }
    return json.dumps(told, sort_keys=True)
