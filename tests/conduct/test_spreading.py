"""Contacts are spread over lawful moments: never outside, never too many, the urgent first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations

from conduct.samples import make_attempt, make_facts
from hypothesis import given
from hypothesis import strategies as st

from carrears.conduct.gate import judge
from carrears.conduct.pack import load_pack
from carrears.conduct.spreading import STEP, Answer, Choice, Contact, Place, Plan, spread
from carrears.resources import shipped

FIRST = datetime(2026, 6, 30, 0, tzinfo=UTC)
Hours = tuple[int, int]


def within(*hours: Hours) -> Callable[[datetime], Answer]:
    """A gate that opens in these hours of the day."""

    def ask(at: datetime) -> Answer:
        begins = [FIRST + timedelta(hours=begin) for begin, _ in hours]
        ends = [FIRST + timedelta(hours=end) for _, end in hours]
        if any(begin <= at < end for begin, end in zip(begins, ends, strict=True)):
            return Answer(allowed=True)
        return Answer(allowed=False, next_at=min((b for b in begins if b > at), default=None))

    return ask


def contact(key: str, *windows: tuple[str, Hours], priority: int = 0) -> Contact:
    return Contact(key, priority, tuple(Choice(name, within(hours)) for name, hours in windows))


def plan(contacts: list[Contact], *, hours: int = 6, **per_hour: int) -> Plan:
    until = FIRST + timedelta(hours=hours)
    return spread(contacts, first=FIRST, until=until, per_hour=per_hour)


def test_who_has_one_hour_only_is_not_pushed_out_by_who_has_all_day() -> None:
    wide = [contact(f"a{n}", ("call", (0, 6))) for n in range(2)]
    narrow = [contact(f"z{n}", ("call", (0, 1))) for n in range(2)]
    found = plan([*wide, *narrow], call=2)
    assert (len(found.placed), found.crowded) == (4, ())
    assert all(found.placed[f"z{n}"].at < FIRST + timedelta(hours=1) for n in range(2))


def test_another_channel_is_taken_before_a_later_hour() -> None:
    both = [contact(f"k{n}", ("call", (0, 6)), ("sms", (0, 6))) for n in range(4)]
    found = plan(both, call=12, sms=12)
    assert Counter(place.channel for place in found.placed.values()) == {"call": 2, "sms": 2}


def test_what_finds_no_place_is_told_apart() -> None:
    never = Contact("never", 9, (Choice("call", lambda _: Answer(allowed=False)),))
    many = [contact(f"k{n}", ("call", (0, 1)), priority=n) for n in range(4)]
    found = plan([never, *many], call=2)
    assert found.unlawful == ("never",)
    assert found.crowded == ("k0", "k1")
    assert sorted(found.placed) == ["k2", "k3"]


windows = st.tuples(st.integers(0, 3), st.integers(1, 4)).map(lambda w: (w[0], w[0] + w[1]))
choices = st.dictionaries(st.sampled_from(["call", "sms"]), windows, min_size=1, max_size=2)
wishes = st.lists(st.tuples(st.integers(0, 3), choices), max_size=9)
capacity = st.integers(0, 3)


def made(wished: list[tuple[int, dict[str, Hours]]]) -> list[Contact]:
    return [
        contact(f"k{n}", *ways.items(), priority=priority)
        for n, (priority, ways) in enumerate(wished)
    ]


@given(wishes, capacity, capacity)
def test_never_outside_a_lawful_moment_nor_beyond_capacity(
    wished: list[tuple[int, dict[str, Hours]]], call: int, sms: int
) -> None:
    contacts = made(wished)
    found = plan(contacts, call=call, sms=sms)
    for one in contacts:
        place = found.placed.get(one.key)
        if place is None:
            assert one.key in (*found.unlawful, *found.crowded)
            continue
        [way] = [each for each in one.choices if each.channel == place.channel]
        assert way.ask(place.at).allowed
        assert (place.at - FIRST) % STEP == timedelta(0)
    hours = Counter(
        (place.channel, (place.at - FIRST) // timedelta(hours=1)) for place in found.placed.values()
    )
    assert all(number <= {"call": call, "sms": sms}[name] for (name, _), number in hours.items())
    assert spread_again(contacts, call=call, sms=sms) == found


def spread_again(contacts: list[Contact], **per_hour: int) -> Plan:
    return plan(contacts[::-1], **per_hour)


def fits(contacts: list[Contact], **per_hour: int) -> bool:
    """Whether all can be placed together, by Hall's condition over whole hours."""
    options = {
        one.key: {
            (way.channel, hour)
            for way in one.choices
            for hour in range(6)
            if per_hour[way.channel] and way.ask(FIRST + timedelta(hours=hour)).allowed
        }
        for one in contacts
    }
    for size in range(1, len(contacts) + 1):
        for some in combinations(contacts, size):
            seats = set[tuple[str, int]]().union(*(options[one.key] for one in some))
            if sum(per_hour[name] for name, _ in seats) < size:
                return False
    return True


@given(wishes, capacity, capacity)
def test_nobody_goes_without_whom_a_place_could_be_given(
    wished: list[tuple[int, dict[str, Hours]]], call: int, sms: int
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
        before = [each for each in placed if each.priority > one.priority]
        as_urgent = [each for each in placed if each.priority == one.priority]
        assert not fits([*before, *as_urgent, one], call=call, sms=sms)


def test_by_the_gates_own_word_in_two_zones() -> None:
    """A debtor who may be in Shanghai or Urumqi is called when it is day in both."""
    pack = load_pack("cn", shipped("rulepacks"))

    def ask_in(*zones: str) -> Callable[[datetime], Answer]:
        facts = make_facts(zones=zones)

        def ask(at: datetime) -> Answer:
            local = at.replace(tzinfo=None)
            verdict = judge(facts, make_attempt(local, zone="UTC"), pack)
            return Answer(verdict.gate_action == "allow", verdict.next_allowed_at)

        return ask

    contacts = [
        Contact(name, 0, (Choice("call", ask_in(*zones)),))
        for name, zones in {
            "one": ("Asia/Shanghai",),
            "both": ("Asia/Shanghai", "Asia/Urumqi"),
        }.items()
    ]
    first = datetime(2026, 6, 29, 12, tzinfo=UTC) + timedelta(hours=2)  # ten at night in Shanghai
    found = spread(contacts, first=first, until=first + timedelta(days=1), per_hour={"call": 12})
    assert found.placed == {
        "one": Place(datetime(2026, 6, 30, 0, tzinfo=UTC), "call"),
        "both": Place(datetime(2026, 6, 30, 2, tzinfo=UTC), "call"),
    }
