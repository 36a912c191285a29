"""Take people in. What arrives in clear is stored sealed, or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from carrears.clock import now
from carrears.database.bulk import copy_rows
from carrears.database.wall import as_house
from carrears.evidence.services import Record, record_many
from carrears.parties import custody
from carrears.parties.address_places import store_places
from carrears.parties.blind import TOKENS_VERSION, Kind, blind_index, index_many, name_tokens_many
from carrears.parties.consent_texts import CONTACT
from carrears.parties.corrected import wrong_names
from carrears.parties.indexing import bring_up
from carrears.parties.keyring import Keyring
from carrears.parties.models import Consent, ContactPoint, LoanParty, Party
from carrears.parties.places import country_of, plausible_zones
from carrears.parties.vault import SubjectKey, open_subject_key, seal_many

if TYPE_CHECKING:
    import pyarrow as pa

_CONTACTS = {"phone": Kind.PHONE, "email": Kind.EMAIL, "address": Kind.ADDRESS}
_CONSENTS = {"consent_email": "email", "consent_sms": "sms", "consent_call": "call"}
_BATCH = 5000
keyring = custody.keyring  # for the rooms that ask here


@transaction.atomic
def store_people(people: pa.Table, *, source: str) -> int:
    """Store the people of a tape (columns of docs/tape-format.md, ``people``); returns how many.

    A person who is known keeps token and key and gets what is new. ``source`` says where the
    numbers and the consents came from.
    """
    rows: list[dict[str, Any]] = people.to_pylist()
    for start in range(0, len(rows), _BATCH):
        _store_batch(rows[start : start + _BATCH], source)
    return len(rows)


def _store_batch(rows: list[dict[str, Any]], source: str) -> None:
    by_no = {row["party_no"]: row for row in rows}
    # In the order in which a rotation of the master key takes them, so that neither waits for ever.
    held = Party.objects.filter(party_no__in=by_no).order_by("pk").select_for_update()
    known = {party.party_no: party for party in held}
    ring = keyring()  # one for all of them, and not older than what they were brought under
    bring_up(ring, known.values())
    fresh = [row for number, row in by_no.items() if number not in known]
    _create_parties(fresh, ring)
    parties = {p.party_no: p for p in Party.objects.filter(party_no__in=by_no)}
    _update_known([by_no[number] for number in known], parties, ring)
    _tell_of_erased(party for party in parties.values() if party.erased_at is not None)
    live = [row for row in rows if parties[row["party_no"]].wrapped_key is not None]
    keys = {
        number: open_subject_key(ring, str(party.token), party.wrapped_key)
        for number, party in parties.items()
        if party.wrapped_key is not None
    }
    _add_loan_parties(live, parties, keys, ring)
    _add_contact_points(live, parties, keys, ring, source)
    store_places(live, parties, keys, ring)
    _add_consents(live, parties, source)


def _tell_of_erased(erased: Iterable[Party]) -> None:
    """Note that a tape still tells of people who were erased: its sender should forget them too."""
    moment = now()
    found = list(erased)
    record_many(
        Record(
            kind="person.erased_told_again",
            subject=str(party.token),
            key=f"erased-told-again:{party.token}",
            actor="",
            occurred_at=moment,
            payload={"party": str(party.token)},
        )
        for party in found
        if party.told_again_at is None
    )
    Party.objects.filter(pk__in=[party.pk for party in found]).update(told_again_at=moment)


def _create_parties(rows: list[dict[str, Any]], ring: Keyring) -> None:
    tokens = [uuid.uuid4() for _ in rows]
    names = [row["name"] for row in rows]
    id_nos = [row.get("id_no") or None for row in rows]
    wrapped, sealed = seal_many(
        ring, [str(token) for token in tokens], {"name": names, "id_no": id_nos}
    )
    moment = now()
    copy_rows(
        Party,
        (
            "token", "party_no", "language", "time_zone", "region", "zones", "synthetic",
            "wrapped_key", "name_sealed", "name_tokens", "tokens_version", "id_no_sealed",
            "id_no_index", "index_key", "created_at",
        ),
        (
            (
                token, row["party_no"], row.get("language") or "", row.get("time_zone") or "",
                row.get("region") or "", _zones_of(row), bool(row.get("synthetic")), key, name,
                name_tokens, TOKENS_VERSION, id_no, id_no_index, ring.index_id, moment,
            )
            for token, row, key, name, name_tokens, id_no, id_no_index in zip(
                tokens,
                rows,
                wrapped,
                sealed["name"],
                name_tokens_many(ring, names),
                sealed["id_no"],
                index_many(ring, Kind.ID_NO, id_nos),
                strict=True,
            )
        ),
    )  # fmt: skip


def _update_known(rows: list[dict[str, Any]], parties: dict[str, Party], ring: Keyring) -> None:
    """Bring names and places of people whom an earlier tape brought to what this one says."""
    changed = []
    tokens = name_tokens_many(ring, [row["name"] for row in rows])
    wrong = wrong_names(parties.values())
    for row, row_tokens in zip(rows, tokens, strict=True):
        party = parties[row["party_no"]]
        if party.wrapped_key is None:
            continue  # erased: nothing of this person comes back by a tape
        key = open_subject_key(ring, str(party.token), party.wrapped_key)
        if wrong.get(party.pk) != row["name"]:
            party.name_sealed = key.seal("name", row["name"])
            party.name_tokens, party.tokens_version = row_tokens, TOKENS_VERSION
        party.language = row.get("language") or party.language
        party.time_zone = row.get("time_zone") or party.time_zone
        party.region = row.get("region") or party.region
        place = {"time_zone": party.time_zone, "region": party.region, "phone": row.get("phone")}
        place["language"] = party.language
        party.zones = _zones_of(place) or party.zones
        changed.append(party)
    Party.objects.bulk_update(
        changed,
        [
            "name_sealed",
            "name_tokens",
            "tokens_version",
            "language",
            "time_zone",
            "region",
            "zones",
        ],
    )


def _add_loan_parties(
    rows: Sequence[dict[str, Any]],
    parties: dict[str, Party],
    keys: dict[str, SubjectKey],
    ring: Keyring,
) -> None:
    plates = index_many(ring, Kind.PLATE, [row.get("plate") for row in rows])
    vins = index_many(ring, Kind.VIN, [row.get("vin") for row in rows])
    copy_rows(
        LoanParty,
        (
            "loan_no", "party_id", "role", "plate_sealed", "plate_index", "vin_sealed", "vin_index",
        ),
        (
            (
                row["loan_no"], parties[row["party_no"]].token, row["role"],
                _sealed(keys, row, "plate"), plate, _sealed(keys, row, "vin"), vin,
            )
            for row, plate, vin in zip(rows, plates, vins, strict=True)
        ),
        skip_known=True,
    )  # fmt: skip


def _sealed(keys: dict[str, SubjectKey], row: dict[str, Any], field: str) -> bytes | None:
    value = row.get(field)
    if not value:
        return None
    return keys[row["party_no"]].seal(field, value)


def _add_contact_points(
    rows: Sequence[dict[str, Any]],
    parties: dict[str, Party],
    keys: dict[str, SubjectKey],
    ring: Keyring,
    source: str,
) -> None:
    moment = now()
    for field, kind in _CONTACTS.items():
        given = [row for row in rows if row.get(field)]
        indexes = [blind_index(ring, kind, row[field], country=_country_of(row)) for row in given]
        copy_rows(
            ContactPoint,
            ("party_id", "kind", "value_sealed", "value_index", "source", "valid", "added_at"),
            (
                (
                    parties[row["party_no"]].token, field, _sealed(keys, row, field), index,
                    source, True, moment,
                )
                for row, index in zip(given, indexes, strict=True)
                if index is not None
            ),
            skip_known=True,
        )  # fmt: skip


def _zones_of(row: dict[str, Any]) -> list[str]:
    """Where a person may be, by the row that tells of him."""
    return list(
        plausible_zones(
            declared=row.get("time_zone") or "",
            region=row.get("region") or "",
            number=row.get("phone") or "",
            country=_country_of(row),
        )
    )


def _country_of(row: dict[str, Any]) -> str:
    return country_of(row.get("language") or "")


def _add_consents(rows: Sequence[dict[str, Any]], parties: dict[str, Party], source: str) -> None:
    """Keep what tapes of this source say of consent, where it differs from what they said before.

    A tape has no moment of a word and comes again every night: what it repeats says nothing of what
    a person said since, and its yes lifts no refusal that came in by another way.
    """
    taped: dict[tuple[uuid.UUID, str], bool] = {}
    refused_himself: dict[tuple[uuid.UUID, str], bool] = {}
    tokens = [party.token for party in parties.values()]
    said = Consent.objects.filter(party__in=tokens, purpose=CONTACT)
    for consent in said.order_by("given_at", "pk"):
        place, is_taped = (consent.party_id, consent.channel), consent.source == source
        refused_himself[place] = not consent.granted and not is_taped
        if is_taped:
            taped[place] = consent.granted
    moment, added = now(), []
    for row in rows:
        party = parties[row["party_no"]]
        for field, channel in _CONSENTS.items():
            granted = row.get(field)
            place = (party.token, channel)
            if granted is None or taped.get(place) == granted:
                continue
            if granted and refused_himself.get(place):
                continue
            taped[place] = granted
            added.append((party.token, channel, granted, moment, source))
    copy_rows(Consent, ("party_id", "channel", "granted", "given_at", "source"), added)


@transaction.atomic
def change_phone(loan_no: str, phone: str, *, source: str) -> bool:
    """Give the borrower of a loan a new number; the old ones are not used any more.

    Tells whether there is a borrower on record who can be given one; an erased person cannot.
    """
    link = (
        LoanParty.objects.filter(loan_no=loan_no, role="obligor")
        .select_related("party")
        .order_by("pk")
        .first()
    )
    if link is None or link.party.wrapped_key is None:
        return False
    party = Party.objects.select_for_update().get(pk=link.party_id)
    ring = keyring()
    bring_up(ring, [party])
    index = blind_index(ring, Kind.PHONE, phone, country=country_of(party.language))
    if index is None or party.wrapped_key is None:
        return False
    told = {"time_zone": party.time_zone, "region": party.region, "phone": phone}
    party.zones = _zones_of(told | {"language": party.language})
    party.save(update_fields=["zones"])
    key = open_subject_key(ring, str(party.token), party.wrapped_key)
    others = ContactPoint.objects.filter(party=party, kind="phone", valid=True)
    others.exclude(value_index=index).update(valid=False)
    ContactPoint.objects.update_or_create(
        party=party,
        kind="phone",
        value_index=index,
        defaults={"valid": True, "source": source, "unusable": "", "unusable_at": None},
        create_defaults={
            "valid": True,
            "source": source,
            "value_sealed": key.seal("phone", phone),
        },
    )
    return True


def seal_for_house(field: str, text: str) -> bytes:
    """Seal text that belongs to no single person (a rejected row, say) under the house's key."""
    return _house_key().seal(field, text)


