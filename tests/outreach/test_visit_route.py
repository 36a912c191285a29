"""The order of a day's visits: laws, and ways that can be followed on a map."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrears.outreach.visit_route import (
    EXACT_UP_TO,
    METRES_PER_MINUTE,
    STAY_MINUTES,
    Stop,
    follow,
    metres_between,
    plan,
)

# Around Hangzhou, as far as one goes in a day.
_lat = st.floats(30.0, 30.6, allow_nan=False)
_lon = st.floats(119.9, 120.6, allow_nan=False)


@st.composite
def days(draw: st.DrawFn, *, least: int = 1, most: int = 6) -> list[Stop]:
    count = draw(st.integers(least, most))
    found = []
    for key in range(count):
        opens = draw(st.integers(8 * 60, 18 * 60))
        length = draw(st.integers(30, 240))
        found.append(
            Stop(key=key, lat=draw(_lat), lon=draw(_lon), opens=opens, closes=opens + length)
        )
    return found


@given(days())
def test_up_to_a_handful_no_order_is_better(stops: list[Stop]) -> None:
    best = min(follow(order).cost for order in permutations(stops))
    assert plan(stops).cost == pytest.approx(best)


@given(days(least=EXACT_UP_TO + 1, most=10))
def test_beyond_it_no_reversal_and_no_move_helps(stops: list[Stop]) -> None:
    route = plan(stops)
    order = [leg.stop for leg in route.legs]
    assert sorted(one.key for one in order) == [one.key for one in stops]
    by_window = sorted(stops, key=lambda one: (one.closes, one.opens, one.key))
    assert route.cost <= follow(by_window).cost
    for start, end in ((0, 3), (2, 6), (1, len(order))):
        turned = order[:start] + order[start:end][::-1] + order[end:]
        assert route.cost <= follow(turned).cost
    assert route.cost <= follow([*order[1:], order[0]]).cost


@given(days(least=2))
def test_a_way_is_walked_in_time(stops: list[Stop]) -> None:
    for before, after in pairwise(plan(stops).legs):
        begins = max(before.arrives, before.stop.opens)
        assert after.metres == metres_between(before.stop, after.stop)
        assert after.arrives == begins + STAY_MINUTES + after.metres / METRES_PER_MINUTE
        assert after.late == max(0, after.arrives - after.stop.closes)


@given(days(least=3, most=3))
def test_distances_are_a_metric(stops: list[Stop]) -> None:
    one, two, three = stops
    assert metres_between(one, two) == pytest.approx(metres_between(two, one))
    assert metres_between(one, one) == 0
    around = metres_between(one, three) + metres_between(three, two)
    assert metres_between(one, two) <= around + 1e-6


def test_a_degree_of_latitude_is_111_km() -> None:
    south = Stop(key=1, lat=30, lon=120, opens=0, closes=1)
    north = Stop(key=2, lat=31, lon=120, opens=0, closes=1)
    assert metres_between(south, north) == pytest.approx(111_195, abs=1)


def test_windows_go_before_the_shorter_way() -> None:
    """West and east lie next to each other; the far one closes first."""
    west = Stop(key=1, lat=30, lon=120.00, opens=600, closes=960)
    east = Stop(key=2, lat=30, lon=120.01, opens=600, closes=960)
    far = Stop(key=3, lat=30, lon=120.20, opens=540, closes=600)
    route = plan([west, east, far])
    assert [leg.stop.key for leg in route.legs] == [3, 2, 1]
    assert route.late == 0


def test_a_day_without_stops_is_no_way() -> None:
    assert plan([]).legs == ()
