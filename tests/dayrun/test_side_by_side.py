"""Many stripes are done two at a time, each once; a fault leaves the rest for the next attempt."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest

from carrears.dayrun import standing
from carrears.dayrun.models import DayRun, StripeStep
from carrears.dayrun.moving import each_stripe

pytestmark = pytest.mark.django_db(transaction=True)
LAST_STRIPE = 11


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> DayRun:
    monkeypatch.setattr(standing, "_LOANS_A_STRIPE", 1)
    return DayRun.objects.create(as_of=date(2026, 7, 31), inputs_hash="july", folder="july")


def test_two_stripes_are_under_way_at_a_time(run: DayRun) -> None:
    both = threading.Barrier(2, timeout=30)

    def work(stripe: int) -> dict[str, Any]:
        both.wait()  # would never pass if one waited for the other to end
        return {"loans": stripe}

    assert each_stripe(run, "cases", LAST_STRIPE, work) == {"loans": sum(range(LAST_STRIPE + 1))}
    assert sorted(run.stripes.values_list("stripe", flat=True)) == [*range(LAST_STRIPE + 1)]


def test_a_fault_is_told_and_the_rest_is_done_by_the_next_attempt(run: DayRun) -> None:
    def fail(stripe: int) -> dict[str, Any]:
        if stripe == 3:
            raise IndexError(stripe)
        return {"loans": 1}

    with pytest.raises(IndexError, match="3"):
        each_stripe(run, "cases", LAST_STRIPE, fail)
    done = set(StripeStep.objects.values_list("stripe", flat=True))
    assert 3 not in done

    again: list[int] = []

    def work(stripe: int) -> dict[str, Any]:
        again.append(stripe)
        return {"loans": 1}

    assert each_stripe(run, "cases", LAST_STRIPE, work) == {"loans": LAST_STRIPE + 1}
    assert sorted(again) == sorted({*range(LAST_STRIPE + 1)} - done)
