"""Read people: in clear only here, only for those who ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from carrears.database.prepared import Blank, prepared
from carrears.parties.blind import DIALLING, Kind, blind_indexes, pinyin_tokens, query_tokens
from carrears.parties.consent_texts import CONTACT
from carrears.parties.indexing import indexes_of_point
from carrears.parties.keyring import Keyring
from carrears.parties.models import Consent, ContactPoint, LoanParty, Party, Role
from carrears.parties.services import keyring
from carrears.parties.vault import open_subject_key


@dataclass(frozen=True, slots=True)
class ReachableAt:
    """One number or address in clear."""

    pk: int
    kind: str
    value: str
    source: str
    valid: bool
    unusable: str = ""
    unusable_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonData:
    """A person in clear. An erased person has no name and nothing to be reached at."""

    token: UUID
    name: str
    id_no: str
    region: str
    language: str
    time_zone: str
    synthetic: bool
    points: tuple[ReachableAt, ...]
    consents: dict[str, bool] = field(default_factory=dict)  # the newest word for each channel
    zones: tuple[str, ...] = ()  # where the person may be; none when nothing is known
    erased_at: datetime | None = None
    told_again_at: datetime | None = None  # when a tape last told of who was erased
    words: int = 0  # how many are in the ledger of consents

    def at(self, kind: str) -> ReachableAt | None:
        """The first valid number or address of a kind."""
        return next((p for p in self.points if p.kind == kind and p.valid), None)


@dataclass(frozen=True, slots=True)
class Addressee:
    """One number or address in clear, and the name of whose it is."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class CarIdentity:
    """Plate and VIN of a loan's car in clear."""

    plate: str
    vin: str


def open_parties(tokens: Iterable[UUID], *, names: bool = True) -> dict[UUID, PersonData]:
    """These people in clear, by token, in three queries.

    Without ``names`` they and the identity numbers stay sealed: what needs none sees none.
    """
    wanted, known = list(tokens), _read.get()
    if known is None:
        known = _read_parties(wanted)
    elif missing := [token for token in wanted if token not in known]:
        known |= _read_parties(missing)
    ring = keyring()
    return {token: _opened(known[token], ring, names=names) for token in wanted if token in known}


def open_points(points: Iterable[int]) -> dict[int, Addressee]:
    """These numbers and addresses (rows) in clear, in one query; of who was erased there is none.

    For what only has to reach somebody, and reads nothing else of him.
    """
    ring = keyring()
    rows = ContactPoint.objects.filter(
        pk__in=list(points), party__wrapped_key__isnull=False
    ).values_list(
        "pk", "kind", "value_sealed", "party_id", "party__name_sealed", "party__wrapped_key"
    )
    found = {}
    for row, kind, value, token, name, wrapped in rows:
        key = open_subject_key(ring, str(token), wrapped)
        found[row] = Addressee(key.open("name", name) if name else "", key.open(kind, value))
    return found


@dataclass(frozen=True, slots=True)
class _Read:
    """Somebody as he is kept: sealed."""

    row: Party
    points: list[ContactPoint]
    words: list[Consent]  # the newest is the last


def _read_parties(tokens: list[UUID]) -> dict[UUID, _Read]:
    found = {one.token: _Read(one, [], []) for one in _people.find(tokens=tokens)}
    for point in _points.find(people=[*found]):
        found[point.party_id].points.append(point)
    for word in _words.find(people=[*found]):
        found[word.party_id].words.append(word)
    return found


@prepared
def _people(tokens: Blank) -> QuerySet[Party]:
    """Without what they are found by: it is long, and not asked for."""
    return Party.objects.filter(tokens.has("token", "uuid")).defer("name_tokens", "id_no_index")


@prepared
def _points(people: Blank) -> QuerySet[ContactPoint]:
    points = ContactPoint.objects.filter(people.has("party", "uuid"))
    return points.defer("value_index", "place_sealed").order_by("pk")


@prepared
def _words(people: Blank) -> QuerySet[Consent]:
    words = Consent.objects.filter(people.has("party", "uuid"))
    words = words.only("party", "purpose", "channel", "granted", "given_at")
    return words.order_by("given_at", "pk")


def links_of(loan_no: str) -> list[LoanParty]:
    """Who belongs to a loan and as what, sealed, with the person's row."""
    known = _read_links.get()
    if known is not None and loan_no in known:
        return [*known[loan_no]]
    found = _links.find(loan=loan_no)
    if known is not None:
        known[loan_no] = found
    return [*found]


@prepared
def _links(loan: Blank) -> QuerySet[LoanParty]:
    return LoanParty.objects.filter(loan_no=loan).select_related("party")


# Whom the page at work has read, sealed as they are in the database.
_read: ContextVar[dict[UUID, _Read] | None] = ContextVar("read parties", default=None)
_read_links: ContextVar[dict[str, list[LoanParty]] | None] = ContextVar("read links", default=None)


@contextmanager
def read_once() -> Iterator[None]:
    """Read each person and who belongs to a loan once in here, for a page that shows him often.

    For what only reads: a change in here is not seen.
    """
    people, links = _read.set({}), _read_links.set({})
    try:
        yield
    finally:
        _read.reset(people)
        _read_links.reset(links)


