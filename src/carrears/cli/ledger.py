"""The ledger on the command line: replay cases with figures somebody else asserts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from carrears.cli import app, console, fail

ledger = typer.Typer(help="The ledger: replay cases and compare their figures.")
app.add_typer(ledger, name="ledger")

_SHOWN = 20


@ledger.callback()
def group() -> None:
    """Keep ``check`` a command of its own name."""


@ledger.command()
def check(
    cases: Annotated[Path, typer.Argument(help="A file of cases, one JSON object a line.")],
    compare: Annotated[
        bool, typer.Option("--compare", help="Say how many asserted figures agree.")
    ] = False,
) -> None:
    """Replay each case and print the figures it asks for, computed, one JSON object a line.

    What cannot be replayed is named on the error output: file, line, field and what is wrong.
    Ends with 0 when every case was replayed, 1 when some could not be, 2 when the file cannot
    be read.
    """
    from carrears.delinquency.ledger.cases.check import (  # noqa: PLC0415  only this command needs it
        Tally,
        check_cases,
    )

    tally = Tally()
    try:
        with cases.open(encoding="utf-8") as lines:
            for checked in check_cases(lines):
                tally.add(checked)
                typer.echo(json.dumps(checked.as_json(), ensure_ascii=False))
                if checked.error is not None:
                    typer.echo(f"{cases}, line {checked.line}: {checked.error}", err=True)
                if compare:
                    for one in checked.differences[:_SHOWN]:
                        console.print(
                            f"{checked.id} {one.path}: asserted {one.asserted},"
                            f" computed {one.computed}",
                            highlight=False,
                            soft_wrap=True,
                            markup=False,
                        )
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"{cases}: {error}", code=2) from error
    if compare:
        console.print(
            f"{tally.cases} cases, {tally.failed} not replayed; {tally.agree:,} of"
            f" {tally.figures:,} asserted figures agree; of verified cases"
            f" {tally.verified_agree:,} of {tally.verified_figures:,}"
            f" ({tally.verified_share:.2%})",
            highlight=False,
        )
    if tally.failed:
        raise typer.Exit(1)
