"""Charges, waivers, pauses and moved due dates come in by what each of them needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carrears.exchange.mapping import Mapping

HEAD = "loan_no,event_no,happened_on,kind,amount,known_on,part,seq,until_on,annual_rate"


def _events(folder: Path, *rows: str) -> Path:
    path = folder / "events.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("A,1,2026-02-01,fee,,,,,,", ("amount", "is missing; an event 'fee' needs it")),
        ("A,1,2026-02-01,fee,-5,,,,,", ("amount", "must be at least 0")),
        ("A,1,2026-02-01,waiver,5,,,,,", ("part", "is missing; an event 'waiver' needs it")),
        ("A,1,2026-02-01,waiver,5,,cash,,,", ("part", "'cash' is none of")),
        ("A,1,2026-02-01,pause,,,,,,", ("until_on", "is missing; an event 'pause' needs it")),
        ("A,1,2026-02-01,penalty_rate,,,,,,", ("annual_rate", "is missing; an event")),
        ("A,1,2026-02-01,extension,,,,3,,", ("until_on", "the instalment's new due date")),
        ("A,1,2026-02-01,extension,,,,0,2026-03-01,", ("seq", "'0' must be at least 1")),
        ("A,1,2026-02-01,party,,,,,,", ("kind", "'party' is none of")),
    ],
)
def test_an_event_that_lacks_something_is_put_aside(
    tmp_path: Path, own: Mapping, read_all: Any, row: str, wrong: tuple[str, str]
) -> None:
    _, [reject] = read_all(_events(tmp_path, row), own)
    [error] = reject.errors
    field, reason = wrong
    assert error.field == field
    assert reason in error.reason


def test_events_come_in_with_what_they_say(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    rows = (
        "A,1,2026-02-01,waiver,12.50,2026-02-03,penalty,,,",
        "A,2,2026-02-01,extension,,,,3,2026-05-15,",
        "A,3,2026-02-01,penalty_rate,,,,,,0.18",
        "A,4,2026-02-01,deferral,,,,,,",
    )
    tables, rejects = read_all(_events(tmp_path, *rows), own)
    assert rejects == []
    waiver, moved, rate, told = tables["events"].to_pylist()
    assert (waiver["amount"], waiver["part"], str(waiver["known_on"])) == (
        12_50,
        "penalty",
        "2026-02-03",
    )
    assert (moved["seq"], str(moved["until_on"])) == (3, "2026-05-15")
    assert (str(rate["annual_rate"]), told["seq"]) == ("0.180000", None)
