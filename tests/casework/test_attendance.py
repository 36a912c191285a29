"""When somebody is at work for part of a day: his shift, and hours of absence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from factories import make_case, make_user
from hypothesis import given
from hypothesis import strategies as st

from carrears.access.models import User
from carrears.casework.assigning import assign_cases
from carrears.casework.attendance import Attendance, Away
from carrears.casework.attending import Whereabouts, away_now, whereabouts
from carrears.casework.day_plans import plans_today
from carrears.casework.desks import DeskWanted, add_absence, change_desk
from carrears.casework.models import Absence, Case, Desk
from carrears.casework.next_case import next_case
from carrears.casework.pulling_plans import plan_pull_back
from carrears.casework.services import CaseworkError

DAY = date(2026, 12, 1)  # a Tuesday
SHIFT = (time(9), time(18))
HOURS = st.times().map(lambda one: one.replace(second=0, microsecond=0))


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("away", "left"),
    [
        ([], 540),
        ([Away(DAY, DAY, time(13), time(15))], 420),
        ([Away(DAY, DAY, time(13), time(15)), Away(DAY, DAY, time(14), time(16))], 360),
        ([Away(DAY, DAY, None, time(12))], 360),
        ([Away(DAY, DAY + timedelta(days=3), time(17), time(10))], 480),
        ([Away(DAY - timedelta(days=3), DAY, time(17), time(10))], 480),
        ([Away(DAY - timedelta(days=3), DAY + timedelta(days=1), time(17), time(10))], 0),
        ([Away(DAY, None, time(12))], 180),
        ([Away(DAY, DAY, time(6), time(9))], 540),
        ([Away(DAY, DAY)], 0),
    ],
)  # fmt: skip
def test_an_absence_takes_its_hours_of_the_shift(away: list[Away], left: int) -> None:
    assert Attendance(shift=SHIFT, away=tuple(away)).minutes(DAY) == left


@given(hours=st.lists(st.tuples(HOURS, HOURS), max_size=5), clock=HOURS)
def test_the_minutes_are_those_counted_one_by_one(
    hours: list[tuple[time, time]], clock: time
) -> None:
    away = tuple(Away(DAY, DAY, *sorted(one)) for one in hours if one[0] != one[1])
    his = Attendance(shift=SHIFT, away=away)
    free = [
        minute for minute in range(9 * 60, 18 * 60)
        if his.away_until(DAY, time(*divmod(minute, 60))) is None
    ]  # fmt: skip
    assert his.minutes(DAY) == len(free)
    left = [minute for minute in free if minute >= clock.hour * 60 + clock.minute]
    is_today = his.next_day(DAY, within_days=0, clock=clock) == DAY
    assert is_today == bool(left)


def test_a_day_counts_while_some_of_it_is_left() -> None:
    his = Attendance(shift=SHIFT, away=(Away(DAY, DAY, time(13)),))
    tomorrow = DAY + timedelta(days=1)
    found = [his.next_day(DAY, within_days=9, clock=time(hour)) for hour in (8, 12, 13, 17)]
    assert found == [DAY, DAY, tomorrow, tomorrow]
    whole = Attendance(shift=SHIFT)
    assert whole.next_day(DAY, within_days=9, clock=time(18)) == tomorrow
    assert whole.next_day(DAY, within_days=9, clock=time(18), after_shift=True) == DAY


Clock = Callable[[datetime], None]
_MODULES = (
    "casework.attending", "casework.assigning", "casework.day_plans", "casework.pulling_plans",
    "casework.desks_api", "workbench.queries.allocation", "workbench.views.allocation",
)  # fmt: skip


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the clock of the house, as those who read it see it."""

    def turn(moment: datetime) -> None:
        for module in _MODULES:
            monkeypatch.setattr(f"carrears.{module}.now", lambda: moment)

    return turn


@pytest.fixture
def li() -> User:
    user = make_user(role="collector", username="li")
    Desk.objects.create(user=user, begins_at=time(9), ends_at=time(18))
    return user


