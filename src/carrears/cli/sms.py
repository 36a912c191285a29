"""Speak to the SMSC."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from carrears.cli import app, console, start_django


@app.command()
def sms(
    drain: Annotated[
        bool, typer.Option("--drain", help="End once no text is due any more.")
    ] = False,
) -> None:
    """Give texts to the SMSC as they come due, and take in its receipts, until told to stop."""
    start_django()
    from carrears.outreach.sms_service import (  # noqa: PLC0415  Django has to be up
        AlreadyRunningError,
        run,
    )

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        counts = run(stop=stop, drain=drain)
    except (AlreadyRunningError, ValueError) as error:
        console.print(str(error))
        raise typer.Exit(1) from error
    console.print(
        f"{counts.given:,} texts given away, {counts.uncertain:,} left uncertain by a run before,"
        f" {counts.lines:,} lines"
    )
