"""Cases that rules take back from collectors: when, to whom, what is spared, and what is told."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from casework.pulled import FILE, collector, home, owners, promise, rule, some_case, told
from factories import make_user
from hypothesis import given
from hypothesis import strategies as st

from carrears.access.organisations import access_day
from carrears.casework.allocation import Collector, Waiting, give_to_others, would_give
from carrears.casework.allocation_rules import AllocationRules
from carrears.casework.models import Absence, CaseEvent, Move, Way
from carrears.casework.move_plans import Chosen, MoveWanted, plan_move
from carrears.casework.moves import undo_move
from carrears.casework.pull_back_rules import PullBackRulesError, load_pull_back_rules
from carrears.casework.pulling import pull_back
from carrears.casework.pulling_plans import plan_pull_back
from carrears.casework.services import CaseworkError
from carrears.casework.showing import take
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.notices.models import Notice

__all__ = ["home"]  # fixtures


@pytest.mark.django_db
def test_what_nobody_worked_goes_to_another_and_both_are_told(home: Path) -> None:
    rule(home, "no_action", more="days: 21")
    li, _ = collector("li"), collector("wang")
    idle, worked, fresh = (some_case(f"L{n}", li) for n in (1, 2, 3))
    told(idle, "note", days_ago=22, by=li, text="x")
    told(worked, "note", days_ago=20, by=li, text="x")
    told(fresh, "assigned", days_ago=3, to="li")

    assert pull_back(at=now()) == 1
    assert owners() == {"L1": "wang", "L2": "li", "L3": "li"}
    line = CaseEvent.objects.filter(case=idle).order_by("-pk")[0]
    move = Move.objects.get()
    assert (line.kind, line.data) == ("assigned", {
        "from": "li", "to": "wang", "rule": "local_language", "pulled_by": "r0", "move": move.pk,
    })  # fmt: skip
    assert (move.way, move.rule, move.by) == (Way.RULES, "r0", None)
    assert set(Notice.objects.values_list("user__username", "kind", "loan_no")) == {
        ("li", "taken", "L1"), ("wang", "moved", "L1"),
    }  # fmt: skip
    entry = Entry.objects.get(kind="casework.cases.pulled_back")
    assert (entry.subject, entry.actor) == (f"move:{move.pk}", "")
    assert pull_back(at=now()) == 0  # he has it for a moment only
    undo_move(move, by=make_user(role="team_lead"), at=now())
    assert owners()["L1"] == "li"


@pytest.mark.django_db
def test_a_debtor_whose_one_loan_was_worked_stays(home: Path) -> None:
    rule(home, "no_action", more="days: 21")
    li, _ = collector("li"), collector("wang")
    some_case("L1", li, "P-1")
    told(some_case("L2", li, "P-1"), "note", days_ago=1, by=li, text="x")
    assert pull_back(at=now()) == 0


@pytest.mark.django_db
def test_the_right_party_has_to_be_reached(home: Path) -> None:
    rule(home, "no_right_party", to="pool", more="days: 30")
    li = collector("li")
    reached, missed, tried = (some_case(f"L{n}", li) for n in (1, 2, 3))
    told(reached, "outcome", days_ago=29, by=li, right_party=True)
    told(missed, "outcome", days_ago=31, by=li, right_party=True)
    told(tried, "outcome", days_ago=1, by=li, right_party=False)
    assert pull_back(at=now()) == 2
    assert owners() == {"L1": "li", "L2": None, "L3": None}
    assert CaseEvent.objects.filter(case=missed, data__pulled_by="r0").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "stays"), [("", {"L1", "L2"}), ("even_open: true", {"L2"}),
                        ("even_promised: true", {"L1"})]
)  # fmt: skip
def test_what_is_open_and_who_promised_is_spared_unless_the_rule_says_so(
    home: Path, more: str, stays: set[str]
) -> None:
    rule(home, "no_action", to="pool", more=", ".join(filter(None, ("days: 21", more))))
    li = collector("li")
    opened, promised, later = (some_case(f"L{n}", li) for n in (1, 2, 3))
    assert take(opened.pk, li, renew=False)
    promise(promised, in_days=5)
    promise(later, in_days=6)
    plan = plan_pull_back(at=now())
    pull_back(at=now())
    assert {loan for loan, owner in owners().items() if owner} == stays
    assert sum(plan.spared.values()) == len(stays)


@pytest.mark.django_db
def test_who_is_away_for_long_or_left_hands_on(home: Path) -> None:
    rule(home, "absent", to="others_or_pool", more="days: 10")
    li, wang = collector("li"), collector("wang")
    gone, _ = collector("gone"), collector("here", room=2)
    for number, owner in ((1, li), (2, wang), (3, gone), (4, li)):
        some_case(f"L{number}", owner, priority=9 - number)
    gone.is_active = False
    gone.save()
    day = access_day(now())
    for user, days in ((li, 40), (wang, 8)):
        Absence.objects.create(
            user=user, from_on=day, until_on=day + timedelta(days=days), added_at=now()
        )
    assert pull_back(at=now()) == 3
    assert owners() == {"L1": "here", "L2": "wang", "L3": None, "L4": "here"} or owners() == {
        "L1": "here", "L2": "wang", "L3": "here", "L4": None,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_stage_that_changed_leaves_whoever_is_not_for_it_any_more(home: Path) -> None:
    rule(home, "stage_changed")
    (home / "allocation.yaml").write_text("""
