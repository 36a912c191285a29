"""Contacts are spread over lawful moments: never outside, never too many, the urgent first."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrears.conduct import spreading
from carrears.conduct.spreading import Contact, Place, Plan, Way, spread

Hours = tuple[int, int]
STEPS = 12


def contact(key: int, *ways: tuple[str, Hours], priority: int = 0) -> Contact:
    """Lawful from hour to hour; a channel that opens twice is told twice."""
    desks = dict.fromkeys(name for name, _ in ways)
    return Contact(
        key,
        priority,
        tuple(
            Way(desk, tuple((b * STEPS, e * STEPS) for name, (b, e) in ways if name == desk))
            for desk in desks
        ),
    )


def plan(contacts: list[Contact], *, not_before: int = 0, **per_hour: int) -> Plan:
    return spread(contacts, per_hour=lambda desk: per_hour[desk], not_before=not_before)


def hour(place: Place) -> int:
    return place.step // STEPS


def test_who_has_one_hour_only_is_not_pushed_out_by_who_has_all_day() -> None:
    wide = [contact(n, ("call", (0, 6))) for n in range(2)]
    narrow = [contact(n, ("call", (0, 1))) for n in (8, 9)]
    found = plan([*wide, *narrow], call=2)
    assert (len(found.placed), found.crowded) == (4, ())
    assert [hour(found.placed[n]) for n in (8, 9)] == [0, 0]


def test_the_urgent_one_makes_room_too() -> None:
    """He came first, and has all day; who has but one hour is placed by moving him."""
    urgent = contact(1, ("call", (0, 6)), priority=9)
    narrow = contact(2, ("call", (0, 1)))
    found = plan([urgent, narrow], call=1)
    assert {key: hour(place) for key, place in found.placed.items()} == {1: 1, 2: 0}


def test_the_first_channel_is_kept_while_it_has_room_at_any_hour() -> None:
    both = [contact(n, ("call", (0, 2)), ("sms", (0, 2))) for n in range(6)]
    found = plan(both, call=2, sms=12)
    assert Counter(place.desk for place in found.placed.values()) == {"call": 4, "sms": 2}
    assert [found.placed[n].desk for n in (4, 5)] == ["sms", "sms"]


def test_another_channel_is_taken_for_the_sake_of_who_has_but_one() -> None:
    either = contact(1, ("call", (0, 1)), ("sms", (0, 1)), priority=5)
    only = contact(2, ("call", (0, 1)))
    found = plan([either, only], call=1, sms=1)
    assert {key: place.desk for key, place in found.placed.items()} == {1: "sms", 2: "call"}


def test_what_finds_no_place_is_told_apart() -> None:
    never = contact(99, priority=9)
    many = [contact(n, ("call", (0, 1)), priority=n) for n in range(4)]
    found = plan([never, *many], call=2)
    assert found.unlawful == (99,)
    assert found.crowded == (0, 1)
    assert sorted(found.placed) == [2, 3]


def test_what_is_taken_and_what_has_gone_by_is_not_given_again() -> None:
    contacts = [contact(n, ("call", (0, 2))) for n in range(9)]
    taken = {Place(step, "call"): 1 for step in range(STEPS, STEPS + 6)}
    found = spread(contacts, per_hour=lambda _: 12, taken=taken, not_before=6)
    places = sorted(place.step for place in found.placed.values())
    assert places == [*range(6, 12), 18, 19, 20]


windows = st.tuples(st.integers(0, 3), st.integers(1, 4)).map(lambda w: (w[0], w[0] + w[1]))
ways = st.lists(
    st.tuples(st.sampled_from(["call", "sms"]), windows),
    min_size=1,
    max_size=2,
    unique_by=lambda way: way[0],
)
wishes = st.lists(st.tuples(st.integers(0, 3), ways), max_size=9)
capacity = st.integers(0, 3)


def made(wished: list[tuple[int, list[tuple[str, Hours]]]]) -> list[Contact]:
    return [contact(n, *told, priority=priority) for n, (priority, told) in enumerate(wished)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wishes, capacity, capacity)
def test_never_outside_a_lawful_moment_nor_beyond_capacity(
    wished: list[tuple[int, list[tuple[str, Hours]]]], call: int, sms: int
) -> None:
    contacts = made(wished)
    found = plan(contacts, call=call, sms=sms)
    assert found.unlawful == ()
    for one in contacts:
        place = found.placed.get(one.key)
        if place is None:
            assert one.key in found.crowded
            continue
        [way] = [each for each in one.ways if each.desk == place.desk]
        assert any(begin <= place.step < end for begin, end in way.steps)
    hours = Counter((place.desk, hour(place)) for place in found.placed.values())
    assert all(number <= {"call": call, "sms": sms}[name] for (name, _), number in hours.items())
    assert plan(contacts[::-1], call=call, sms=sms) == found


def fits(contacts: list[Contact], **per_hour: int) -> bool:
    """Whether all can be placed together, by Hall's condition over whole hours."""
    options = {
        one.key: {
            (way.desk, step // STEPS)
            for way in one.ways
            for begin, end in way.steps
            for step in range(begin, end, STEPS)
            if per_hour[way.desk]
        }
        for one in contacts
    }
    for size in range(1, len(contacts) + 1):
        for some in combinations(contacts, size):
            seats = set[tuple[str, int]]().union(*(options[one.key] for one in some))
            if sum(per_hour[name] for name, _ in seats) < size:
                return False
    return True


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wishes, capacity, capacity)
def test_nobody_goes_without_whom_a_place_could_be_given(
    wished: list[tuple[int, list[tuple[str, Hours]]]], call: int, sms: int
) -> None:
    """Neither beside all who have one, nor in place of one who matters less."""
    contacts = made(wished)
    found = plan(contacts, call=call, sms=sms)
    placed = [one for one in contacts if one.key in found.placed]
    assert fits(placed, call=call, sms=sms)
    for one in contacts:
        if one.key in found.placed:
            continue
        assert not fits([*placed, one], call=call, sms=sms)
        as_urgent = [each for each in placed if each.priority >= one.priority]
        assert not fits([*as_urgent, one], call=call, sms=sms)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(wishes, capacity, capacity)
def test_where_looking_has_taken_too_long_the_rest_take_what_is_free(
    wished: list[tuple[int, list[tuple[str, Hours]]]], call: int, sms: int
) -> None:
    contacts = made(wished)
    with patch.object(spreading, "_MOST_LOOKS", 0):
        found = plan(contacts, call=call, sms=sms)
    hours = Counter((place.desk, hour(place)) for place in found.placed.values())
    capacities = {"call": call, "sms": sms}
    assert all(number <= capacities[name] for (name, _), number in hours.items())
    for one in contacts:
        if one.key in found.placed:
            place = found.placed[one.key]
            [way] = [each for each in one.ways if each.desk == place.desk]
            assert any(begin <= place.step < end for begin, end in way.steps)
            continue
        for way in one.ways:
            for begin, end in way.steps:
                for nth in range(begin // STEPS, end // STEPS):
                    assert hours[way.desk, nth] == capacities[way.desk]