def _opened(read: _Read, ring: Keyring, *, names: bool) -> PersonData:
    party, words = read.row, read.words
    consents = {one.channel: one.granted for one in words if one.purpose == CONTACT}
    if party.wrapped_key is None:
        return PersonData(
            party.token,
            "",
            "",
            party.region,
            party.language,
            party.time_zone,
            party.synthetic,
            (),
            consents,
            tuple(party.zones),
            party.erased_at,
            party.told_again_at,
            len(words),
        )
    key = open_subject_key(ring, str(party.token), party.wrapped_key)
    return PersonData(
        token=party.token,
        name=key.open("name", party.name_sealed) if names and party.name_sealed else "",
        id_no=key.open("id_no", party.id_no_sealed) if names and party.id_no_sealed else "",
        region=party.region,
        language=party.language,
        time_zone=party.time_zone,
        synthetic=party.synthetic,
        points=tuple(
            ReachableAt(
                point.pk,
                point.kind,
                key.open(point.kind, point.value_sealed),
                point.source,
                point.valid,
                point.unusable,
                point.unusable_at,
            )
            for point in read.points
        ),
        consents=consents,
        zones=tuple(party.zones),
        words=len(words),
    )


def points_by_index(tokens: Iterable[UUID]) -> dict[bytes, list[tuple[UUID, int]]]:
    """Whose numbers and addresses (rows) are found by which index, under every key on the ring.

    Nothing is opened unless there is more than one key. The keys are read after the rows, and so
    are never older than what the rows are under.
    """
    owners: dict[bytes, list[tuple[UUID, int]]] = defaultdict(list)
    people = list(tokens)
    stored = _indexes.ask(people=people)
    if len(keyring().each_index()) == 1:
        for token, pk, index in stored:
            owners[bytes(index)].append((token, pk))
        return owners
    points = ContactPoint.objects.filter(party__in=people).order_by("pk")
    found = list(points.select_related("party"))
    ring = keyring()
    for point in found:
        for index in indexes_of_point(ring, point):
            owners[index].append((point.party_id, point.pk))
    return owners


@prepared
def _indexes(people: Blank) -> QuerySet[ContactPoint, tuple[Any, ...]]:
    points = ContactPoint.objects.filter(people.has("party", "uuid")).order_by("pk")
    return points.values_list("party_id", "pk", "value_index")


def names_of(parties: Iterable[Party]) -> dict[UUID, str]:
    """Only the names, without a query: for lists."""
    ring = keyring()
    return {
        party.token: open_subject_key(ring, str(party.token), party.wrapped_key).open(
            "name", party.name_sealed
        )
        if party.wrapped_key is not None and party.name_sealed is not None
        else ""
        for party in parties
    }


def car_of(loan_no: str) -> CarIdentity | None:
    """Plate and VIN of a loan's car, if a tape gave them."""
    links = sorted(links_of(loan_no), key=lambda link: link.pk)
    link = next((link for link in links if link.role == Role.OBLIGOR), None)
    if link is None or link.party.wrapped_key is None:
        return None
    key = open_subject_key(keyring(), str(link.party.token), link.party.wrapped_key)
    return CarIdentity(
        plate=key.open("plate", link.plate_sealed) if link.plate_sealed else "",
        vin=key.open("vin", link.vin_sealed) if link.vin_sealed else "",
    )


def search_by_name(text: str) -> QuerySet[Party]:
    """People whose name begins as ``text``, or whose Han name is spelled or abbreviated so.

    王小明 is found by 王小, wangxiao, wang xiaoming, wxm and wangxm. Nobody is found when nothing
    in ``text`` can be searched for.
    """
    return Party.objects.filter(named(text, "pk"))


def loans_numbered(text: str) -> set[str]:
    """The loans of whoever has this whole phone or identity number, or whose car this plate or VIN.

    Each is looked up by its index: asked for in one, all links would be gone through.
    """
    ring = keyring()
    phones = [
        one
        for country in DIALLING
        for one in blind_indexes(ring, Kind.PHONE, text, country=country)
    ]
    points = ContactPoint.objects.filter(kind="phone", value_index__in=phones)
    people = Party.objects.filter(id_no_index__in=blind_indexes(ring, Kind.ID_NO, text))
    tokens = [*points.values_list("party", flat=True), *people.values_list("pk", flat=True)]
    found = (
        LoanParty.objects.filter(party__in=tokens),
        LoanParty.objects.filter(plate_index__in=blind_indexes(ring, Kind.PLATE, text)),
        LoanParty.objects.filter(vin_index__in=blind_indexes(ring, Kind.VIN, text)),
    )
    return {loan_no for links in found for loan_no in links.values_list("loan_no", flat=True)}


def named(text: str, column: str) -> Q:
    """That a column names one of the people found by name; see ``search_by_name``.

    Whoever asks for what belongs to them asks so: behind the wall each of them would else be
    looked at twice, as somebody and as whose the other is.
    """
    asked = Q(pk__in=[])
    for ring in keyring().each_index():
        for tokens in (query_tokens(ring, text), pinyin_tokens(ring, text)):
            if tokens:
                # By the index, which no condition could use behind the wall (``access.walls``).
                asked |= Q(**{f"{column}__in": RawSQL("select parties_named(%s)", [tokens])})
    return asked


# PostgreSQL has no short way to the different values of an index; one look-up leads to the next.
_ZONES = """
with recursive z (zone) as (
  (select min(time_zone) from parties_party where time_zone > '')
  union all
  select (select min(p.time_zone) from parties_party p where p.time_zone > z.zone)
  from z where z.zone is not null
)
select zone from z where zone is not null
"""


def zones_on_record() -> list[str]:
    """The time zones in which people on record live; who has none lives in his product's."""
    with connection.cursor() as cursor:
        cursor.execute(_ZONES)
        return [row[0] for row in cursor.fetchall()]
