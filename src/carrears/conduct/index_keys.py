"""What each key of the blind indexes is still needed for, and the end of one.

People can be brought under a newer key (``parties.indexing``). A bar on a number or an address, and
what an industry list holds, cannot: nothing but the index is kept. They hold an old key on the
ring until the bar ends, or the list is replaced by a newer version or removed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from carrears.clock import local_day
from carrears.conduct.models import DoNotContact, IndustryList, ListState
from carrears.evidence.services import record
from carrears.parties.custody import keepers, keyring
from carrears.parties.index_rotation import add_index_key
from carrears.parties.keyring import KeyInUseError, Purpose, remove_master_key
from carrears.parties.models import Party, RetiredKey
from carrears.parties.rotation import expect_file, one_rotation_at_a_time, parse_id

_HASHING = (ListState.READ, ListState.LIVE)
_EVERYTHING = ("parties_party", "conduct_donotcontact", "conduct_industrylist")


@dataclass(frozen=True, slots=True)
class IndexKeyUse:
    """One key of the blind indexes: its id in hex, what it does, and what was made under it.

    One that ``makes`` is asked under too. One that is ``missing`` is needed and not on the ring.
    """

    key: str
    state: Literal["makes", "asked", "missing"]
    people: int
    bars: int
    lists: int

    @property
    def is_needed(self) -> bool:
        """Whether a look-up under it may still find something."""
        return bool(self.people or self.bars or self.lists)


def index_key_uses(*, on: date) -> list[IndexKeyUse]:
    """The index keys on the ring, oldest first, and those that are missing from it but needed.

    What names no key (an older release made it) counts for the oldest.
    """
    ids = [each.index_id for each in reversed(keyring().each_index())]
    people = _counted(Party.objects.filter(wrapped_key__isnull=False), ids[0])
    bars = _counted(_bars_in_force(on), ids[0])
    lists = _counted(IndustryList.objects.filter(state__in=_HASHING), ids[0])
    missing = sorted((people.keys() | bars.keys() | lists.keys()) - set(ids))
    told: list[tuple[bytes, Literal["makes", "asked", "missing"]]] = [
        *((one, "missing") for one in missing),
        *((one, "asked") for one in ids[:-1]),
        (ids[-1], "makes"),
    ]
    return [
        IndexKeyUse(one.hex(), state, people[one], bars[one], lists[one]) for one, state in told
    ]


def begin_index_rotation(*, on: date) -> bool:
    """Put a new index key on the ring, unless a rotation is unfinished; tells whether it did.

    Raises:
        KeyInUseError: the keys are given by the environment.
    """
    name_keys()
    *older, _newest = index_key_uses(on=on)
    if any(one.people for one in older):
        return False
    add_index_key()
    return True


@transaction.atomic
def name_keys() -> None:
    """Note the only key there is at bars and lists of an older release, which noted none."""
    one_rotation_at_a_time()
    only, *others = keyring().each_index()
    if others:
        return
    for model in (DoNotContact, IndustryList):
        rows: QuerySet[DoNotContact | IndustryList] = model.objects.filter(index_key=None)
        rows.update(index_key=only.index_id)


def retire_index_key(wanted: str, *, destroy: bool, actor: str, at: datetime) -> None:
    """Take an index key that nothing is found under any more off the ring.

    It is kept in the file of retired keys, for old backups, unless destroyed. Whoever is writing
    is waited for; whoever read the ring before and indexes by the key later is refused. Killed at
    any point, the same again finishes it.

    Raises:
        KeyInUseError: something was made under it, it is the newest, or it is not on the ring.
    """
    expect_file()
    given = parse_id(wanted)
    if given == keyring().index_id:
        raise KeyInUseError(f"{wanted} is the newest index key; it makes what comes")
    _refuse_from_now_on(given, destroy=destroy, actor=actor, at=at)
    with transaction.atomic():
        one_rotation_at_a_time()
        remove_master_key(
            Path(settings.KEYS_DIR),
            given,
            purpose=Purpose.INDEX,
            destroy=destroy,
            keepers=keepers(),
        )


@transaction.atomic
def _refuse_from_now_on(given: bytes, *, destroy: bool, actor: str, at: datetime) -> None:
    one_rotation_at_a_time()
    if RetiredKey.objects.filter(key_id=given).exists():
        return
    with connection.cursor() as cursor:
        for table in _EVERYTHING:
            cursor.execute(f"lock table {table} in share row exclusive mode")
    uses = index_key_uses(on=local_day(at, settings.TIME_ZONE))
    use = next((one for one in uses if one.key == given.hex()), None)
    if use is None:
        raise KeyInUseError(f"no index key {given.hex()} on the keyring")
    if use.is_needed:
        raise KeyInUseError(_why(use))
    RetiredKey.objects.create(key_id=given, retired_at=at)
    record(
        "vault.key_retired",
        subject="vault",
        payload={"key": given.hex(), "purpose": Purpose.INDEX.value, "destroyed": destroy},
        actor=actor,
        key=f"vault-key-retired:{given.hex()}",
        occurred_at=at,
    )


def _why(use: IndexKeyUse) -> str:
    if use.people:
        return f"{use.people} people are found under it; carrears keys rotate-index comes first"
    return (
        f"{use.bars} bars on numbers and addresses and {use.lists} lists of others are looked up"
        " under it, of which nothing else is kept: until those bars are lifted or end, and those"
        " lists are replaced or removed, it stays"
    )


def _bars_in_force(on: date) -> QuerySet[DoNotContact]:
    ends = Q(until_on=None) | Q(until_on__gte=on)
    return DoNotContact.objects.filter(ends, value_index__isnull=False, lifted_at=None)


def _counted(
    rows: QuerySet[Party] | QuerySet[DoNotContact] | QuerySet[IndustryList], unnamed: bytes
) -> Counter[bytes]:
    found: Counter[bytes] = Counter()
    told = rows.order_by().values_list("index_key").annotate(count=Count("pk"))
    for key, count in told:
        found[bytes(key) if key is not None else unnamed] += count
    return found
