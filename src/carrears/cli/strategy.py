"""Strategies: check the compiled form against expected answers and the engine."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from carrears.cli import app, console, fail

strategy = typer.Typer(help="Decision tables and their graphs.")
app.add_typer(strategy, name="strategy")


@strategy.command()
def check(
    file: Annotated[Path, typer.Argument(help="JSON lines: expressions, or graphs with cases.")],
) -> None:
    """Compile each line, run it in DuckDB and hold it against its answers and zen-engine."""
    from carrears.strategy.checking import check_file  # noqa: PLC0415  loads DuckDB

    counts: Counter[str] = Counter()
    faults = 0
    try:
        for outcome in check_file(file):
            counts[outcome.verdict] += 1
            faults += outcome.is_fault
            typer.echo(json.dumps(outcome.as_json(), ensure_ascii=False))
            if outcome.is_fault:
                console.print(
                    f"{file}: {outcome.reason}", highlight=False, markup=False, soft_wrap=True
                )
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror or error}") from error
    shown = ", ".join(f"{counts[word]:,} {word}" for word in ("equal", "different", "refused"))
    console.print(f"{file}: {shown}", highlight=False, markup=False, soft_wrap=True)
    if counts["different"] or faults:
        raise typer.Exit(1)
