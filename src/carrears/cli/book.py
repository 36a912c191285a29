"""Bring tapes in, see what was kept aside, generate a book to try things on."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from carrears.cli import app, console, fail, start_django

if TYPE_CHECKING:
    from carrears.exchange.models import TapeImport

book = typer.Typer(help="The lender's book: import, rejects, reconcile, generate.")
app.add_typer(book, name="book")

_SHOWN = 50


@book.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.", exists=True)],
    mapping: Annotated[
        str | None, typer.Option(help="A shipped mapping's name, or your own mapping file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Import loan tapes. Bad rows are kept aside; the same file twice changes nothing."""
    start_django()
    from carrears.exchange.errors import MappingError, TapeError  # noqa: PLC0415  Django is up
    from carrears.portfolio.imports import days_of  # noqa: PLC0415  see above
    from carrears.portfolio.services import ensure_snapshot  # noqa: PLC0415  see above

    try:
        tapes, refused = _import_all(paths, mapping, quiet=as_json)
    except (MappingError, TapeError) as error:
        raise fail(str(error)) from error
    days = days_of(tape for tape, changed in tapes if changed)
    with console.status("Making the snapshots") as status:
        for day in days:
            status.update(f"Making the snapshot of {day}")
            ensure_snapshot(day)
    if as_json:
        typer.echo(json.dumps(_report(tapes, refused, days), ensure_ascii=False))
    else:
        _print_report(tapes, refused, days)
    if refused:
        raise typer.Exit(1)


def _import_all(
    paths: list[Path], mapping: str | None, *, quiet: bool
) -> tuple[list[tuple[TapeImport, bool]], list[str]]:
    from carrears.exchange.discover import (  # noqa: PLC0415  see above
        collect_files,
        detect_mapping,
    )
    from carrears.exchange.errors import TapeError  # noqa: PLC0415  Django has to be up
    from carrears.exchange.mapping import load_mapping  # noqa: PLC0415  see above
    from carrears.exchange.tape import Progress as Reached  # noqa: PLC0415  see above
    from carrears.portfolio.imports import import_tape  # noqa: PLC0415  see above

    given = load_mapping(mapping) if mapping else None
    tapes, refused = [], []
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn(),
        TextColumn("{task.fields[rows]} rows"), TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        for path in collect_files(paths):
            task = bar.add_task(path.name, total=path.stat().st_size, rows="0", rate="")

            def show(reached: Reached, task: TaskID = task) -> None:
                elapsed = bar.tasks[bar.task_ids.index(task)].elapsed or 0.001
                bar.update(
                    task,
                    completed=reached.bytes_read,
                    total=reached.bytes_total,
                    rows=f"{reached.rows:,}",
                    rate=f"{reached.rows / elapsed:,.0f}/s",
                )

            try:
                tapes.append(
                    import_tape(path, mapping=given or detect_mapping(path), progress=show)
                )
            except TapeError as error:
                refused.append(str(error))
            bar.remove_task(task)
    return tapes, refused


def _report(
    tapes: list[tuple[TapeImport, bool]], refused: list[str], days: list[date]
) -> dict[str, Any]:
    return {
        "files": len(tapes) + len(refused),
        "unchanged": sum(not changed for _, changed in tapes),
        "rows": sum(tape.rows_accepted for tape, changed in tapes if changed),
        "rejected": sum(tape.rows_rejected for tape, changed in tapes if changed),
        "refused": refused,
        "snapshots": [day.isoformat() for day in days],
    }


def _print_report(
    tapes: list[tuple[TapeImport, bool]], refused: list[str], days: list[date]
) -> None:
    report = _report(tapes, refused, days)
    console.print(
        f"{report['files']} files: {report['rows']:,} rows in, {report['rejected']:,} kept aside,"
        f" {report['unchanged']} files unchanged, {len(refused)} refused"
    )
    for line in refused:
        console.print(f"[red]refused[/] {line}", highlight=False)
    if report["rejected"]:
        console.print("See them with: carrears book rejects")
    if days:
        console.print(f"Snapshots: {days[0]}{f' … {days[-1]}' if len(days) > 1 else ''}")


