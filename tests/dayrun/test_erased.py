"""A night with a debtor who was erased, and a tape that still tells of him."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from homes import Home
from small_tape import write_small_tape

pytestmark = pytest.mark.slow


def erase(home: Home, party_no: str) -> None:
    """By the command; a contact person may be erased though a case is open."""
    role = "update parties_loanparty set role = %s from parties_party p where p.token = party_id"
    with home.connect() as connection:
        connection.execute(f"{role} and p.party_no = %s", ["contact", party_no])
        told = home.run_json("parties", "erase", party_no, "--reason", "本人申请")
        assert (told["erased"], told["changed"], told["kept_for"]) == (True, True, [])
        connection.execute(f"{role} and p.party_no = %s", ["obligor", party_no])


def test_the_night_goes_on_and_the_tape_brings_nobody_back(stood: Home, tmp_path: Path) -> None:
    kept = stood.run_json("parties", "erase", "P-A-03", "--reason", "本人申请", expect=1)
    assert [one["why"] for one in kept["kept_for"]] == ["open_case"]
    assert "nobody" in stood.run("parties", "erase", "P-NONE", "--reason", "x", expect=1)
    erase(stood, "P-A-03")

    tape = write_small_tape(tmp_path / "tape")
    again = tape / "people.csv"
    other = tmp_path / "other" / "people.csv"
    other.parent.mkdir()
    shutil.copy(again, other)
    # The same number and address under another person's name.
    other.write_text(
        other.read_text()
        .replace("P-A-04,A-04", "P-B-04,A-04")
        .replace("10000000004", "10000000003")
        .replace("debtor04@", "debtor03@")
    )
    again.write_text(again.read_text() + "\n")
    for path in (again, other):
        stood.run_json("book", "import", str(path), "--mapping", "carrears")
    with stood.connect() as connection:
        connection.execute(
            "update casework_case set party_id = p.token from parties_party p"
            " where p.party_no = 'P-B-04' and loan_no = 'A-04'"
        )
    summary = stood.run_json("day", "--as-of", "2026-07-01")

    assert summary["behind"] == 6
    with stood.connect() as connection:
        [(key, name, seen)] = connection.execute(
            "select wrapped_key, name_sealed, told_again_at from parties_party"
            " where party_no = 'P-A-03'"
        ).fetchall()
        assert (key, name) == (None, None)
        assert seen is not None
        [(said,)] = connection.execute(
            "select count(*) from evidence_entry where kind = 'person.erased_told_again'"
        ).fetchall()
        assert said == 1
        planned = connection.execute(
            "select c.loan_no, x.state, x.reason from casework_plannedaction x"
            " join casework_case c on c.id = x.case_id"
            " where x.as_of = '2026-07-01' and x.channel = 'email'"
        ).fetchall()
        assert {row[1] for row in planned if row[0] in {"A-03", "A-04"}} <= {"blocked"}
    verified = stood.run_json("evidence", "verify")
    assert verified["ok"]