def owned(number: int, owner: User | None) -> Case:
    return make_case(
        loan_no=f"L{number}", loan_id=number, obligor_no=f"P-{number}", name="", assignee=owner,
        as_of=DAY, opened_on=DAY - timedelta(days=40),
    )  # fmt: skip


@pytest.mark.django_db
def test_allocation_sees_the_hour(
    li: User, clock: Clock, tmp_path: Path, settings: LazySettings
) -> None:
    settings.CARREARS_HOME = tmp_path
    (tmp_path / "allocation.yaml").write_text(
        "- {from: 2020-01-01, most_people: 9, back_within_days: 0, cover_after_days: 9,"
        " undo_minutes: 60, rules: [{name: a, title: {zh: 甲, en: A}}]}"
    )
    change_desk(li, DeskWanted(begins_at=time(9), ends_at=time(18)), by=None, at=at(8))
    add_absence(li, Away(DAY, DAY, time(13)), by=None, at=at(8))
    clock(at(14))
    owned(1, None)
    assert assign_cases() == 0
    clock(at(12))
    assert assign_cases() == 1
    clock(at(19, day=DAY + timedelta(days=1)))
    owned(2, None)
    assert assign_cases() == 0  # his shift is over
    clock(at(8, day=DAY + timedelta(days=2)))
    assert assign_cases() == 1


@pytest.mark.django_db
def test_the_plan_has_what_the_absence_leaves(li: User, clock: Clock) -> None:
    clock(at(8))
    owned(1, li)
    before = plans_today([li])[li.pk].plan.minutes
    add_absence(li, Away(DAY, DAY, time(13), time(15)), by=None, at=at(8))
    assert (before, plans_today([li])[li.pk].plan.minutes) == (480, 360)
    Desk.objects.all().delete()  # the hours of the house, 09:00 to 17:00
    add_absence(li, Away(DAY, DAY, time(15)), by=None, at=at(8))
    assert plans_today([li])[li.pk].plan.minutes == 420 - 120 - 120


@pytest.mark.django_db
def test_who_is_absent_at_this_hour_is_given_no_next_case(li: User, clock: Clock) -> None:
    owned(1, li)
    add_absence(li, Away(DAY, DAY, time(13), time(15)), by=None, at=at(8))
    clock(at(14))
    assert (away_now(li.pk), next_case(li, moment=at(14))) == (time(15), None)
    assert whereabouts(DAY, [li.pk]) == {li.pk: Whereabouts(DAY, time(15))}
    clock(at(15))
    assert away_now(li.pk) is None
    assert next_case(li, moment=at(14)) is not None


@pytest.mark.django_db
def test_pulling_back_counts_who_left_in_the_middle_of_the_day(
    li: User, clock: Clock, tmp_path: Path, settings: LazySettings
) -> None:
    settings.CARREARS_HOME = tmp_path
    (tmp_path / "pull_back.yaml").write_text(
        "- {from: 2020-01-01, promise_days: 5, rules: [{name: r, title: {zh: 甲, en: A},"
        " why: absent, days: 2, to: pool}]}"
    )
    owned(1, li)
    Absence.objects.create(
        user=li, from_on=DAY, from_at=time(13), until_on=DAY + timedelta(days=5),
        until_at=time(10), added_at=at(8),
    )  # fmt: skip
    make_user(role="collector", username="wang")
    for hour, many in ((12, 0), (14, 1)):
        clock(at(hour))
        assert len(plan_pull_back().taken) == many


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("away", "why"),
    [
        (Away(DAY, DAY, time(15), time(13)), "cannot end before"),
        (Away(DAY, DAY, time(7), time(8)), "over"),
        (Away(DAY, None, None, time(8)), "needs a last day"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(li: User, away: Away, why: str) -> None:
    with pytest.raises(CaseworkError, match=why):
        add_absence(li, away, by=None, at=at(9))