@book.command()
def rejects(
    out: Annotated[
        Path | None, typer.Option(help="Write the rows to this file, to correct and import again.")
    ] = None,
    import_id: Annotated[int | None, typer.Option("--import", help="Only this import.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Show the rows kept aside, with file, row, field and reason."""
    start_django()
    from carrears.portfolio.rejects import open_rejects, write_corrections  # noqa: PLC0415

    rows = open_rejects(import_id=import_id)
    if out is not None:
        written = write_corrections(rows, out)
        console.print(f"{written} rows written to {out}; correct them and import the file")
        return
    if as_json:
        typer.echo(json.dumps([row.as_json() for row in rows], ensure_ascii=False, default=str))
        return
    table = Table("file", "table", "row", "line", "field", "reason")
    for row in rows[:_SHOWN]:
        for error in row.errors:
            table.add_row(
                row.file, row.table, str(row.row_no), str(row.line_no or ""),
                error["field"], error["reason"],
            )  # fmt: skip
    console.print(table)
    if len(rows) > _SHOWN:
        console.print(f"… and {len(rows) - _SHOWN} more rows; --out FILE writes them all")


@book.command()
def reconcile(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare our days past due with what the lender's own system reports."""
    start_django()
    from carrears.dayrun.reconcile import as_json as told  # noqa: PLC0415  Django is up
    from carrears.dayrun.reconcile import reconcile_book  # noqa: PLC0415  see above
    from carrears.portfolio.services import BookError  # noqa: PLC0415  see above

    try:
        with console.status("Comparing"):
            result, numbers = reconcile_book()
    except BookError as error:
        raise fail(str(error)) from error
    report = told(result, numbers)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    console.print(
        f"{result.comparable:,} loan-months can be compared; the bucket agrees on"
        f" {result.bucket_agree:,} ({result.bucket_share:.2%})"
    )
    causes = Table("likely cause", "loan-months")
    for cause, number in result.causes.items():
        causes.add_row(cause, f"{number:,}")
    console.print(causes)
    table = Table("loan", "period", "computed", "reported", "likely cause")
    for one in report["differences"][:_SHOWN]:
        table.add_row(
            one["loan_no"],
            one["period_end"],
            f"{one['computed_dpd']} ({one['computed_bucket']})",
            f"{one['reported_dpd']} ({one['reported_bucket']})",
            one["cause"],
        )
    console.print(table)
    if len(report["differences"]) > _SHOWN:
        console.print(f"… and {len(report['differences']) - _SHOWN} more; --json lists them all")


@book.command()
def generate(
    out: Annotated[Path, typer.Option(help="The folder to write the tape into.")],
    loans: Annotated[int, typer.Option(min=1, help="How many loans.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same book.")] = 1,
    as_of: Annotated[str, typer.Option(help="The book's last day.")] = "2026-10-31",
    locale: Annotated[str, typer.Option(help="zh-CN or en-US.")] = "zh-CN",
    file_format: Annotated[str, typer.Option("--format", help="parquet or csv.")] = "parquet",
) -> None:
    """Generate a synthetic book in Carrears' own tape format, calibrated on real tapes."""
    from carrears.samplebook import generate_book  # noqa: PLC0415  numpy costs a moment

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Generating", total=loans)
        summary = generate_book(
            out,
            loans=loans,
            seed=seed,
            as_of=date.fromisoformat(as_of),
            locale=locale,
            file_format=file_format,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    console.print(f"{out}: {summary}")


@book.command()
def people(
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 1,
    locale: Annotated[str, typer.Option(help="zh-CN or en-US.")] = "en-US",
) -> None:
    """Give synthetic people to the book's loans that have none (real tapes have no names)."""
    start_django()
    from carrears.cli.demo import add_people  # noqa: PLC0415  Django has to be up

    console.print(f"{add_people(seed=seed, locale=locale):,} people added, all marked synthetic")
