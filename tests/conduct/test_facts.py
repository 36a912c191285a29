"""Facts are frozen, and a copy of one is worked out afresh."""

from datetime import datetime, timedelta
from typing import Any

from carrears.conduct.facts import ContactEvent

_EVENT: dict[str, Any] = {
    "id": "H1",
    "at": datetime(2026, 6, 1, 12, 0),  # noqa: DTZ001  a wall clock, whose zone stands beside it
    "zone": "Asia/Shanghai",
    "direction": "out",
    "channel": "call",
    "party": "D",
}


def test_a_copy_at_another_time_has_another_moment() -> None:
    event = ContactEvent.model_validate(_EVENT)
    moment = event.moment

    later = event.model_copy(update={"at": event.at + timedelta(hours=1)})

    assert later.moment - moment == timedelta(hours=1)
    assert event.moment is moment


def test_what_was_worked_out_makes_no_two_facts_differ() -> None:
    looked_at, other = (ContactEvent.model_validate(_EVENT) for _ in range(2))
    assert looked_at.moment is not None

    assert looked_at == other
    assert looked_at.model_copy() == other
