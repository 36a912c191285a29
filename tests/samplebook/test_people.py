from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from carrears.samplebook import Summary, generate_people

COLUMNS = [
    "party_no", "loan_no", "role", "name", "id_no", "phone", "email", "address", "region",
    "time_zone", "language", "plate", "vin", "consent_email", "consent_sms", "consent_call",
    "synthetic",
]  # fmt: skip


def _people(folder: Path, numbers: range, *, locale: str, region: str, seed: int = 1) -> list[Any]:
    written = generate_people(
        folder, loan_nos=[f"L{n}" for n in numbers], obligor_nos=[f"P{n // 2}" for n in numbers],
        regions=[region] * len(numbers), seed=seed, locale=locale,
    )  # fmt: skip
    rows = pq.read_table(folder / "people.parquet").to_pylist()
    assert len(rows) == written
    return rows


@pytest.mark.parametrize(
    ("region", "zone"),
    [
        ("CA", "America/Los_Angeles"),
        ("TX", "America/Chicago"),
        ("AZ", "America/Phoenix"),
        ("HI", "Pacific/Honolulu"),
        ("", "America/New_York"),
    ],
)
def test_people_of_a_real_tape_live_in_their_state(tmp_path: Path, region: str, zone: str) -> None:
    rows = _people(tmp_path, range(40), locale="en-US", region=region)
    assert {row["time_zone"] for row in rows} == {zone}
    assert {row["region"] for row in rows} == {region}
    assert {row["language"] for row in rows} == {"en-US"}
    assert {row["loan_no"] for row in rows if row["role"] == "obligor"} == {
        f"L{n}" for n in range(40)
    }


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_people_are_the_same_whatever_list_they_are_in(tmp_path: Path, locale: str) -> None:
    few = _people(tmp_path / "few", range(10, 20), locale=locale, region="浙江")
    many = _people(tmp_path / "many", range(100), locale=locale, region="浙江")
    wanted = {row["loan_no"] for row in few}
    assert [row for row in many if row["loan_no"] in wanted] == few


def test_people_differ_by_seed(tmp_path: Path) -> None:
    one = _people(tmp_path / "1", range(50), locale="zh-CN", region="浙江", seed=1)
    two = _people(tmp_path / "2", range(50), locale="zh-CN", region="浙江", seed=2)
    assert [row["name"] for row in one] != [row["name"] for row in two]


def test_one_person_with_two_loans_has_one_face_and_two_cars(tmp_path: Path) -> None:
    rows = _people(tmp_path, range(2), locale="zh-CN", region="浙江")
    first, second = (row for row in rows if row["role"] == "obligor")
    own = {"loan_no", "plate", "vin"}
    assert {k: v for k, v in first.items() if k not in own} == {
        k: v for k, v in second.items() if k not in own
    }
    assert all(first[name] != second[name] for name in own)
    assert first["address"].startswith("浙江省")


def test_people_of_the_demo_book(demo_book: tuple[Path, Summary]) -> None:
    rows = pq.read_table(demo_book[0] / "people.parquet")
    assert rows.column_names == COLUMNS
    people = rows.to_pylist()
    obligors = [row for row in people if row["role"] == "obligor"]
    assert len(obligors) == 20_000
    assert all(row["synthetic"] for row in people)
    assert all(row["email"].endswith("@example.com") for row in people if row["email"])
    assert all((row["plate"] is None) == (row["role"] != "obligor") for row in people)
    by_party = {row["party_no"]: row for row in people}
    for name in ("id_no", "phone"):
        assert len({row[name] for row in by_party.values()}) == len(by_party)
    for name in ("plate", "vin"):
        assert len({row[name] for row in obligors}) == len(obligors)


@pytest.mark.parametrize(
    ("column", "share"), [("consent_email", 0.85), ("consent_sms", 0.93), ("consent_call", 0.97)]
)
def test_consents_have_their_shares(
    demo_book: tuple[Path, Summary], column: str, share: float
) -> None:
    given = pq.read_table(demo_book[0] / "people.parquet")[column].to_numpy()
    assert given.mean() == pytest.approx(share, abs=0.01)


def test_lists_of_different_lengths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one entry for each loan"):
        generate_people(
            tmp_path, loan_nos=["a"], obligor_nos=[], regions=[""], seed=1, locale="zh-CN"
        )


def test_no_loans_give_an_empty_table(tmp_path: Path) -> None:
    assert (
        generate_people(tmp_path, loan_nos=[], obligor_nos=[], regions=[], seed=1, locale="en-US")
        == 0
    )
    assert pq.read_table(tmp_path / "people.parquet").column_names == COLUMNS
