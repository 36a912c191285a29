"""Where an address is: told whole, by its system, within the globe, and of an address."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from carrears.exchange.mapping import Mapping

HEAD = "party_no,loan_no,role,name,address,address_lat,address_lon,address_crs"
WHO = "P1,A1,obligor,赵试一"
ALL = "address_lat, address_lon, address_crs"


def people(folder: Path, row: str) -> Path:
    path = folder / "people.csv"
    path.write_text(f"{HEAD}\n{WHO},{row}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("system", ["WGS-84", "GCJ-02"])
def test_a_place_comes_in(tmp_path: Path, own: Mapping, read_all: Any, system: str) -> None:
    path = people(tmp_path, f"杭州路1号,30.2741501,-120.15,{system}")
    tables, rejects = read_all(path, own)
    [row] = tables["people"].to_pylist()
    assert rejects == []
    assert (row["address_lat"], row["address_lon"], row["address_crs"]) == (
        Decimal("30.274150"), Decimal("-120.150000"), system,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("X,91,120,WGS-84", ("address_lat", "'91' must be at most 90")),
        ("X,30,-180.5,WGS-84", ("address_lon", "'-180.5' must be at least -180")),
        ("X,30,120,", ("address_crs", f"is missing; a place is told by {ALL}")),
        ("X,30,,GCJ-02", ("address_lon", f"is missing; a place is told by {ALL}")),
        (",30,120,GCJ-02", ("address", "is missing; it has coordinates")),
        ("X,0,0,WGS-84", ("address_lat", "0, 0 lies in the sea: unknown places are empty")),
        ("X,north,120,WGS-84", ("address_lat", "'north' is not a number")),
    ],
)
def test_a_place_that_cannot_be_is_put_aside(
    tmp_path: Path, own: Mapping, read_all: Any, row: str, told: tuple[str, str]
) -> None:
    field, reason = told
    tables, rejects = read_all(people(tmp_path, row), own)
    assert len(tables.get("people", [])) == 0
    found = {error.field: error.reason for reject in rejects for error in reject.errors}
    assert found[field] == reason


def test_another_system_is_not_guessed(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    _, [reject] = read_all(people(tmp_path, "X,30,120,BD-09"), own)
    assert {error.field for error in reject.errors} >= {"address_crs"}


def test_a_tape_without_places_comes_in(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    (tmp_path / "people.csv").write_text(f"party_no,loan_no,role,name,address\n{WHO},X\n")
    tables, rejects = read_all(tmp_path / "people.csv", own)
    assert (len(tables["people"]), rejects) == (1, [])
