"""A contact that is let go tells how much room was left: of a count, or until the hours end."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conduct.kept import MIDNIGHT, copy_packs, keep
from conduct.samples import effective_calls, make_attempt, make_call, make_facts

from carrears.conduct.facts import Facts
from carrears.conduct.gate import judge
from carrears.conduct.pack import load_pack
from carrears.conduct.packs import Packs
from carrears.conduct.recompute import recompute

CN = load_pack("cn")
NOON = datetime(2026, 3, 10, 12)  # noqa: DTZ001  by the debtor's clock
MARGIN = CN.near_miss_minutes or 0


def rooms(facts: Facts, at: datetime | str, **more: Any) -> dict[str, dict[str, Any]]:
    """The room that each rule left, by rule."""
    findings = judge(facts, make_attempt(at, **more), CN).to_json()["findings"]
    return {one["rule_id"]: one["room"] for one in findings if "room" in one}


@pytest.mark.parametrize(("before", "near"), [(0, False), (1, False), (2, True)])
def test_the_third_of_three_calls_is_a_near_miss(before: int, *, near: bool) -> None:
    facts = make_facts(history=effective_calls(before, before=NOON))
    told = rooms(facts, NOON, contact_point="D.mobile")
    assert told["CN-02"] == {"near_miss": near, "used": before + 1, "of": 3}


def test_what_is_blocked_has_no_room() -> None:
    facts = make_facts(history=effective_calls(3, before=NOON))
    assert "CN-02" not in rooms(facts, NOON, contact_point="D.mobile")


def test_the_last_unanswered_dial_is_a_near_miss() -> None:
    dials = [make_call(n, NOON - timedelta(hours=n + 1), result="no_answer") for n in range(4)]
    facts = make_facts(history=dials)
    assert rooms(facts, NOON, contact_point="D.mobile")["CN-10"] == {
        "near_miss": False, "used": 5, "of": 6,
    }  # fmt: skip
    more = [*dials, make_call(9, NOON - timedelta(minutes=1), result="busy")]
    told = rooms(make_facts(history=more), NOON, contact_point="D.mobile")
    assert told["CN-10"]["near_miss"] is True


def test_the_only_permitted_visit_is_no_near_miss() -> None:
    home = {"id": "D.home", "owner": "D", "kind": "home_address", "source": "contract"}
    facts = make_facts(contact_points=[home])
    told = rooms(facts, NOON, channel="visit", staff=2)
    assert told["CN-05"] == {"near_miss": False, "used": 1, "of": 1}


@pytest.mark.parametrize(
    ("clock", "left"),
    [("21:44:59", None), ("21:45:00", 15), ("21:59:59", 1), ("12:00:00", None), ("08:00:00", None)],
)
def test_shortly_before_the_night_is_a_near_miss(clock: str, left: int | None) -> None:
    told = rooms(make_facts(), f"2026-03-10T{clock}", channel="email", contact_point="D.mail")
    expected = {} if left is None else {"near_miss": True, "minutes_left": left}
    assert (told.get("CN-01", {}), told.get("CN-09", {})) == (expected, expected)
    assert MARGIN == 15


def test_of_plausible_zones_the_first_to_close_counts() -> None:
    facts = make_facts(zones=("Asia/Shanghai", "Asia/Kathmandu"))
    told = rooms(facts, "2026-03-10T21:50", channel="email", contact_point="D.mail")
    assert told["CN-01"]["minutes_left"] == 10


def test_the_sixth_call_of_a_week_leaves_one_and_the_seventh_none() -> None:
    us = load_pack("us")
    zone = "America/New_York"

    def spent(before: int) -> Any:
        facts = Facts.model_validate(
            {
                "parties": [{"id": "D", "role": "debtor", "time_zones": [zone]}],
                "organisations": [{"id": "A", "kind": "agency"}],
                "debts": [
                    {"id": "L1", "debtor": "D", "creditor": "C", "kind": "vehicle_loan",
                     "in_default": True}
                ],
                "history": [
                    make_call(
                        n, NOON - timedelta(days=n), zone=zone, collector="A", result="no_answer",
                        contact_point=None,
                    )
                    for n in range(1, before + 1)
                ],
            }
        )  # fmt: skip
        verdict = judge(facts, make_attempt(NOON, zone=zone, collector="A"), us)
        return next(one.room for one in verdict.findings if one.rule_id == "US-02")

    assert (spent(5).used, spent(5).of, spent(5).near_miss) == (6, 7, False)
    assert (spent(6).used, spent(6).near_miss) == (7, True)


def test_verdicts_of_a_pack_without_a_margin_come_out_as_they_were(tmp_path: Path) -> None:
    before = copy_packs(tmp_path, pack=("near_miss_minutes: 15\n", ""))
    kept = keep(1, minute=21 * 60 + 50, packs=before)
    now = keep(2, minute=21 * 60 + 50)
    assert not any("room" in one for one in kept.findings)
    assert any("room" in one for one in now.findings)
    assert recompute([kept], before).same == 1
    assert recompute([now], Packs()).same == 1


def test_a_room_that_was_altered_is_found() -> None:
    kept = keep(1, facts={"history": effective_calls(2, before=MIDNIGHT.replace(hour=11))})
    for one in kept.findings:
        if "room" in one:
            one["room"]["near_miss"] = False  # type: ignore[index]
    found = recompute([kept], Packs())
    assert found.mismatches[0].differs == ("CN-02",)
