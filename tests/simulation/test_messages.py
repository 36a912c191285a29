"""A simulation counts the cadences' messages, and those that would not leave."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from factories import make_person

from carrears.clock import now
from carrears.conduct.services import bar_contact
from carrears.simulation.report import report_html
from carrears.simulation.services import ask_simulation, run_simulation
from carrears.simulation.summary import messages, table
from carrears.strategy.files import load_treatments
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import published_strategy
from simulation.test_equal import AS_OF, root, run_day  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db
BY = [{"channel": "email", "template": "predue_reminder"}]


def reminding() -> StrategyVersion:
    """The published strategy with a cadence that reminds all, before and after the due date."""
    steps = [{"day": day, "by": BY} for day in (-3, 0, 2, 10)]
    cadence = {"zh": "试", "en": "Trial", "before_due": "all", "steps": steps}
    cadences = {"own": cadence | {"treatments": list(load_treatments())}}
    published = published_strategy()
    return StrategyVersion.objects.create(
        name="treatment",
        version="e" * 64,
        document={**published.document, "cadences": cadences},
        facts=published.facts,
    )


def test_messages_are_counted_by_step_and_verdict(root: Path) -> None:  # noqa: F811
    """Every fifth loan is due in three days, L1 on the day; L2 is held, L3 to L6 4 to 10 behind."""
    run_day(root, AS_OF)
    make_person(loan_no="L5")
    barred = make_person(loan_no="L10")
    bar_contact(
        barred, reason="asked", from_on=AS_OF - timedelta(days=1), until_on=None, by=None, at=now()
    )
    done = run_simulation(ask_simulation("in-force", reminding().version, days=[AS_OF]))

    assert done.result is not None
    names = ("month", "today", "stopped", "allow", "block", "nobody")
    second = [row for row in done.result["messages"] if row["contender"] == 1]
    counted = {row["step_day"]: tuple(row[name] for name in names) for row in second}
    assert counted == {
        -3: (18, 18, 0, 1, 1, 16),
        0: (19, 1, 0, 0, 0, 1),
        2: (1, 1, 1, 0, 0, 0),
        10: (4, 1, 0, 0, 0, 1),
    }
    assert {row["channel"] for row in second} == {"email"}
    # By default only the watched are reminded before the due date.
    assert all(row["step_day"] > 0 for row in done.result["messages"] if row["contender"] == 0)
    shown = {row["step"]: row["month"] for row in messages(done.result)}
    assert shown["T-3"] == [0.0, 18.0]
    assert table(done.result, "messages").num_rows == len(done.result["messages"])
    assert "T+10" in report_html(done)


def test_a_result_from_before_has_none() -> None:
    assert messages({"days": [{"as_of": "2026-06-30"}]}) == []
    assert table({}, "messages").num_rows == 0
