"""A simulation with figures that look like a book's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from carrears.simulation.contenders import contender_label
from carrears.simulation.models import Simulation, SimulationState
from carrears.workbench.forms import SimulationForm
from carrears.workbench.queries.simulation import simulation_page

DAY = "2026-10-31"
_MOVES = (
    ("reminder", "reminder", 820), ("reminder", "early_call", 240),
    ("early_call", "early_call", 410),
    ("early_call", "second_reminder", 60), ("mid_call", "mid_call", 190),
    ("mid_call", "offer_plan", 85), ("collateral_review", "collateral_review", 70),
    ("formal_notice", "offer_plan", 44), ("final_notice", "final_notice", 35),
    ("agency_placement", "agency_placement", 22), ("hold", "hold", 9),
)  # fmt: skip


def _side(place: int) -> list[dict[str, Any]]:
    about = {"as_of": DAY, "contender": place, "currency": "CNY"}
    rows = (("early", "email", 310.5, 0.0), ("early", "call", 190.0 + 80 * place, 1.0))
    return [
        about
        | {"queue": queue, "channel": channel, "loans": 900, "actions": actions}
        | {"minutes": actions * 6 * is_call, "cost": actions * (510 * is_call + 1)}
        | {"capacity": 1440.0 if is_call else None}
        for queue, channel, actions, is_call in rows
    ]


def result() -> dict[str, list[dict[str, Any]]]:
    recovery = {"currency": "CNY", "arrears": 61_230_000_00, "as_of": DAY}
    blocked = {"as_of": DAY, "channel": "email", "nobody": 3.0, "unjudged": 0.0, "review": 0.0}
    return {
        "days": [{"as_of": DAY, "source": "day run", "loans": 20_000, "behind": 1985}],
        "moves": [
            {"as_of": DAY, "currency": "CNY", "behind": True, "before": before, "after": after}
            | {"loans": loans, "arrears": loans * 2_150_00}
            for before, after, loans in _MOVES
        ],
        "load": [row for place in (0, 1) for row in _side(place)],
        "blocked": [
            blocked | {"contender": n, "allow": 280.0 - 90 * n, "block": 27.5}
            | {"rules": {"CN-07": 20.0, "CN-12": 7.5}}
            for n in (0, 1)
        ],
        "messages": [
            {"as_of": DAY, "contender": n, "cadence": "standard", "step_day": day, "channel": "sms"}
            | {"month": 4100 + 9000 * n, "today": 130 + 300 * n, "allow": 98 + 290 * n}
            | {"stopped": 2, "review": 0, "block": 27, "nobody": 3, "unjudged": 0}
            | {"rules": {"CN-07": 27}}
            for n in (0, 1)
            for day in (-7, -3, 0, 7)
        ],
        "recovery": [
            recovery | {"contender": n, "expected": 24_410_000_00 + n * 310_000_00}
            | {"low": 23_800_000_00, "high": 25_300_000_00, "rests_on": {}}
            for n in (0, 1)
        ],
        "history": [],
    }  # fmt: skip


CONTENDERS = [
    {"label": "in-force"},
    {"label": "draft:12 r4 Call earlier", "draft": 12, "revision": 4, "title": "Call earlier"},
]


def simulation(state: str = "done") -> Simulation:
    return Simulation(
        pk=3,
        contenders=CONTENDERS,
        days=[DAY, "2026-09-30"],
        state=state,
        done=1,
        result=result() if state == SimulationState.DONE else None,
        asked_at=datetime(2026, 11, 3, 2, 0, tzinfo=UTC),
        finished_at=datetime(2026, 11, 3, 2, 1, tzinfo=UTC),
    )


def page(state: str) -> dict[str, Any]:
    return simulation_page(simulation(state)) | {"section": "strategy"}


def pages() -> dict[str, Any]:
    labels = [contender_label(each) for each in CONTENDERS]
    rows = [
        {"simulation": simulation(state), "labels": labels, "days": [DAY]}
        for state in SimulationState.values
    ]
    strategies = [("in-force", labels[0]), ("draft:12", labels[1])]
    form = SimulationForm(
        strategies=strategies, earliest=date(2019, 1, 8), latest=date.fromisoformat(DAY)
    )
    return {"page": {"rows": rows}, "form": form, "section": "strategy"}