- from: 2020-01-01
  most_people: 10
  back_within_days: 4
  cover_after_days: 14
  undo_minutes: 60
  rules:
    - {name: legal, title: {zh: 诉讼, en: Legal}, when: {bucket_from: 4},
       to: {skills: [law]}, otherwise: pool}
    - {name: rest, title: {zh: 其余, en: Rest}}
""")
    li, _ = collector("li"), collector("zhao", skills=["law"])
    deep, by_hand, early = (
        some_case(f"L{number}", li, bucket=bucket) for number, bucket in ((1, 4), (2, 4), (3, 2))
    )
    for case in (deep, by_hand, early):
        told(case, "assigned", days_ago=9, to="li")
        told(case, "bucket", days_ago=5, from_bucket=1, bucket=case.bucket)
    told(by_hand, "assigned", days_ago=3, to="li")  # a lead gave it to him knowing that
    assert pull_back(at=now()) == 1
    assert owners() == {"L1": "zhao", "L2": "li", "L3": "li"}


@pytest.mark.django_db
def test_whoever_has_more_than_he_has_room_for_gives_the_least_urgent(home: Path) -> None:
    rule(home, "overload")
    li, _ = collector("li", room=2), collector("wang", room=1)
    for number in range(1, 6):
        some_case(f"L{number}", li, priority=number)
    assert pull_back(at=now()) == 1  # three too many, but there is room for one
    assert owners() == {"L1": "li", "L2": "li", "L3": "wang", "L4": "li", "L5": "li"}
    assert plan_pull_back(at=now()).spared == {("r0", "nobody"): 2}


@pytest.mark.django_db
def test_a_rule_may_be_for_some_cases_and_a_lead_for_some_collectors(home: Path) -> None:
    rule(home, "no_action", to="pool", more="days: 21, when: {bucket_from: 3}")
    li, wang = collector("li"), collector("wang")
    for number, owner, bucket in ((1, li, 3), (2, li, 2), (3, wang, 3)):
        some_case(f"L{number}", owner, bucket=bucket)
    with pytest.raises(CaseworkError, match="team lead"):
        pull_back(at=now(), by=li)
    assert pull_back(at=now(), by=make_user(role="team_lead"), owners=[li.pk]) == 1
    assert owners() == {"L1": None, "L2": "li", "L3": "wang"}


@pytest.mark.django_db
def test_by_hand_whoever_promised_is_left_where_it_is_wanted() -> None:
    li, lead = collector("li"), make_user(role="team_lead")
    promise(some_case("L1", li), in_days=3)
    some_case("L2", li)
    wanted = MoveWanted(chosen=Chosen(owner=li), way=Way.POOL, spare_promised=True)
    plan = plan_move(wanted, by=lead)
    assert [one.found.loan_no for one in plan.going] == ["L2"]
    assert plan.stays == {"promised": ["L1"]}


def test_the_shipped_rules_hold() -> None:
    names = [one.name for one in load_pull_back_rules(Path("/none"), on=date(2026, 1, 1)).rules]
    assert names == ["away", "stage_changed", "no_action", "no_right_party", "overload"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[]", "follow each other"),
        (FILE.format(why="no_action", to="pool", more=""), "no_action asks for them"),
        (FILE.format(why="overload", to="pool", more=", days: 3"), "overload asks for none"),
        (FILE.format(why="absent", to="pool", more=", days: 0"), "greater than or equal to 1"),
        (FILE.format(why="absent", to="home", more=", days: 3"), "rules.0.to"),
        ("[{from: 2030-01-01, promise_days: 1, rules: []}]", "no rules hold on"),
    ],
)
def test_a_faulty_file_is_told_of(home: Path, text: str, fault: str) -> None:
    (home / "pull_back.yaml").write_text(text)
    with pytest.raises(PullBackRulesError, match=fault):
        load_pull_back_rules(home, on=date(2026, 1, 1))


RULES = AllocationRules.model_validate(
    {
        "from": "2020-01-01", "most_people": 10, "back_within_days": 4, "cover_after_days": 14,
        "undo_minutes": 60, "rules": [
            {"name": "deep", "title": {"zh": "深", "en": "Deep"}, "when": {"bucket_from": 4},
             "to": {"skills": ["law"]}, "otherwise": "pool"},
            {"name": "rest", "title": {"zh": "余", "en": "Rest"}, "speaks": True},
        ],
    }
)  # fmt: skip
HELD = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.builds(
            Waiting,
            pk=st.integers(1, 1000),
            debtor=st.integers(1, 60).map(str),
            bucket=st.integers(1, 6),
            arrears=st.integers(1, 10**6),
            language=st.sampled_from(["", "zh-CN", "ug"]),
        ),
    ),
    unique_by=lambda one: one[1].pk,
    max_size=40,
)
DESKS = st.lists(
    st.builds(
        Collector,
        pk=st.integers(1, 6),
        people=st.integers(0, 6),
        arrears=st.just(0),
        room=st.integers(0, 8),
        here=st.booleans(),
        skills=st.sampled_from([frozenset(), frozenset({"law"})]),
        languages=st.sampled_from([frozenset(), frozenset({"zh"})]),
    ),
    unique_by=lambda one: one.pk,
    max_size=6,
)


@given(held=HELD, desks=DESKS)
def test_what_is_handed_on_fills_nobody_above_his_room_and_goes_to_another(
    held: list[tuple[int, Waiting]], desks: list[Collector]
) -> None:
    by_owner: dict[int, list[Waiting]] = {}
    of_debtor: dict[str, int] = {}
    for owner, case in held:  # a debtor is one collector's
        by_owner.setdefault(of_debtor.setdefault(case.debtor, owner), []).append(case)
    before = {one.pk: one for one in desks}

    given_to, after = give_to_others(by_owner, before, RULES)

    for owner, cases in by_owner.items():
        for case in cases:
            to = given_to.get(case.pk)
            assert to is None or to.collector != owner
            assert to is None or before[to.collector].here
        of_one = {case.debtor: {given_to.get(c.pk) for c in cases if c.debtor == case.debtor}
                  for case in cases}  # fmt: skip
        assert all(len(ends) == 1 for ends in of_one.values())
    for pk, one in after.items():
        assert one.people <= max(one.room, before[pk].people)
    got = Counter(
        given_to[case.pk].collector
        for owner, cases in by_owner.items()
        for case in {c.debtor: c for c in cases}.values()
        if case.pk in given_to
    )
    lost = Counter(
        owner
        for owner, cases in by_owner.items()
        for case in {c.debtor: c for c in cases}.values()
        if case.pk in given_to
    )
    for pk, one in after.items():
        assert one.people == before[pk].people + got[pk] - lost[pk]


@given(held=HELD, desks=DESKS)
def test_nothing_stays_while_somebody_else_who_would_get_it_is_there_with_room(
    held: list[tuple[int, Waiting]], desks: list[Collector]
) -> None:
    by_owner: dict[int, list[Waiting]] = {}
    of_debtor: dict[str, int] = {}
    for owner, case in held:
        by_owner.setdefault(of_debtor.setdefault(case.debtor, owner), []).append(case)
    given_to, after = give_to_others(by_owner, {one.pk: one for one in desks}, RULES)
    last = max(by_owner, default=0)
    for case in by_owner.get(last, []):  # whoever comes after the others sees the room they left
        if case.pk not in given_to:
            group = [one for one in by_owner[last] if one.debtor == case.debtor]
            able = [one for one in after.values()
                    if one.pk != last and one.here and would_give(group, one, RULES)]  # fmt: skip
            assert all(one.people >= one.room for one in able)
