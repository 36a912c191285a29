"""Which promise is still to come, and which is due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from factories import make_case, make_promise

from carrears.casework.promised import promised, promised_soon

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "changes", "told"),
    [
        ([AFTER], {}, "waits"),
        ([DAY], {}, "due"),
        ([BEFORE], {}, "due"),
        ([DAY, AFTER], {}, "due"),
        ([BEFORE], {"state": "kept"}, ""),
        ([BEFORE], {"state": "partly"}, ""),
        ([BEFORE], {"state": "broken"}, ""),
        ([AFTER], {"state": "cancelled"}, ""),
    ],
)
def test_what_is_to_come(days: list[date], changes: Any, told: str) -> None:
    case = make_case()
    made = make_promise(case, *((100_00, day) for day in days), **changes)

    found = promised(case, on=DAY)

    assert found.made_at == (made.made_at if told else None)
    assert found.due is (told == "due")
    assert promised_soon([case.pk], days=0) == ({case.pk} if told == "due" else set())


def test_a_part_that_is_kept_is_not_to_come() -> None:
    case = make_case()
    made = make_promise(case, (100_00, DAY), (100_00, AFTER))
    made.parts.filter(due_on=DAY).update(state="kept")

    assert promised(case, on=DAY).due is False
    assert promised(case, on=AFTER).due is True


def test_all_promises_of_a_case_count_and_those_of_no_other() -> None:
    case, other = make_case(), make_case(loan_no="A-04", name="")
    make_promise(case, (100_00, DAY))
    newest = make_promise(case, (100_00, AFTER))
    make_promise(other, (100_00, DAY))

    found = promised(case, on=DAY)

    assert (found.due, found.made_at) == (True, newest.made_at)
