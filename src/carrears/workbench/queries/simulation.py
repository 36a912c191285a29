"""What the simulation screens show."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from carrears.portfolio.services import BookError
from carrears.simulation.contenders import IN_FORCE, contender_label
from carrears.simulation.models import Simulation, SimulationState
from carrears.simulation.report import report_context
from carrears.simulation.sights import book_begins, newest_snapshot
from carrears.strategy.models import Draft, DraftState, StrategyVersion
from carrears.workbench.labels import label_of
from carrears.workbench.queries.catalogue import treatment_title

_NAME = "treatment"
_SHOWN = 50
Choices = list[tuple[str, str]]


def strategy_choices() -> Choices:
    """What can be simulated: what is in force, open drafts, versions, the newest first."""
    drafts = Draft.objects.filter(name=_NAME, state__in=[DraftState.OPEN, DraftState.SUBMITTED])
    versions = StrategyVersion.objects.filter(name=_NAME)[:_SHOWN]
    return [
        (IN_FORCE, _("In force")),
        *((f"draft:{d.pk}", f"{_('Draft')} {d.pk}: {d.title}") for d in drafts),
        *(
            (v.version, f"{v.version[:12]} {date_format(v.published_at, 'Y-m-d')}")
            for v in versions
        ),
    ]


def days_that_can_be() -> tuple[date, date] | None:
    """The first and the last day that can be simulated; None where there is no book."""
    try:
        newest = newest_snapshot()
    except BookError:
        return None
    begins = book_begins(newest)
    return (begins, newest.as_of) if begins else None


def simulations_page() -> dict[str, Any]:
    """The newest simulations."""
    rows = Simulation.objects.select_related("asked_by").defer("result")[:_SHOWN]
    return {"rows": [_row(each) for each in rows]}


def simulation_page(simulation: Simulation) -> dict[str, Any]:
    """One simulation: how far it is, or its tables."""
    page = _row(simulation)
    if simulation.state == SimulationState.DONE:
        told = report_context(simulation, named=treatment_title)
        for row in (*told["load"], *told["blocked"], *told["said"]):
            row["channel"] = label_of(row["channel"], "channel").text
            if row.get("queue"):
                row["queue"] = label_of(row["queue"], "stage").text
        return page | told
    waits = simulation.state in {SimulationState.WAITING, SimulationState.RUNNING}
    total = len(simulation.days)
    return page | {
        "waiting": {
            "done": simulation.done,
            "total": total,
            "percent": round(100 * simulation.done / total),
            "url": reverse("workbench:simulation", args=[simulation.pk]),
        }
        if waits
        else None
    }


def _row(simulation: Simulation) -> dict[str, Any]:
    labels = [contender_label(each) for each in simulation.contenders]
    return {"simulation": simulation, "labels": labels, "days": simulation.days}