def seal_all_for_house(field: str, texts: Iterable[str]) -> list[bytes]:
    """``seal_for_house`` of many."""
    key = _house_key()
    return [key.seal(field, text) for text in texts]


def open_for_house(field: str, sealed: bytes | memoryview) -> str:
    """Open what ``seal_for_house`` sealed."""
    return _house_key().open(field, sealed)


def open_all_for_house(field: str, sealed: Iterable[bytes | memoryview]) -> list[str]:
    """``open_for_house`` of many."""
    key = _house_key()
    return [key.open(field, one) for one in sealed]


def commitment_salt(party: uuid.UUID | None, *, context: str) -> bytes:
    """The salt of a commitment about a person; it goes with the person's data key.

    What concerns nobody on record is salted by the house.
    """
    return commitment_salts([(party, context)])[0]


def commitment_salts(wanted: Sequence[tuple[uuid.UUID | None, str]]) -> list[bytes]:
    """``commitment_salt`` of many, each by its person and context; the people are read at once."""
    if not wanted:
        return []
    tokens = {party for party, _ in wanted if party}
    known = Party.objects.filter(token__in=tokens, wrapped_key__isnull=False) if tokens else ()
    ring = keyring()
    keys = {one.token: open_subject_key(ring, str(one.token), one.wrapped_key) for one in known}
    house = _house_key() if any(party not in keys for party, _ in wanted) else None
    salts = []
    for party, context in wanted:
        key = keys.get(party, house) if party else house
        assert key is not None  # noqa: S101  the house's was read where one has none
        salts.append(key.commitment_salt(context))
    return salts


def data_key(party: uuid.UUID | None) -> SubjectKey:
    """The data key of a person; the house's own for what belongs to nobody.

    Raises:
        SubjectErasedError: the person was erased, or is not on record.
        VaultError: as ``open_subject_key``.
    """
    if party is None:
        return _house_key()
    found = Party.objects.filter(token=party).first()
    return open_subject_key(keyring(), str(party), found.wrapped_key if found else None)


HOUSE = "house"


def _house_key() -> SubjectKey:
    with as_house():  # it is nobody's, and so behind everybody's wall
        party = Party.objects.filter(party_no=HOUSE).first() or _create_house()
    return open_subject_key(keyring(), str(party.token), party.wrapped_key)


def _create_house() -> Party:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", ["carrears house key"])
        known = Party.objects.filter(party_no=HOUSE).first()
        if known is not None:
            return known
        token = uuid.uuid4()
        wrapped, _ = seal_many(keyring(), [str(token)], {})
        return Party.objects.create(token=token, party_no=HOUSE, wrapped_key=wrapped[0])
