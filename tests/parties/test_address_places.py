"""Where addresses are: two coordinate systems, brought by a tape, sealed as the addresses are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from factories import make_person
from hypothesis import given
from hypothesis import strategies as st

from carrears.parties.address_places import read_places
from carrears.parties.coordinates import Coordinates, gcj02_to_wgs84, wgs84_to_gcj02
from carrears.parties.erasing import erase_person
from carrears.parties.models import ContactPoint

# Pairs that googollee/eviltransform publishes: Shanghai, Shenzhen, Beijing; WGS 84, then GCJ-02.
PAIRS = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]
HERE = {"address_lat": Decimal("31.175304"), "address_lon": Decimal("121.531542"),
        "address_crs": "GCJ-02"}  # fmt: skip


@pytest.mark.parametrize(("wgs", "gcj"), PAIRS)
def test_the_published_pairs_hold(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert wgs84_to_gcj02(*wgs) == pytest.approx(gcj, abs=1e-9)
    assert gcj02_to_wgs84(*gcj) == pytest.approx(wgs, abs=1e-7)
    assert Coordinates(*gcj, "GCJ-02").in_wgs84() == pytest.approx(wgs, abs=1e-7)
    assert Coordinates(*wgs, "WGS-84").in_wgs84() == wgs


@given(lat=st.floats(18, 53), lon=st.floats(74, 134))
def test_the_way_back_leads_back(lat: float, lon: float) -> None:
    assert gcj02_to_wgs84(*wgs84_to_gcj02(lat, lon)) == pytest.approx((lat, lon), abs=1e-7)


@pytest.mark.parametrize("place", [(48.85, 2.35), (-33.9, 151.2), (40.7, -74.0)])
def test_elsewhere_both_systems_are_one(place: tuple[float, float]) -> None:
    assert wgs84_to_gcj02(*place) == gcj02_to_wgs84(*place) == place


def address_of(**told: Any) -> ContactPoint:
    person = make_person(loan_no="A-03", **told)
    return ContactPoint.objects.get(party=person, kind="address")


@pytest.mark.django_db
def test_a_tape_brings_it_sealed_and_once() -> None:
    point = address_of(**HERE)
    assert read_places([point.pk]) == {point.pk: Coordinates(31.175304, 121.531542, "GCJ-02")}
    sealed = bytes(point.place_sealed or b"")
    assert b"31.17" not in sealed
    assert bytes(address_of(**HERE).place_sealed or b"") == sealed  # not written anew each night
    assert bytes(address_of().place_sealed or b"") == sealed  # saying nothing takes nothing away
    moved = address_of(**HERE | {"address_lat": Decimal("31.2")})
    assert read_places([moved.pk])[moved.pk].lat == 31.2


@pytest.mark.django_db
def test_of_an_erased_person_nothing_is_left() -> None:
    point = address_of(**HERE)
    erase_person(point.party, by=None, at=point.added_at)
    assert read_places([point.pk]) == {}
    assert not ContactPoint.objects.filter(place_sealed__isnull=False).exists()


@pytest.mark.django_db
def test_what_was_never_told_is_not_known() -> None:
    assert read_places([address_of().pk]) == {}
    assert read_places([]) == {}
