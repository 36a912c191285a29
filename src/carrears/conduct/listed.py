"""Which of some people's numbers and addresses the industry lists in force hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from carrears.conduct.models import IndustryList, ListState
from carrears.database.prepared import prepared
from carrears.parties.blind import foreign_indexes
from carrears.parties.places import country_of
from carrears.parties.queries import PersonData
from carrears.parties.services import keyring

_FIND = """
select asked.nth
from unnest(%s::bigint[], %s::bytea[]) with ordinality as asked (list_id, value_index, nth)
join conduct_listing using (list_id, value_index)
order by asked.nth
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A person's number or address (its row) that a list holds."""

    row: IndustryList
    token: UUID
    point: int

    def covers(self, *, product: str, agency: str) -> bool:
        """Whether the list bars a contact about a ``product`` by an ``agency``."""
        return self.row.covers(product=product, agency=agency)


def find_listed(people: Iterable[PersonData]) -> list[Listed]:
    """All of these people that the lists in force hold: hashed anew, looked up in one query.

    Each list is asked under the key that it was hashed by, which a rotation leaves as it is.
    A list of people is asked about the numbers that a person no longer uses too.
    """
    lists = _live.find()
    if not lists:
        return []
    asked: list[Listed] = []
    indexes: list[bytes] = []
    everyone, ring = list(people), keyring()
    for row in lists:
        found, digests = _digests(row, everyone)
        for each in ring.indexed_by(row.index_key):
            asked += found
            indexes += foreign_indexes(each, row.name, digests)
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [[one.row.pk for one in asked], indexes])
        return list(dict.fromkeys(asked[nth - 1] for (nth,) in cursor.fetchall()))


@prepared
def _live() -> QuerySet[IndustryList]:
    return IndustryList.objects.filter(state=ListState.LIVE).order_by("pk")


def _digests(row: IndustryList, people: Iterable[PersonData]) -> tuple[list[Listed], list[bytes]]:
    scheme = row.scheme
    asked, digests = [], []
    for person in people:
        country = country_of(person.language)
        for point in person.points:
            if point.kind != scheme.kind or not (point.valid or row.whole_person):
                continue
            if digest := scheme.digest_of(point.value, country=country):
                asked.append(Listed(row, person.token, point.pk))
                digests.append(digest)
    return asked, digests
