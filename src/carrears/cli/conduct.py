"""The conduct gate on the command line: cases judged by the rule packs."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer
from rich.table import Table

from carrears.cli import app, console, fail

if TYPE_CHECKING:
    from carrears.conduct.case_lines import Checked
    from carrears.conduct.check import Result, Tally

conduct = typer.Typer(help="The conduct gate: may a contact be made, by which rule, and when.")
app.add_typer(conduct, name="conduct")


@conduct.command()
def check(
    cases: Annotated[
        Path,
        typer.Argument(
            help="A file of cases, one JSON object a line; - reads standard input.", allow_dash=True
        ),
    ],
    pack_root: Annotated[
        Path | None,
        typer.Option("--pack-root", help="Judge by the rule packs of this folder."),
    ] = None,
    disagreements: Annotated[
        bool, typer.Option("--disagreements", help="Name each scored case that the gate disputes.")
    ] = False,
) -> None:
    """Judge each case by its jurisdiction's rule pack; print one JSON verdict a line.

    What cannot be judged is named on the error output: file, line, field and what is wrong.
    Ends with 0 when every case was judged and every expected verdict given, 1 when not, 2 when
    the file cannot be read. Needs no database.
    """
    from carrears.conduct.case_lines import check_lines  # noqa: PLC0415  only this command needs it
    from carrears.conduct.check import Tally  # noqa: PLC0415  see above
    from carrears.conduct.packs import Packs  # noqa: PLC0415  see above

    if pack_root is not None and not pack_root.is_dir():
        raise fail(f"--pack-root: {pack_root} is no folder", code=2)
    packs = Packs(pack_root) if pack_root else Packs()
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    try:
        with _open(cases) as lines:
            for checked in check_lines(lines, packs):
                tallies[checked.jurisdiction].add(checked.result)
                typer.echo(json.dumps(checked.to_json(), ensure_ascii=False))
                _tell(checked, cases, with_disagreements=disagreements)
    except OSError as error:
        raise fail(f"{cases}: {error}", code=2) from error
    _summarise(tallies)
    if any(tally.failed or tally.expect < tally.scored for tally in tallies.values()):
        raise typer.Exit(1)


def _open(cases: Path) -> AbstractContextManager[BinaryIO]:
    if str(cases) == "-":
        return nullcontext(typer.get_binary_stream("stdin"))
    return cases.open("rb")


def _tell(checked: Checked, cases: Path, *, with_disagreements: bool) -> None:
    if checked.error is not None:
        for fault in checked.error.faults:
            typer.echo(f"{cases}, line {checked.line}: {fault}", err=True)
    result = checked.result
    if with_disagreements and result and result.case.is_scored and not result.agrees:
        typer.echo(f"{cases}, line {checked.line}: {checked.id}: {_differ(result)}", err=True)


def _differ(result: Result) -> str:
    case, verdict = result.case, result.verdict
    wanted = "/".join(filter(None, (case.expect, case.gate_action)))
    by = ", ".join(verdict.rules) or "no rule"
    return f"expected {wanted}, got {verdict.expect}/{verdict.gate_action} by {by}"


def _summarise(tallies: dict[str, Tally]) -> None:
    table = Table(
        "law", "cases", "not judged", "scored", "same action", "same verdict", "let through"
    )
    for name, tally in sorted(tallies.items()):
        figures = (
            tally.cases,
            tally.failed,
            tally.scored,
            tally.gate_action,
            tally.expect,
            tally.let_through,
        )
        table.add_row(name or "?", *(f"{figure:,}" for figure in figures))
    console.print(table)
