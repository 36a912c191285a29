"""Which agency gets which debtor: shares, exclusions and room, as a law of the pure function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrears.agencies.placing import Debtor, Given, place_out, rule_for
from carrears.casework.placing_rules import PlacingRule, PlacingRulesError, load_placing_rules
from carrears.clock import now

TITLE = {"zh": "规则", "en": "Rule"}


def rule(**changes: Any) -> PlacingRule:
    told: dict[str, Any] = {"name": "late", "title": TITLE, "term_days": 90, "fees": "standard"}
    return PlacingRule.model_validate(told | changes)


def debtor(number: str, **changes: Any) -> Debtor:
    told: dict[str, Any] = {"loans": 1, "arrears": 1_000_00, "dpd": 130, "stage": "late"}
    return Debtor(number=number, **(told | changes))


def test_shares_are_of_people_or_of_money() -> None:
    people = [debtor(f"P-{n}", arrears=1_000_00 * (n + 1)) for n in range(8)]
    by_people = place_out(
        people, [rule(to={"A": 3, "B": 1}, share_by="people")], there=["A", "B"], has={}
    )
    assert sum(one.agency == "A" for one in by_people.given.values()) == 6

    by_money = place_out(people, [rule(to={"A": 1, "B": 1})], there=["A", "B"], has={})
    sums = {
        key: sum(one.arrears for one in people if by_money.given[one.number].agency == key)
        for key in ("A", "B")
    }
    assert sums == {"A": 18_000_00, "B": 18_000_00}


def test_the_first_rule_that_fits_decides() -> None:
    rules = [
        rule(name="big", when={"arrears_from": 5_000_00}, to={"B": 1}),
        rule(name="east", when={"region": ["浙江"], "dpd_to": 180, "stage": ["late"]}, to={"A": 1}),
    ]
    big, east = debtor("P-1", arrears=5_000_00, region="浙江"), debtor("P-2", region="浙江")
    others = [debtor("P-3", region="江苏"), debtor("P-4", region="浙江", dpd=181)]
    done = place_out([big, east, *others], rules, there=["A", "B"], has={})
    assert done.given == {"P-1": Given("B", "big"), "P-2": Given("A", "east")}
    assert done.left == {}
    assert [rule_for(one, rules) for one in others] == [None, None]


@pytest.mark.parametrize(
    ("changes", "there", "has", "not_to", "lack"),
    [
        ({"to": {"C": 1}}, ["A"], {}, set(), "no_agency"),
        ({}, ["A", "B"], {}, {"A", "B"}, "had_all"),
        ({"at_most": {"A": 2}}, ["A"], {"A": 2}, set(), "full"),
    ],
)
def test_whom_nobody_gets_is_told_why(
    changes: dict[str, Any], there: list[str], has: dict[str, int], not_to: set[str], lack: str
) -> None:
    one = debtor("P-1", not_to=frozenset(not_to))
    done = place_out([one], [rule(**changes)], there=there, has=has)
    assert (done.given, done.left) == ({}, {"P-1": lack})


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    told=st.lists(
        st.tuples(st.integers(0, 10**9), st.frozensets(st.sampled_from("ABCD"))), max_size=20
    ),
    shares=st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 9), min_size=1),
)
def test_everybody_goes_somewhere_once_and_to_nobody_who_must_not(
    told: list[tuple[int, frozenset[str]]], shares: dict[str, int]
) -> None:
    people = [debtor(f"P-{n}", arrears=amount, not_to=had) for n, (amount, had) in enumerate(told)]
    rules = [rule(to=shares, share_by="people")]
    done = place_out(people, rules, there=sorted(shares), has={})
    assert done.given.keys() | done.left.keys() == {one.number for one in people}
    assert not done.given.keys() & done.left.keys()
    for one in people:
        if one.number in done.given:
            assert done.given[one.number].agency not in one.not_to
    assert done == place_out(list(reversed(people)), rules, there=sorted(shares), has={})


def test_the_shipped_rules_hold_and_name_what_the_strategy_names() -> None:
    rules = load_placing_rules(Path("/nowhere"), on=now().date())
    assert rules.rest_days == 7
    assert rule_for(debtor("P-1", treatment="agency_placement"), rules.rules)
    fees = rules.fees_of("standard")
    assert [str(fees.rate_of(dpd=dpd, stage="late")) for dpd in (90, 91, 361)] == [
        "0.12", "0.18", "0.30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("- {from: 2020-01-01}", "rest_days"),
        ("{", "not YAML"),
        ("[]", "follow each other"),
        (
            (
                "- {from: 2020-01-01, rest_days: 7, fees: [], rules: [{name: a,"
                " title: {zh: a, en: a},"
                " term_days: 9, fees: none}]}"
            ),
            "no fees 'none'",
        ),
        (
            (
                "- {from: 2020-01-01, rest_days: 7, fees: [{name: s, title: {zh: a, en: a},"
                " tail_days: 1, rates: [{dpd_to: 9, rate: '0.1'}]}], rules: [{name: a,"
                " title: {zh: a, en: a}, term_days: 9, fees: s}]}"
            ),
            "has to fit all",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, words: str, why: str) -> None:
    (tmp_path / "placing.yaml").write_text(words, encoding="utf-8")
    with pytest.raises(PlacingRulesError, match=why):
        load_placing_rules(tmp_path, on=now().date())
