"""Figures of the book by month and segment, to see and to take away."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from carrears.cli import app, console, fail, start_django

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN = 50


@app.command()
def analytics(
    figure: Annotated[
        str,
        typer.Argument(
            help="roll, roll-average, flow, cure, redefault, vintage, first-payment,"
            " concentration or stock."
        ),
    ],
    from_: Annotated[str | None, typer.Option("--from", help="The first month, YYYY-MM.")] = None,
    to: Annotated[str | None, typer.Option(help="The last month, YYYY-MM.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Cut by this segment; repeatable.")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="Only loans with SEGMENT=VALUE; repeatable.")
    ] = None,
    cohort: Annotated[
        str, typer.Option(help="Vintage: cohort_month, cohort_quarter or cohort_year.")
    ] = "cohort_month",
    segment: Annotated[str, typer.Option(help="Concentration: the segment ranked.")] = "region",
    top: Annotated[int | None, typer.Option(help="Concentration: the first ranks only.")] = None,
    within: Annotated[int, typer.Option(help="Re-default: within so many months.")] = 3,
    days: Annotated[int, typer.Option(help="First payment: days after the due date.")] = 30,
    out: Annotated[Path | None, typer.Option(help="Write to this .csv or .parquet file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Roll rates, vintage, cures, re-default, first-payment default, concentration."""
    start_django()
    from carrears.analytics.asking import make_question  # noqa: PLC0415  Django is up
    from carrears.analytics.figures import QuestionError  # noqa: PLC0415  see above
    from carrears.analytics.files import FormatError, write_file  # noqa: PLC0415  see above
    from carrears.analytics.services import ask, newest_month  # noqa: PLC0415  see above
    from carrears.portfolio.services import BookError  # noqa: PLC0415  see above

    try:
        question = make_question(
            figure,
            first=from_,
            last=to,
            newest=newest_month(),
            by=by or (),
            where=where or (),
            cohort=cohort,
            segment=segment,
            top=top,
            within=within,
            days=days,
        )
        with console.status("Reading the book") as status:
            table = ask(question, progress=lambda what: status.update(f"Working out {what}"))
        if out is not None:
            write_file(table, out)
            console.print(f"{out}: {table.num_rows:,} rows", highlight=False)
            return
    except (BookError, QuestionError, FormatError, OSError) as error:
        raise fail(str(error)) from error
    if as_json:
        typer.echo(json.dumps(table.to_pylist(), ensure_ascii=False, default=_as_text))
        return
    _print(table)


def _print(table: pa.Table) -> None:
    shown = Table(*table.column_names)
    for row in table.slice(0, _SHOWN).to_pylist():
        shown.add_row(*(_cell(value) for value in row.values()))
    console.print(shown)
    if table.num_rows > _SHOWN:
        console.print(f"… and {table.num_rows - _SHOWN:,} more rows; --out FILE writes them all")


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
