"""Upgrade in two halves, while screens and workers go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from carrears.cli import app, console, fail, start_django


@app.command()
def upgrade(
    before: Annotated[
        bool, typer.Option("--before", help="What the old release can live with; it works on.")
    ] = False,
    after: Annotated[
        bool, typer.Option("--after", help="The rest, once no process of the old one is left.")
    ] = False,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds to try for locks that others hold.")
    ] = 300,
    others_may_run: Annotated[
        bool,
        typer.Option("--others-may-run", help="Do not look for connections of another release."),
    ] = False,
) -> None:
    """Migrate in two halves around the start of a new release; without either, say what is due."""
    start_django(migrate=False)
    from carrears.database.migrations import upgrade_after, upgrade_before  # noqa: PLC0415
    from carrears.database.phases import fit  # noqa: PLC0415  Django has to be up

    if before and after:
        raise typer.BadParameter("one of --before and --after at a time")
    with told_plainly():
        if before:
            done = upgrade_before(patience=patience)
        elif after:
            done = upgrade_after(patience=patience, others_may_run=others_may_run)
        else:
            now = fit()
            for half, names in (("before", now.before), ("after", now.after)):
                typer.echo(f"{half}: {', '.join(names) or 'nothing'}")
            if now.beyond:
                typer.echo(f"this release is older than the database: {', '.join(now.beyond)}")
            return
    for name in done:
        typer.echo(name)
    console.print(f"{len(done)} migrations", highlight=False)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Let whoever gave the command read what stands in the way, and no traceback."""
    from django.db import OperationalError  # noqa: PLC0415  Django has to be up

    from carrears.database.fitness import UnfitDatabaseError  # noqa: PLC0415  see above
    from carrears.database.migrations import UpgradeError  # noqa: PLC0415  see above
    from carrears.database.phases import SkippedReleaseError  # noqa: PLC0415  see above

    try:
        yield
    except (UnfitDatabaseError, UpgradeError, SkippedReleaseError) as error:
        raise fail(str(error)) from error
    except OperationalError as error:
        raise fail(f"the database does not answer: {str(error).strip()}") from error
