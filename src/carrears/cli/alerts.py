"""Alerts to staff: look for what is amiss, tell of it, try a target."""

from __future__ import annotations

from typing import Annotated

import typer

from carrears.cli import app, console, fail, start_django

alerts = typer.Typer(help="Alerts to staff.")
app.add_typer(alerts, name="alerts")


@alerts.command()
def look() -> None:
    """Look for what is amiss, send what is due, and say what stands; ends with 1 if anything does.

    Needs no worker: called by another scheduler, it tells of a worker that does not run.
    """
    start_django()
    from carrears.alerts import services  # noqa: PLC0415  Django has to be up
    from carrears.alerts.kinds import AlertKind, say  # noqa: PLC0415  see above
    from carrears.alerts.models import Alert  # noqa: PLC0415  see above
    from carrears.alerts.sending import send_due  # noqa: PLC0415  see above
    from carrears.alerts.terms import AlertTermsError  # noqa: PLC0415  see above
    from carrears.clock import now  # noqa: PLC0415  see above

    try:
        services.look(at=now())
        services.write_messages(at=now())
        sent = send_due(at=now())
    except AlertTermsError as error:
        raise fail(str(error), code=2) from error
    standing = list(Alert.objects.filter(over_at=None).order_by("since"))
    for one in standing:
        typer.echo(say(AlertKind(one.kind), one.figures, "en-US"))
    console.print(f"{len(standing)} alerts stand, {sent} messages were sent", highlight=False)
    if standing:
        raise typer.Exit(1)


@alerts.command()
def test(target: Annotated[str, typer.Argument(help="Its name in alerts.yaml.")]) -> None:
    """Send a test to one target; ends with 1 where it is not taken."""
    start_django()
    from carrears.alerts.models import AlertMessage  # noqa: PLC0415  Django has to be up
    from carrears.alerts.sending import send_message  # noqa: PLC0415  see above
    from carrears.alerts.services import terms_now, write_test  # noqa: PLC0415  see above
    from carrears.alerts.terms import AlertTermsError  # noqa: PLC0415  see above
    from carrears.clock import now  # noqa: PLC0415  see above

    at = now()
    try:
        message = write_test(target, at=at, by=None)
        taken = send_message(message.pk, terms=terms_now(at), at=at)
    except AlertTermsError as error:
        raise fail(str(error), code=2) from error
    except KeyError as error:
        raise fail(f"alerts.yaml names no target {target!r}") from error
    if not taken:
        raise fail(f"{target}: {AlertMessage.objects.get(pk=message.pk).error}")
    console.print(f"{target} took it.", highlight=False)
