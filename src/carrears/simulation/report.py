"""A result to take away: one page that prints well, or all tables as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from carrears.simulation.contenders import contender_label
from carrears.simulation.models import Simulation
from carrears.simulation.summary import blocked, flows, load, messages, moved, recovery, table
from carrears.simulation.work import TABLES

_GATE = {
    "allow": _("Allowed"),
    "review": _("To a person"),
    "block": _("Blocked"),
    "nobody": _("Nobody on record"),
    "unjudged": _("No contact"),
}


# Why a message of a cadence would not leave.
_DROPPED = {
    "stopped": _("Hold, dispute or promise"),
    "block": _("Blocked"),
    "review": _("To a person"),
    "nobody": _("Nobody on record"),
    "unjudged": _("No such template"),
}


def _with_dropped(row: dict[str, Any]) -> dict[str, Any]:
    """With the sum of what would not leave (a pair) and its parts that are not nothing."""
    parts = [(told, *row[name]) for name, told in _DROPPED.items() if any(row[name])]
    return row | {
        "dropped": [sum(row[name][side] for name in _DROPPED) for side in (0, 1)],
        "parts": parts,
    }


def report_context(simulation: Simulation, *, named: Callable[[str], str] = str) -> dict[str, Any]:
    """What the tables of a finished simulation show; ``named`` gives a treatment's title."""
    result = dict(simulation.result or {})
    result["moves"] = [
        row | {side: named(row[side]) for side in ("before", "after")} for row in result["moves"]
    ]
    return {
        "simulation": simulation,
        "labels": [contender_label(each) for each in simulation.contenders],
        "days": result["days"],
        "sankey": flows(result),
        "moved": moved(result),
        "load": load(result),
        "blocked": [
            row | {"verdicts": [(told, *row[name]) for name, told in _GATE.items()]}
            for row in blocked(result)
        ],
        "said": [_with_dropped(row) for row in messages(result)],
        "recovery": recovery(result),
    }


def report_html(simulation: Simulation, *, named: Callable[[str], str] = str) -> str:
    """The whole report as one file that needs no other."""
    return render_to_string("simulation/report.html", report_context(simulation, named=named))


def write_report(simulation: Simulation, out: Path) -> None:
    """Write the page to ``out`` where it ends in ``.html``, else every table into that folder."""
    if out.suffix == ".html":
        fresh = out.with_name(out.name + ".part")
        fresh.write_text(report_html(simulation), encoding="utf-8")
        fresh.replace(out)
        return
    out.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        rows = table(simulation.result or {}, name)
        pa_csv.write_csv(rows, out / f"{name}.csv")
        pq.write_table(rows, out / f"{name}.parquet")
