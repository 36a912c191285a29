"""Check the evidence log."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from carrears.cli import app, console, start_django
from carrears.clock import now

evidence = typer.Typer(help="The append-only evidence log.")
app.add_typer(evidence, name="evidence")


@evidence.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check the whole log and name the first entry that was altered."""
    start_django()
    from carrears.evidence.services import (  # noqa: PLC0415  Django has to be up
        LogAlteredError,
        keep_verification,
        sequence,
        verify_log,
    )

    with suppress(LogAlteredError):  # the check below says more
        sequence()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=as_json) as bar:
        task = bar.add_task("Checking the log", total=None)
        result = verify_log(
            progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    keep_verification(result, at=now())
    if as_json:
        typer.echo(json.dumps(asdict(result), default=lambda value: value.hex()))
    elif result.ok:
        console.print(f"[green]intact[/]: {result.size:,} entries, root {result.root.hex()}")
    else:
        first = "" if result.first_altered is None else f"entry {result.first_altered}: "
        console.print(f"[bold red]altered[/]: {first}{result.reason}", highlight=False)
    if not result.ok:
        raise typer.Exit(2)
