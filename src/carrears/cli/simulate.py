"""What would have happened: two strategies on past days."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from carrears.cli import app, console, fail, start_django

if TYPE_CHECKING:
    from carrears.simulation.models import Simulation

_SHOWN = 15


@app.command()
def simulate(
    strategy: Annotated[
        str, typer.Argument(help="draft:NUMBER, a version's hash (8 digits do), or in-force.")
    ],
    against: Annotated[str, typer.Option(help="What it is set beside, named likewise.")] = (
        "in-force"
    ),
    on: Annotated[
        list[str] | None, typer.Option(help="A past day, YYYY-MM-DD; repeatable.")
    ] = None,
    months: Annotated[
        int | None, typer.Option(help="Instead: so many months' last days up to the newest.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the report (.html), or all tables (a folder).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Loans moved between treatments, workload, cost, blocked contacts, expected recovery."""
    start_django()
    from carrears.portfolio.services import BookError  # noqa: PLC0415  Django is up
    from carrears.simulation.assumptions import AssumptionError  # noqa: PLC0415  see above
    from carrears.simulation.contenders import ContenderError  # noqa: PLC0415  see above
    from carrears.simulation.report import write_report  # noqa: PLC0415  see above
    from carrears.simulation.services import ask_simulation  # noqa: PLC0415  see above
    from carrears.strategy.errors import StrategyError  # noqa: PLC0415  see above

    try:
        asked = ask_simulation(against, strategy, days=_days(on, months))
        done = _run(asked)
        if out is not None:
            write_report(done, out)
            console.print(f"{out}: written", highlight=False)
    except (BookError, AssumptionError, ContenderError, StrategyError, OSError) as error:
        raise fail(str(error)) from error
    if as_json:
        typer.echo(json.dumps({"id": done.pk, **(done.result or {})}, ensure_ascii=False))
    elif out is None:
        _print(done)


def _days(on: list[str] | None, months: int | None) -> list[date]:
    from carrears.simulation.sights import month_ends  # noqa: PLC0415  Django is up

    if on and months:
        raise fail("give days (--on) or months (--months), not both")
    if not on:
        return month_ends(months or 1)
    try:
        return [date.fromisoformat(day) for day in on]
    except ValueError as error:
        raise fail(f"--on: write YYYY-MM-DD: {error}") from error


def _run(asked: Simulation) -> Simulation:
    from carrears.simulation.services import run_simulation  # noqa: PLC0415  Django is up

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("days", total=len(asked.days))
        return run_simulation(asked, progress=lambda done, _: bar.update(task, completed=done))


def _print(done: Simulation) -> None:
    from carrears.simulation.summary import load, moved, recovery  # noqa: PLC0415  Django is up

    result: dict[str, Any] = done.result or {}
    labels = [each["label"] for each in done.contenders]
    console.print(f"{labels[0]} → {labels[1]}, {len(done.days)} days", highlight=False)
    moves = Table("before", "after", "loans", "arrears", title="Moved, loans behind")
    for row in moved(result)[:_SHOWN]:
        amount = f"{row['arrears'] / 100:,.2f} {row['currency']}"
        moves.add_row(row["before"], row["after"], f"{row['loans']:,}", amount)
    console.print(moves)
    work = Table("queue", "channel", *(f"{x} {n}" for x in ("actions", "cost") for n in (1, 2)))
    for row in load(result):
        cost = row["cost"] or (None, None)
        shown = ["–" if each is None else f"{each / 100:,.2f}" for each in cost]
        work.add_row(
            row["queue"], row["channel"], *(f"{each:,.0f}" for each in row["actions"]), *shown
        )
    console.print(work)
    ahead = Table("day", "currency", "expected 1", "expected 2", title="Expected to be paid")
    for row in recovery(result):
        ahead.add_row(row["as_of"], row["currency"], *map(_interval, row["sides"]))
    console.print(ahead)


def _interval(side: dict[str, Any] | None) -> str:
    if side is None:
        return "–"
    return f"{side['expected'] / 100:,.0f} [{side['low'] / 100:,.0f}, {side['high'] / 100:,.0f}]"
