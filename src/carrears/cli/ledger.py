"""The ledger on the command line: what a loan owes, and cases somebody else asserts figures of."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from carrears.cli import app, console, fail, start_django

if TYPE_CHECKING:
    from carrears.delinquency.reckoning.position import LoanPosition

ledger = typer.Typer(help="The ledger: what a loan owes on a day, and checks of its figures.")
app.add_typer(ledger, name="ledger")

_SHOWN = 20


@ledger.command()
def quote(
    loan: Annotated[str, typer.Argument(help="The loan's number.")],
    on: Annotated[str, typer.Option("--on", help="The day it is about, YYYY-MM-DD.")],
    known: Annotated[
        str | None, typer.Option("--known", help="Only what was known at the end of this day.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What a loan owes on a day by part and instalment, and what settles it that day."""
    start_django()
    from carrears.dayrun.loan_ledger import (  # noqa: PLC0415  Django is up
        UnknownLoanError,
        position_of,
    )
    from carrears.portfolio.services import BookError  # noqa: PLC0415  see above

    try:
        as_of, known_on = _day(on, "--on"), _day(known, "--known") if known else None
        position = position_of(loan, as_of=as_of, known_on=known_on)
    except (UnknownLoanError, BookError) as error:
        raise fail(str(error)) from error
    if as_json:
        typer.echo(json.dumps(position.as_json(), ensure_ascii=False))
        return
    _print(position)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise fail(f"{option}: {text!r} is no day, YYYY-MM-DD") from error


def _print(position: LoanPosition) -> None:
    from carrears.money import format_money  # noqa: PLC0415  only this command needs it

    def money(minor: int) -> str:
        return format_money(minor, position.currency, locale="en")

    known = f", by what was known on {position.known_on}" if position.known_on else ""
    console.print(f"{position.loan_no} on {position.as_of}{known}", highlight=False)
    parts = Table("part", "due and open", "open in all")
    for part, amount in position.arrears.items():
        parts.add_row(part.value, money(amount), money(position.outstanding[part]))
    console.print(parts)
    shown = Table("no.", "due on", "owed", "paid", "waived", "open")
    for one in position.instalments:
        if one.open_amount and one.due_on <= position.as_of:
            sums = (sum(parts.values()) for parts in (one.owed, one.paid, one.waived))
            shown.add_row(
                str(one.seq or "–"), str(one.due_on), *map(money, sums), money(one.open_amount)
            )
    console.print(shown)
    console.print(
        f"{position.dpd} days past due; {money(position.payoff)} settles the loan", highlight=False
    )


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
