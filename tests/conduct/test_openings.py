"""The lawful moments of a day are those that asking at every moment would find."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from conduct.samples import make_attempt, make_facts
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.conduct.facts import Facts, Preference
from carrears.conduct.gate import judge
from carrears.conduct.openings import STEP, Answer, Openings, edges_between, find_openings
from carrears.conduct.pack import load_pack
from carrears.conduct.windows import Window
from carrears.resources import shipped

FIRST = datetime(2026, 6, 29, 14, tzinfo=UTC)  # ten at night in Shanghai
UNTIL = FIRST + timedelta(days=1)
SIZE = (UNTIL - FIRST) // STEP


def within(*spans: tuple[int, int]) -> Callable[[datetime], Answer]:
    """A gate that opens in these steps."""

    def ask(at: datetime) -> Answer:
        step = (at - FIRST) / STEP
        if any(begin <= step < end for begin, end in spans):
            return Answer(allowed=True)
        later = [begin for begin, _ in spans if begin > step]
        return Answer(allowed=False, next_at=FIRST + min(later) * STEP if later else None)

    return ask


def lawful(openings: Openings) -> list[int]:
    return [step for begin, end in openings.steps for step in range(begin, end)]


spans = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(1, 90)), max_size=3).map(
    lambda told: [(begin, begin + size) for begin, size in told]
)


@given(spans)
def test_between_its_edges_few_questions_find_all_moments(told: list[tuple[int, int]]) -> None:
    asked = []
    gate = within(*told)

    def ask(at: datetime) -> Answer:
        asked.append(at)
        return gate(at)

    edges = [FIRST + step * STEP for span in told for step in span]
    found = find_openings(ask, first=FIRST, until=UNTIL, edges=edges)
    assert lawful(found) == [n for n in range(SIZE) if gate(FIRST + n * STEP).allowed]
    assert len(asked) <= 4 * len(told) + 1


@given(st.integers(0, SIZE - 1), st.integers(1, SIZE))
def test_a_change_at_no_edge_is_found_by_halving(begin: int, size: int) -> None:
    gate = within((begin, begin + size))
    found = find_openings(gate, first=FIRST, until=UNTIL)
    assert lawful(found) == list(range(begin, min(begin + size, SIZE)))


def test_the_next_lawful_moment_after_the_day_is_told() -> None:
    found = find_openings(within((SIZE + 5, SIZE + 9)), first=FIRST, until=UNTIL)
    assert found == Openings((), UNTIL + 5 * STEP)
    assert find_openings(within(), first=FIRST, until=UNTIL) == Openings(())


PACKS = {name: load_pack(name, shipped("rulepacks")) for name in ("cn", "us", "uk", "in")}
clocks = st.integers(0, 47).map(lambda half: f"{half // 2:02d}:{half % 2 * 3}0")
refused = st.lists(st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1]), max_size=2)
places = st.lists(
    st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "Europe/London", "America/Los_Angeles"]),
    min_size=1,
    max_size=2,
    unique=True,
)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(PACKS)), places, refused)
def test_by_the_gates_own_word_at_every_moment(
    name: str, zones: list[str], told: list[tuple[str, str]]
) -> None:
    """Whatever the pack, the places where the debtor may be, and the hours that he asked for."""
    facts = _with_hours(make_facts(zones=tuple(zones)), told)
    pack = PACKS[name]

    def ask(at: datetime) -> Answer:
        verdict = judge(facts, make_attempt(at.replace(tzinfo=None), zone="UTC"), pack)
        return Answer(verdict.gate_action == "allow", verdict.next_allowed_at)

    edges = edges_between(facts, pack, zones, first=FIRST, until=UNTIL)
    found = find_openings(ask, first=FIRST, until=UNTIL, edges=edges)
    assert lawful(found) == [n for n in range(SIZE) if ask(FIRST + n * STEP).allowed]


def _with_hours(facts: Facts, told: list[tuple[str, str]]) -> Facts:
    if not told:
        return facts
    asked: dict[str, Any] = {
        "by": facts.parties[0].id,
        "kind": "avoid_time",
        "windows": tuple(Window.model_validate({"from": b, "to": e}) for b, e in told),
    }
    return facts.model_copy(update={"preferences": (Preference.model_validate(asked),)})
