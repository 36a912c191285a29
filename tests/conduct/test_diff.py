"""What a change of law would change is told contact by contact, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from conduct.kept import MIDNIGHT, change_asked, copy_packs, from_nine, keep
from conduct.samples import effective_calls
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.conduct.diff import Cause, Kind, compare
from carrears.conduct.packs import Packs

SHIPPED = Packs()
TURNED = Kind("allow", "block")
LATER = """  2027-01-01:
    value: 2
    citation: {source: gbt-45251-2025, clause: later}
    text_status: reported
"""
NOON = MIDNIGHT + timedelta(hours=12)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Packs:
    return from_nine(tmp_path_factory.mktemp("earlier"))


def test_contacts_that_a_longer_night_stops_are_counted_by_rule(earlier: Packs) -> None:
    kept = [keep(n, minute=n * 60) for n in range(24)]
    diff = compare(kept, SHIPPED, earlier)
    told = diff.to_json()
    assert (told["contacts"], told["unchanged"], told["changed"]) == (24, 23, 1)
    assert told["kinds"] == [{"before": "allow", "after": "block", "contacts": 1, "examples": [21]}]
    assert [(each["rule"], each["examples"]) for each in told["rules"]] == [
        ("CN-01", [21]), ("CN-09", [21]),
    ]  # fmt: skip
    back = compare(kept, earlier, SHIPPED)
    assert list(back.kinds) == [Kind("block", "allow")]


@settings(deadline=None, max_examples=50)
@given(minutes=st.lists(st.integers(0, 24 * 60 - 1), max_size=8))
def test_a_contact_changes_where_only_one_of_the_two_nights_reaches(
    earlier: Packs, minutes: list[int]
) -> None:
    diff = compare([keep(m, minute=m) for m in minutes], SHIPPED, earlier, shown=99)
    stopped = [m for m in minutes if 21 * 60 <= m < 22 * 60]
    assert [counted.examples for counted in diff.kinds.values()] == ([stopped] if stopped else [])
    assert (diff.changed, diff.refused) == (len(stopped), 0)


def test_packs_that_differ_only_in_their_version_change_nothing(tmp_path: Path) -> None:
    version = SHIPPED.of("CN").version.partition("+")[0]
    newer = copy_packs(tmp_path, pack=(f"version: {version}", "version: 99.0.0"))
    kept = [keep(n, minute=n * 60) for n in range(24)]
    diff = compare(kept, SHIPPED, newer)
    old, new = diff.versions["CN"]
    assert (old != new, diff.changed, diff.refused, diff.words_differ) == (True, 0, 0, set())


def test_under_one_and_the_same_version_nothing_is_judged() -> None:
    diff = compare([keep(1), change_asked(keep(2), "attempt", channel="pigeon")], SHIPPED, Packs())
    assert (diff.contacts, diff.unchanged, diff.refused) == (2, 2, 0)


def test_a_later_opening_moves_the_moment_of_those_that_stay_blocked(tmp_path: Path) -> None:
    later = ('to: "08:00"', 'to: "09:00"')
    packs = copy_packs(
        tmp_path,
        parameters__contact__closed_hours_gbt=later,
        parameters__contact__closed_hours_cba=later,
        parameters__contact__quiet_hours=later,
    )
    diff = compare([keep(1, minute=23 * 60), keep(2)], SHIPPED, packs)
    assert list(diff.causes) == [
        Cause("CN", rule, Kind("block", "block")) for rule in ("CN-01", "CN-09")
    ]


def test_what_takes_effect_later_shows_under_the_law_of_that_day(tmp_path: Path) -> None:
    packs = copy_packs(
        tmp_path,
        parameters__frequency__effective_calls=("values:\n", f"values:\n{LATER}"),
    )
    calls = [call.to_json() for call in effective_calls(2, before=NOON)]
    kept = [keep(1, facts={"history": calls})]
    assert compare(kept, SHIPPED, packs).changed == 0
    later = compare(kept, SHIPPED, packs, law_on=NOON.date().replace(year=2027))
    assert {(cause.rule, cause.kind) for cause in later.causes} == {("CN-02", TURNED)}
    assert later.to_json()["law_on"] == "2027-03-10"


def test_what_cannot_be_judged_is_told_by_side_and_field(earlier: Packs, tmp_path: Path) -> None:
    good = keep(1)
    strange = change_asked(keep(2), "attempt", channel="pigeon")
    calls = [call.to_json() for call in effective_calls(3, before=NOON)]
    odd = [
        change_asked(keep(3 + n), "facts", history=[*calls[:n], {**calls[n], "result": "?"}])
        for n in range(3)
    ]
    diff = compare([good, strange, *odd], SHIPPED, earlier)
    assert (diff.contacts, diff.unchanged, diff.refused) == (5, 1, 4)
    told = diff.to_json()["refusals"]
    assert [(one["under"], one["field"], one["examples"]) for one in told] == [
        ("", "history.result", [3, 4, 5]), ("", "channel", [2]),
    ]  # fmt: skip
    nowhere = compare([good], SHIPPED, Packs(tmp_path))
    assert [(one["under"], one["field"]) for one in nowhere.to_json()["refusals"]] == [
        ("new", "jurisdiction")
    ]
    assert nowhere.versions["CN"] == (SHIPPED.of("CN").version, None)


def test_words_that_were_heard_are_weighed_by_either_list(tmp_path: Path) -> None:
    milder = copy_packs(tmp_path)
    path = tmp_path / "cn/wording.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("strength: prohibited", "strength: review"), "utf-8")
    heard = {"id": "threat_of_arrest", "found": "坐牢", "start": 3, "end": 5}
    kept = change_asked(keep(1), "words", locale="zh-CN", objections=[heard])
    diff = compare([kept], SHIPPED, milder)
    assert list(diff.causes) == [Cause("CN", "CN-WORDS/threat_of_arrest", Kind("block", "review"))]
    assert diff.words_differ == {"CN"}
