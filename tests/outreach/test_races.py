"""Many at once on what only a few may have: real sessions of a real PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from factories import DAY, make_case, make_user

from carrears.casework.models import Case
from carrears.clock import at_local
from carrears.conduct.models import Mandate
from carrears.outreach.calls import WantedCall, book_calls, record_result
from carrears.outreach.models import Attempt
from carrears.parties.models import Party

pytestmark = pytest.mark.django_db(transaction=True)
ALLOWED = 3  # effective calls in a day by GB/T 45251
AT_ONCE = 8
PAIRS = 25


@pytest.fixture(autouse=True)
def bound(settings: LazySettings) -> None:
    settings.LENDER_CODES = ("gbt_45251",)


def make_debtor(place: int, *, zone: str = "Asia/Shanghai") -> Case:
    case = make_case(loan_no=f"R-{place}", loan_id=place)
    Party.objects.filter(token=case.party_id).update(time_zone=zone, zones=[zone])
    return Case.objects.select_related("party").get(pk=case.pk)


def at_noon(hours: int = 0) -> datetime:
    """Noon of the day, or some hours later."""
    return at_local(DAY, time(12), "Asia/Shanghai") + timedelta(hours=hours)


def wanted(case: Case, at: datetime, key: str, *, agency: str = "") -> WantedCall:
    assert case.party is not None
    return WantedCall(
        key=f"{case.loan_no}:{key}", case=case, party=case.party, at=at, agency=agency
    )


def race(rounds: Sequence[Sequence[WantedCall]]) -> list[list[str]]:
    """Book the calls of each round at the same time, each in a session of its own."""
    start = threading.Barrier(len(rounds[0]))

    def work(mine: Sequence[WantedCall]) -> list[str]:
        states = []
        for one in mine:
            start.wait(30)
            states.append(book_calls([one])[0].state)
        connection.close()
        return states

    with ThreadPoolExecutor(len(rounds[0])) as pool:
        columns = list(pool.map(work, zip(*rounds, strict=True)))
    return [list(row) for row in zip(*columns, strict=True)]


def test_the_last_permitted_call_is_booked_once() -> None:
    """Pairs, one of the lender and one of an agency, on the one call that is left of a day."""
    Mandate.objects.create(agency="A1", starts_on=date(2026, 1, 1))
    rounds = []
    for place in range(PAIRS):
        case = make_debtor(place)
        noon = at_noon()
        before = [wanted(case, noon - timedelta(hours=n), f"before{n}") for n in (2, 4)]
        assert [one.state for one in book_calls(before)] == ["booked", "booked"]
        # Whoever comes second may well have looked at the clock first.
        at = [noon, noon - timedelta(microseconds=place)]
        rounds.append([wanted(case, at[n], f"race{n}", agency=("", "A1")[n]) for n in (0, 1)])

    results = race(rounds)

    assert Counter(tuple(sorted(states)) for states in results) == {("blocked", "booked"): PAIRS}
    won = Attempt.objects.filter(key__contains=":race", state="booked")
    assert len({one.agency for one in won}) == 2  # neither side always comes first
    lost = Attempt.objects.filter(state="blocked").select_related("verdict")
    against = [
        {f["rule_id"] for f in one.verdict.findings if f["gate_action"] == "block"} for one in lost
    ]
    assert against == [{"CN-02"}] * PAIRS


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Los_Angeles", date(2026, 3, 8)),  # a day of 23 hours
        ("America/Los_Angeles", date(2026, 11, 1)),  # one of 25
        ("Europe/London", date(2026, 3, 29)),
        ("Europe/London", date(2026, 10, 25)),
        ("Asia/Shanghai", date(2026, 10, 25)),
    ],
)
def test_a_day_has_as_many_calls_whatever_its_length(zone: str, day: date) -> None:
    """From the first lawful minute to the last of a debtor's day, and on the day after anew."""
    case = make_debtor(1, zone=zone)
    clocks = [time(8), time(12), time(17), time(21, 59)]
    moments = [at_local(day, clock, zone) for clock in clocks]
    moments.append(at_local(day + timedelta(days=1), time(8), zone))

    states = race([[wanted(case, at, f"{at:%d%H}-{n}") for n in range(AT_ONCE)] for at in moments])

    assert [Counter(one)["booked"] for one in states] == [1, 1, 1, 0, 1]
    local = [at.astimezone(moments[0].tzinfo).date() for at in booked_at()]
    assert Counter(local) == {day: ALLOWED, day + timedelta(days=1): 1}


def booked_at() -> list[datetime]:
    return list(Attempt.objects.filter(state="booked").values_list("at", flat=True))


def test_two_loans_of_one_debtor_share_a_count() -> None:
    first = make_debtor(1)
    second = make_case(loan_no="R-2", loan_id=2, name="", party=first.party)
    pair = [(first, "a"), (second, "b")] * 4
    states = race(
        [
            [
                wanted(case, at_noon(hours), f"{name}{hours}{n}")
                for n, (case, name) in enumerate(pair)
            ]
            for hours in (0, 2, 4, 6)
        ]
    )
    assert [Counter(one)["booked"] for one in states] == [1, 1, 1, 0]


def test_one_key_from_many_sessions_is_one_call() -> None:
    case = make_debtor(1)
    noon = at_noon()
    states = race([[wanted(case, noon, "same") for _ in range(AT_ONCE)]])
    assert (set(states[0]), Attempt.objects.count()) == ({"booked"}, 1)


def test_what_is_booked_together_counts_one_after_the_other() -> None:
    """A batch gives what asking one by one gives: a debtor's fourth call is one too many."""
    case, other = make_debtor(1), make_debtor(2)
    batch = [wanted(case, at_noon(hours), f"k{hours}") for hours in range(0, 10, 2)]
    batch.insert(2, wanted(other, at_noon(), "k"))
    states = [one.state for one in book_calls(batch)]
    assert states == ["booked", "booked", "booked", "booked", "blocked", "blocked"]


def test_a_result_frees_the_call_that_reached_nobody() -> None:
    case, user = make_debtor(1), make_user(role="collector")
    booked = book_calls([wanted(case, at_noon(hours), f"k{hours}") for hours in (0, 2, 4)])
    assert book_calls([wanted(case, at_noon(6), "more")])[0].state == "blocked"
    record_result(booked[0], result="no_answer", by=user)
    record_result(booked[1], result="not_dialled", by=user)
    again = book_calls([wanted(case, at_noon(hours), f"again{hours}") for hours in (6, 8, 9)])
    assert [one.state for one in again] == ["booked", "booked", "blocked"]
