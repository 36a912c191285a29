"""Speak to the SMSC or to a cloud's service for texts."""

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
    addresses: Annotated[
        bool, typer.Option("--addresses", help="Say where the gateway is to push, and end.")
    ] = False,
) -> None:
    """Give texts to their gateway as they come due and take in its receipts, until told to stop."""
    start_django()
    if addresses:
        _say_address()
        return
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


def _say_address() -> None:
    from django.conf import settings  # noqa: PLC0415  Django has to be up

    from carrears.outreach.http_sms.account import name_of  # noqa: PLC0415  as above
    from carrears.outreach.pushes import push_address  # noqa: PLC0415  as above

    name = name_of(settings.SMS_URL)
    if not name:
        console.print("no gateway is set that pushes (CARREARS_SMS_URL)")
        raise typer.Exit(1)
    console.print(push_address(name), soft_wrap=True)
