"""Laws of the allocator, and what its rules may say."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.casework.allocation import Collector, Given, Refusal, Waiting, allocate, fits
from carrears.casework.allocation_rules import (
    AllocationRules,
    AllocationRulesError,
    When,
    load_allocation_rules,
)
from carrears.casework.attendance import Attendance, Away

DAY = date(2026, 11, 28)
LANGUAGES = ["", "zh-CN", "en-US", "ug"]
REGIONS = ["", "浙江", "新疆"]


def rules(*listed: dict[str, Any]) -> AllocationRules:
    return AllocationRules.model_validate(
        {
            "from": "2020-01-01",
            "most_people": 10,
            "back_within_days": 4,
            "cover_after_days": 14,
            "undo_minutes": 60,
            "rules": [
                {"name": f"r{place}", "title": {"zh": "规则", "en": "Rule"}} | one
                for place, one in enumerate(listed)
            ],
        }
    )


CASES = st.lists(
    st.builds(
        Waiting,
        pk=st.integers(1, 10_000),
        debtor=st.sampled_from([f"P-{n}" for n in range(25)]),
        priority=st.integers(0, 9),
        bucket=st.integers(1, 7),
        arrears=st.integers(0, 10**9),
        language=st.sampled_from(LANGUAGES),
        region=st.sampled_from(REGIONS),
    ),
    unique_by=lambda one: one.pk,
    max_size=60,
)
COLLECTORS = st.lists(
    st.builds(
        Collector,
        pk=st.integers(1, 99),
        people=st.integers(0, 8),
        arrears=st.integers(0, 10**9),
        room=st.integers(0, 10),
        here=st.booleans(),
        teams=st.frozensets(st.sampled_from(["EAST", "WEST"])),
        skills=st.frozensets(st.sampled_from(["legal", "hardship"])),
        languages=st.frozensets(st.sampled_from(["zh", "en-US", "ug"])),
        regions=st.frozensets(st.sampled_from(REGIONS[1:])),
    ),
    unique_by=lambda one: one.pk,
    max_size=8,
)
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "when": st.fixed_dictionaries(
                {}, optional={"bucket_from": st.integers(0, 7), "region": st.just(["新疆"])}
            ),
            "to": st.fixed_dictionaries(
                {}, optional={"teams": st.just(["EAST"]), "skills": st.just(["legal"])}
            ),
            "speaks": st.booleans(),
            "knows_region": st.booleans(),
            "even_by": st.sampled_from(["people", "room", "arrears"]),
            "otherwise": st.sampled_from(["next", "pool"]),
        }
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None)
@given(cases=CASES, collectors=COLLECTORS, listed=RULES, data=st.data())
def test_laws(
    cases: list[Waiting], collectors: list[Collector], listed: list[Any], data: Any
) -> None:
    book = rules(*listed)
    by_name = {rule.name: rule for rule in book.rules}
    desks = {one.pk: one for one in collectors}
    debtors = sorted({one.debtor for one in cases})
    owners = (
        data.draw(st.dictionaries(st.sampled_from(debtors), st.sampled_from(sorted(desks))))
        if debtors and desks
        else {}
    )
    done = allocate(cases, collectors, book, owners=owners)

    # Nothing is lost, and nothing is in two places.
    assert done.given.keys() | done.left.keys() == {one.pk for one in cases}
    assert not done.given.keys() & done.left.keys()
    # A debtor's cases are together, with who works him already.
    homes = defaultdict(set)
    for one in cases:
        homes[one.debtor].add(done.given[one.pk].collector if one.pk in done.given else None)
    assert all(len(home) == 1 for home in homes.values())
    assert all(homes[debtor] == {owner} for debtor, owner in owners.items())
    # Nobody gets more people than he has room for, nor anything that is not for him.
    new = defaultdict(set)
    groups = defaultdict(list)
    for one in cases:
        groups[one.debtor].append(one)
    for debtor, (home,) in homes.items():
        if home is not None and debtor not in owners:
            new[home].add(debtor)
            deepest = min(groups[debtor], key=lambda c: (-c.bucket, -c.arrears, c.pk))
            rule = by_name[done.given[deepest.pk].rule]
            assert fits(deepest, rule.when)
            assert desks[home].here
            assert rule.to.skills <= desks[home].skills
            assert not rule.to.teams or rule.to.teams & desks[home].teams
    assert all(desks[pk].people + len(got) <= desks[pk].room for pk, got in new.items())
    # Each that is left says why of every rule that was asked, up to one that ends in the pool.
    for refused in done.left.values():
        assert [one.rule for one in refused] == [r.name for r in book.rules][: len(refused)]
        last = by_name[refused[-1].rule]
        assert len(refused) == len(book.rules) or last.otherwise == "pool"
    # The order in which it is told makes no difference.
    assert allocate(cases[::-1], collectors[::-1], book, owners=owners) == done


@settings(deadline=None)
@given(number=st.integers(1, 200), collectors=st.integers(1, 7))
def test_equal_cases_are_shared_evenly(number: int, collectors: int) -> None:
    staff = [Collector(pk=n, people=0, arrears=0, room=1000) for n in range(collectors)]
    done = allocate(
        [Waiting(pk=n, debtor=str(n)) for n in range(number)], staff, rules({"even_by": "people"})
    )
    shares = [sum(g.collector == one.pk for g in done.given.values()) for one in staff]
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize(
    ("even_by", "first"), [("people", 1), ("room", 2), ("arrears", 3)], ids=str
)
def test_whose_turn_it_is(even_by: str, first: int) -> None:
    staff = [
        Collector(pk=1, people=1, arrears=900, room=4),  # a quarter full
        Collector(pk=2, people=2, arrears=500, room=20),  # a tenth
        Collector(pk=3, people=3, arrears=100, room=6),  # half
    ]
    done = allocate([Waiting(pk=7, debtor="P")], staff, rules({"even_by": even_by}))
    assert done.given == {7: Given(first, "r0")}


CASE = Waiting(pk=7, debtor="P", bucket=3, stage="mid", language="en-US", region="新疆")
ABLE = Collector(
    pk=1, people=0, arrears=0, room=1, teams=frozenset({"EAST"}), skills=frozenset({"legal"}),
    languages=frozenset({"en"}), regions=frozenset({"新疆"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({"teams": frozenset({"WEST"})}, "team"),
        ({"skills": frozenset()}, "skills"),
        ({"languages": frozenset({"zh"})}, "language"),
        ({"regions": frozenset({"浙江"})}, "region"),
        ({"here": False}, "away"),
        ({"people": 1}, "full"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_case_in_the_pool_says_why(change: dict[str, Any], lack: Any) -> None:
    book = rules(
        {"when": {"stage": ["late"]}},
        {
            "to": {"teams": ["EAST"], "skills": ["legal"]},
            "speaks": True,
            "knows_region": True,
        },
    )
    assert allocate([CASE], [ABLE], book).given == {7: Given(1, "r1")}
    assert allocate([CASE], [replace(ABLE, **change)], book).left == {
        7: (Refusal("r0", "does_not_fit"), Refusal("r1", lack))
    }
    assert allocate([CASE], [], book).left[7][1] == Refusal("r1", "no_collectors")


@pytest.mark.parametrize(
    ("when", "fit"),
    [
        ({}, True),
        ({"bucket_from": 3, "bucket_to": 3}, True),
        ({"bucket_from": 4}, False),
        ({"bucket_to": 2}, False),
        ({"language": ["en"]}, True),
        ({"language": ["en-US"]}, True),
        ({"language": ["en-GB"]}, False),
        ({"stage": ["mid", "late"]}, True),
        ({"region": ["浙江"]}, False),
        ({"arrears_from": 1}, False),
    ],
)
def test_for_which_cases_a_rule_is(when: dict[str, Any], *, fit: bool) -> None:
    assert fits(CASE, When.model_validate(when)) is fit


def test_a_lenders_own_rules_hold_from_their_day(tmp_path: Path) -> None:
    shipped = load_allocation_rules(tmp_path, on=DAY)
    assert [one.name for one in shipped.rules] == ["local_language", "same_language"]

    days = "back_within_days: 1, cover_after_days: 9, undo_minutes: 60"
    rest = f"{days}, rules: [{{name: all, title: {{zh: 全部}}}}]"
    own = (
        f"- {{from: 2026-01-01, most_people: 5, {rest}}}\n"
        f"- {{from: 2026-11-28, most_people: 6, {rest}}}\n"
    )
    (tmp_path / "allocation.yaml").write_text(own)
    assert load_allocation_rules(tmp_path, on=DAY).most_people == 6
    assert load_allocation_rules(tmp_path, on=DAY - timedelta(days=1)).most_people == 5
    with pytest.raises(AllocationRulesError, match="no rules hold on 2025-12-31"):
        load_allocation_rules(tmp_path, on=date(2025, 12, 31))


ENTRY = (
    "from: 2026-01-01, most_people: 5, back_within_days: 1, cover_after_days: 9, undo_minutes: 60"
)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- {", "while parsing"),
        (f"- {{{ENTRY}, rules: []}}", "0.rules"),
        (f"- {{{ENTRY}, rules: [{{name: a, title: {{en: A}}, even_by: luck}}]}}", "even_by"),
        (f"- {{{ENTRY}, rules: [{{name: a, title: {{en: A}}, when: {{buckt: 1}}}}]}}", "buckt"),
        (
            f"- {{{ENTRY}, rules: [{{name: a, title: {{en: A}}}}, {{name: a, title: {{en: B}}}}]}}",
            "0: Value error, two rules 'a'",
        ),
        ("[]", "follow each other"),
    ],
)
def test_a_bad_file_names_itself_and_the_fault(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "allocation.yaml").write_text(text)
    with pytest.raises(AllocationRulesError, match=rf"(?s)allocation\.yaml.*{fault}"):
        load_allocation_rules(tmp_path, on=DAY)


@pytest.mark.parametrize(
    ("weekdays", "absent", "back"),
    [
        ([], [], DAY),
        ([1, 2, 3, 4, 5], [], date(2026, 11, 30)),  # the 28th is a Saturday
        ([1], [(date(2026, 11, 30), date(2026, 11, 30))], None),
        ([], [(DAY, DAY + timedelta(days=2))], date(2026, 12, 1)),
        ([], [(DAY, None)], None),
        ([], [(DAY - timedelta(days=9), DAY - timedelta(days=1))], DAY),
    ],
)
def test_when_somebody_is_back(
    weekdays: list[int], absent: list[tuple[date, date | None]], back: date | None
) -> None:
    his = Attendance(weekdays=weekdays, away=tuple(Away(*days) for days in absent))
    assert his.next_day(DAY, within_days=7) == back
