"""A collector is told that a case of his is due: at its hour, or of a day in one sum."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import make_case, make_user

from carrears.access.models import User
from carrears.casework.due_notices import tell_of_due_cases
from carrears.casework.following import FollowUp, set_follow_up
from carrears.casework.models import Case
from carrears.notices.models import Notice

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 1)
TEN = datetime(2026, 7, 1, 2, tzinfo=UTC)  # in China


@pytest.fixture(autouse=True)
def house(settings: Any, tmp_path: Path) -> None:
    settings.CARREARS_HOME, settings.TIME_ZONE = tmp_path, "Asia/Shanghai"


@pytest.fixture
def li() -> User:
    return make_user(role="collector", username="li")


def due(
    li: User | None, number: int, at: time | None = None, *, on: date = DAY, **more: Any
) -> Case:
    told: dict[str, Any] = {"follow_up_on": on, "follow_up_at": at, "obligor_no": f"O-{number}"}
    return make_case(
        loan_no=f"A-{number}", loan_id=number, name=f"赵试{number}", assignee=li, **told | more
    )


def waiting(user: User) -> list[tuple[str, int]]:
    unread = Notice.objects.filter(user=user, kind="case_due", read_at=None).order_by("loan_no")
    return list(unread.values_list("loan_no", "many"))


def test_it_is_told_at_its_hour_and_once(li: User) -> None:
    due(li, 1, time(10))
    assert tell_of_due_cases(at=TEN - timedelta(minutes=1)) == 0
    assert [tell_of_due_cases(at=TEN) for _ in range(3)] == [1, 0, 0]
    assert waiting(li) == [("A-1", 1)]


def test_cases_of_the_day_come_in_one_sum_from_the_hour_of_the_house(li: User) -> None:
    for number in (1, 2, 3):
        due(li, number)
    due(li, 4, on=DAY + timedelta(days=1))
    due(li, 5, on=DAY - timedelta(days=1))
    due(None, 6)
    due(li, 7, state="closed", closed_on=DAY, close_reason="cured")
    assert tell_of_due_cases(at=TEN - timedelta(hours=1, minutes=1)) == 0
    assert tell_of_due_cases(at=TEN - timedelta(hours=1)) == 1
    assert waiting(li) == [("", 3)]


def test_the_house_says_from_which_hour_on(li: User, tmp_path: Path) -> None:
    (tmp_path / "wecom.yaml").write_text(
        "- {from: 2020-01-01, kinds: [], wait_minutes: 0, language: zh-CN, users: {},"
        " retry_seconds: [], due_at: '10:00'}"
    )
    due(li, 1)
    assert [tell_of_due_cases(at=TEN - timedelta(minutes=1)), tell_of_due_cases(at=TEN)] == [0, 1]


def test_what_was_due_long_ago_is_not_told(li: User) -> None:
    due(li, 1, time(10), on=DAY - timedelta(days=1))
    assert tell_of_due_cases(at=TEN) == 0


def test_who_has_come_back_or_lost_the_case_need_not_look(li: User) -> None:
    wang = make_user(role="collector", username="wang")
    first, second, third = (due(li, number, time(10)) for number in (1, 2, 3))
    tell_of_due_cases(at=TEN)
    set_follow_up(first, FollowUp(DAY + timedelta(days=3)))
    Case.objects.filter(pk=second.pk).update(assignee=wang)
    tell_of_due_cases(at=TEN + timedelta(minutes=5))
    assert (waiting(li), waiting(wang)) == ([("A-3", 1)], [("A-2", 1)])
    set_follow_up(third, FollowUp(DAY, time(15)))
    tell_of_due_cases(at=TEN + timedelta(minutes=10))
    assert waiting(li) == []
    tell_of_due_cases(at=TEN + timedelta(hours=5))
    assert waiting(li) == [("A-3", 1)]
