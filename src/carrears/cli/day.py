"""Run days, and take in what happens between them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from carrears.cli import app, console, fail, start_django
from carrears.clock import month_ends


def _parse_day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day; write YYYY-MM-DD") from error


@app.command()
def day(
    as_of: Annotated[str | None, typer.Option(help="The day to run, YYYY-MM-DD.")] = None,
    from_: Annotated[
        str | None, typer.Option("--from", help="Replay month-ends from this day.")
    ] = None,
    to: Annotated[str | None, typer.Option(help="… to this day.")] = None,
    engine: Annotated[
        str | None,
        typer.Option(help="`duckdb` (this machine) or a Spark master: spark://…, local[2]."),
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="What a cluster shares: a folder, or s3://bucket/prefix.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run the day (日终批): snapshot, delinquency, risk, strategy, cases, actions, contact."""
    days = _days(_parse_day(as_of), _parse_day(from_), _parse_day(to))
    start_django()
    from carrears.database.priority import give_way  # noqa: PLC0415  Django has to be up
    from carrears.dayrun.engines import EngineError  # noqa: PLC0415  see above
    from carrears.dayrun.run import DayRunError, run_day  # noqa: PLC0415  Django has to be up
    from carrears.homefiles import HomeFileError  # noqa: PLC0415  see above
    from carrears.portfolio.services import BookError  # noqa: PLC0415  see above

    give_way()
    summaries = []
    for one in days:
        try:
            with _bar(f"{one}") as progress:
                summaries.append(
                    run_day(one, progress=progress, engine=engine or "", store=store or "")
                )
        except (BookError, DayRunError, EngineError, HomeFileError) as error:
            raise fail(str(error)) from error
        if not as_json:
            _print_summary(summaries[-1])
    if as_json:
        whole = summaries[0] if len(summaries) == 1 else {"days": summaries}
        typer.echo(json.dumps(whole, ensure_ascii=False))


def _days(as_of: date | None, first: date | None, last: date | None) -> list[date]:
    if as_of is not None and (first or last):
        raise typer.BadParameter("give --as-of, or --from and --to, not both")
    if as_of is not None:
        return [as_of]
    if first is None or last is None:
        raise typer.BadParameter("give --as-of DAY, or --from DAY --to DAY")
    days = month_ends(first, last)
    if not days:
        raise typer.BadParameter(f"no month ends between {first} and {last}")
    return days


@contextmanager
def _bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def step(name: str, place: int, total: int) -> None:
            bar.update(task, description=f"{title} {name}", completed=place - 1, total=total)

        yield step


def _print_summary(summary: dict[str, Any]) -> None:
    again = " (nothing new since the last run)" if summary.get("repeated") else ""
    table = Table(title=f"{summary['as_of']}{again}", title_justify="left", show_header=False)
    for name, value in summary.items():
        if name not in {"as_of", "seconds", "buckets", "repeated"}:
            table.add_row(
                name.replace("_", " "), f"{value:,}" if isinstance(value, int) else f"{value}"
            )
    table.add_row("buckets", "  ".join(f"{k} {v:,}" for k, v in summary["buckets"].items()))
    table.add_row("seconds", "  ".join(f"{k} {v:.2f}" for k, v in summary["seconds"].items()))
    console.print(table)


@app.command()
def payment(
    loan: Annotated[str, typer.Argument(help="The loan's number.")],
    amount: Annotated[
        str, typer.Argument(help="In major units, e.g. 1234.56; below 0 takes back.")
    ],
    on: Annotated[str, typer.Option("--on", help="The day it was paid, YYYY-MM-DD.")],
    key: Annotated[
        str | None, typer.Option(help="Idempotency key; the same key again changes nothing.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Take in one payment and re-decide the loan's case at once."""
    paid_on = _parse_day(on)
    assert paid_on is not None  # noqa: S101  --on is required
    start_django()
    from dataclasses import asdict  # noqa: PLC0415  with the rest of this command

    from carrears.inbox.services import currency_of, take_payment  # noqa: PLC0415  Django is up
    from carrears.money import MoneyError, format_money, to_minor  # noqa: PLC0415  see above
    from carrears.portfolio.services import BookError  # noqa: PLC0415  see above

    try:
        currency = currency_of(loan)
        effect = take_payment(
            loan,
            amount=to_minor(amount, currency),
            currency=currency,
            paid_on=paid_on,
            key=f"cli:{key or uuid.uuid4()}",
            source="cli",
        )
    except (BookError, MoneyError) as error:
        raise fail(str(error)) from error
    if as_json:
        typer.echo(json.dumps(asdict(effect), default=_plain))
        return
    console.print(f"{loan}: {format_money(to_minor(amount, currency), currency)} on {paid_on}")
    if effect.as_of is None:
        console.print("No day has been run yet; the next one takes it in.")
        return
    console.print(
        f"as of {effect.as_of}: {effect.dpd} days past due,"
        f" arrears {format_money(effect.arrears or 0, currency)},"
        f" case {effect.case_state or 'none'}, {effect.actions_cancelled} actions cancelled"
    )


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} does not go into JSON")
