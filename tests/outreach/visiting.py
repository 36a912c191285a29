"""A visit of two people, on the day that the book has reached."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from factories import make_case, make_user

from carrears.access.models import User
from carrears.casework.case_product import product_of
from carrears.casework.models import Case
from carrears.outreach.models import FieldVisit
from carrears.outreach.visits import VisitOrder, order_visit

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(hour: int, minute: int = 0, *, day: int = 30) -> datetime:
    """On the day that the book has reached, where it is ten in the morning."""
    return datetime(2026, 6, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-03")


@pytest.fixture
def pair() -> tuple[User, User]:
    return (
        make_user(role="collector", username="li"),
        make_user(role="collector", username="wang"),
    )


def order(case: Case, pair: tuple[User, User], key: str = "v-1", **more: Any) -> FieldVisit:
    told: dict[str, Any] = {
        "key": key,
        "case": case,
        "party": case.party,
        "from_at": at(10),
        "until_at": at(12),
        "visitors": pair,
        "by": pair[0],
    }
    return order_visit(VisitOrder(**(told | more)), product_of(case))
