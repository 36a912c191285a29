"""People who are looked up while the key of lookups changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from factories import DAY, MOMENT, make_case

from carrears.casework.models import Case
from carrears.conduct.index_keys import begin_index_rotation
from carrears.conduct.models import DoNotContact
from carrears.conduct.services import Scope, bar_value
from carrears.outreach.calls import preview_call
from carrears.parties import custody
from carrears.parties.blind import Kind
from carrears.parties.indexing import reindex_portion
from carrears.parties.models import ContactPoint, LoanParty, Party
from carrears.parties.queries import open_parties
from carrears.parties.services import HOUSE


@pytest.fixture(autouse=True)
def keys(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Keys of this test's own, so that others find theirs as they were."""
    settings.KEYS_DIR = tmp_path / "keys"
    yield settings.KEYS_DIR
    custody._read.pop(settings.KEYS_DIR, None)


def phone(place: int) -> str:
    return f"138{place:08}"


def tape(count: int) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"party_no": f"P-{place}", "loan_no": f"L-{place}", "role": "obligor"}
            | {"name": "王小明", "phone": phone(place), "email": f"{place}@example.com"}
            | {"id_no": f"11010119900307{place:04}", "plate": f"浙A{place:05}"}
            | {"vin": f"LSVAA0000000{place:05}", "language": "zh-CN"}
            for place in range(count)
        ]
    )


def begin() -> bool:
    return begin_index_rotation(on=DAY)


def begin_and_do_half(count: int) -> tuple[list[Party], list[Party]]:
    """A rotation in its midst: who is under the new key, and who under the old."""
    assert begin()
    done, last = reindex_portion(after=uuid.UUID(int=0), portion=count)
    assert done == count
    assert last is not None
    people = Party.objects.exclude(party_no=HOUSE).order_by("pk")
    return list(people.filter(pk__lte=last)), list(people.filter(pk__gt=last))


def case_of(party: Party) -> Case:
    loan_no = LoanParty.objects.get(party=party).loan_no
    known = Case.objects.filter(loan_no=loan_no).first()
    return known or make_case(loan_no=loan_no, name="", party=party, loan_id=int(loan_no[2:]) + 1)


def number_of(party: Party) -> str:
    at = open_parties([party.pk])[party.pk].at("phone")
    assert at is not None
    return at.value


def bar(number: str) -> DoNotContact:
    told: dict[str, Any] = {"reason": "asked", "from_on": DAY, "until_on": None, "by": None}
    return bar_value(Kind.PHONE, number, scope=Scope(), at=MOMENT, **told)


def bars_call(party: Party) -> bool:
    verdict = preview_call(case_of(party), party=party)
    return any("do_not_contact" in " ".join(one.used) for one in verdict.findings)


def rows() -> tuple[int, int, int]:
    people = Party.objects.exclude(party_no=HOUSE)
    return people.count(), ContactPoint.objects.count(), LoanParty.objects.count()
