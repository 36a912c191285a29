"""Check recordings, close those whose browser fell silent, bring the closed into the vault."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from carrears.cli import app, console, fail, start_django
from carrears.clock import now

recordings = typer.Typer(help="Recordings of screens and calls.")
app.add_typer(recordings, name="recordings")


@recordings.command()
def verify(
    tokens: Annotated[
        list[str] | None, typer.Argument(help="Only these recordings; else all.")
    ] = None,
    *,
    loan: Annotated[str | None, typer.Option(help="Only those of a loan.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Recompute each recording's chain from its opened chunks, and name what is missing or altered.

    A check of all is evidence, and ends the alert of what it finds sound. Ends with 0 when all is
    well, 1 when the vault does not answer, 2 when something is not as it should be.
    """
    start_django()
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.recordings.checking import check_all, keep_check  # noqa: PLC0415  see above
    from carrears.vault.services import StoreError  # noqa: PLC0415  see above

    try:
        report = check_all(tokens=tokens or (), loan_no=loan or "")
    except (ValueError, StoreError) as error:
        raise fail(str(error)) from error
    if not tokens and not loan:
        keep_check(report, at=now())
        sequence()
    if as_json:
        typer.echo(json.dumps(report.to_json()))
    else:
        for one in report.checked:
            told = f"{one.recording.kind} {one.recording.token}"
            for fault in one.faults:
                console.print(f"[bold red]altered[/]: {told}: {fault}", highlight=False)
        for token in report.missing:
            console.print(f"[bold red]missing[/]: recording {token}", highlight=False)
        chunks = sum(one.chunks for one in report.checked)
        console.print(f"{len(report.checked):,} recordings, {chunks:,} chunks", highlight=False)
    if not report.ok:
        raise typer.Exit(2)


@recordings.command()
def close() -> None:
    """Close the recordings whose browser fell silent. The worker does so each minute."""
    start_django()
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.recordings.closing import close_silent  # noqa: PLC0415  see above

    closed = close_silent(at=now())
    sequence()
    for one in closed:
        console.print(f"broken off: {one.kind} {one.token}, {one.chunk_count} chunks kept")
    console.print(f"{len(closed):,} closed", highlight=False)


@recordings.command()
def archive() -> None:
    """Bring closed recordings into the vault, all that wait. The worker does so each minute.

    Ends with 0, or with 2 when one had to stay in the database.
    """
    start_django()
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.recordings.archiving import archive_closed, waiting  # noqa: PLC0415  see above

    outcome = archive_closed(at=now(), most=waiting().count())
    sequence()
    for part in outcome.parts:
        told = f"{part.recording.kind} {part.recording_id}, {part.count} chunks"
        console.print(f"in the vault: {told}", highlight=False)
    for token, why in outcome.failed:
        console.print(f"[bold red]not[/]: recording {token}: {why}", highlight=False)
    console.print(f"{len(outcome.parts):,} brought into the vault", highlight=False)
    if outcome.failed:
        raise typer.Exit(2)
