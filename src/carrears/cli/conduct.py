"""The conduct gate on the command line: cases judged, and values that have to be reviewed."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer
from rich.table import Column, Table

from carrears.cli import app, console, fail
from carrears.clock import now

if TYPE_CHECKING:
    from carrears.conduct.case_lines import Checked
    from carrears.conduct.check import Result, Tally
    from carrears.conduct.packs import Packs
    from carrears.conduct.validity import ValueToReview

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

    packs = use_packs(pack_root, "--pack-root")
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


@conduct.command("review-due")
def review_due(
    on: Annotated[str | None, typer.Option("--on", help="The day it is about, YYYY-MM-DD.")] = None,
    pack_root: Annotated[
        Path | None, typer.Option("--pack-root", help="Look at the rule packs of this folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one array.")] = False,
) -> None:
    """List the values of the rule packs that have to be read again in their source.

    They are in force, and the day until which they are vouched for has passed. Ends with 0 when
    there are none, 1 when there are, 2 when a folder or a pack cannot be used. Needs no database.
    """
    from carrears.conduct.pack import PackError  # noqa: PLC0415  only this command needs it
    from carrears.conduct.validity import (  # noqa: PLC0415  see above
        overdue_terms,
        overdue_values,
        undated_values,
    )

    day = parse_day(on, "--on") or now().astimezone().date()
    try:
        shelf = use_packs(pack_root, "--pack-root")
        packs = [shelf.of(name) for name in shelf.jurisdictions]
        terms = [
            each
            for name in shelf.jurisdictions
            for each in overdue_terms(name, day, root=pack_root)
        ]
    except PackError as error:
        raise fail(str(error), code=2) from error
    due = [each for pack in packs for each in overdue_values(pack, day)] + terms
    if as_json:
        typer.echo(json.dumps([each.to_json() for each in due], ensure_ascii=False))
    else:
        _print_due(due, day, undated=sum(len(undated_values(pack, day)) for pack in packs))
    if due:
        raise typer.Exit(1)


def use_packs(root: Path | None, option: str) -> Packs:
    """The packs of the folder that ``option`` names; the shipped ones where it names none."""
    from carrears.conduct.packs import Packs  # noqa: PLC0415  help needs no packs

    packs = Packs(root) if root else Packs()
    if not packs.jurisdictions:
        raise fail(f"{option}: {root} holds no rule packs", code=2)
    return packs


def parse_day(text: str | None, option: str) -> date | None:
    """The day that ``option`` names, if it does."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise fail(f"{option}: {text!r} is no day, YYYY-MM-DD", code=2) from error


def _print_due(due: list[ValueToReview], on: date, *, undated: int) -> None:
    if due:
        whole = Column("parameter", overflow="fold")
        table = Table("law", "rules", whole, "valid until", "text", "written in")
        for each in due:
            table.add_row(
                each.pack.upper(),
                ", ".join(each.rules),
                each.parameter,
                str(each.still_valid_on),
                each.text_status,
                each.citation,
            )
        console.print(table)
    console.print(
        f"values to be read again on {on}: {len(due):,}; without a day of review: {undated:,}",
        highlight=False,
        soft_wrap=True,
    )


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
