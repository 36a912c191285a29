"""A night's contacts spread over the day's lawful hours: done, taken up, and told."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from carrears.cli import console, fail, start_django
from carrears.cli.conduct import conduct, parse_day

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())


@conduct.command()
def spread(
    as_of: Annotated[
        str | None, typer.Option(help="The day whose contacts these are; else the newest run.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Spread what is planned over the hours that remain, and tell what became of all.

    What has its place keeps it. Ends with 0, or with 1 where no limit an hour is set, where no
    day was run, or where the day is of a replayed book, which is not spread.
    """
    day = parse_day(as_of, "--as-of")
    start_django()
    from carrears.dayrun.contacting import pace_day  # noqa: PLC0415  Django has to be up
    from carrears.dayrun.standing import current_base  # noqa: PLC0415  see above
    from carrears.outreach.models import Pacing  # noqa: PLC0415  see above
    from carrears.outreach.paced import count_outcomes  # noqa: PLC0415  see above

    base = current_base()
    if day is None and base is not None:
        day = base.as_of
    if day is None:
        raise fail("no day was run yet")
    with Progress(*_COLUMNS, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("")

        def step(name: str, place: int, total: int) -> None:
            bar.update(task, description=name, completed=place, total=total)

        pace_day(as_of=day, progress=step)
    pacing = Pacing.objects.filter(as_of=day).first()
    if pacing is None:
        raise fail(f"{day} is not spread: no limit an hour is set, or the book is a replayed one")
    told = count_outcomes(pacing)
    if as_json:
        typer.echo(json.dumps({"as_of": day.isoformat(), "per_hour": pacing.per_hour, **told}))
        return
    table = Table(title=f"{day}", title_justify="left", show_header=False)
    for name, number in told.items():
        table.add_row(name, f"{number:,}")
    console.print(table)
