"""Letters: made in batches for a print house, written as files, and what became of them read in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carrears.cli import app, console, fail
from carrears.cli.strategy_steps import By, acting

letters = typer.Typer(help="Letters for a print house.")
app.add_typer(letters, name="letters")
_MAY = "outreach.print_letters"


@letters.command()
def make(
    to: Annotated[Path, typer.Option(help="The folder that the files are written to.")],
    by: By,
    replayed: Annotated[
        bool, typer.Option("--replayed", help="Specimens of what a replayed book would say.")
    ] = False,
) -> None:
    """Make the next batch of what waits to be printed, and write its files and manifest."""
    user = acting(by, _MAY)
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.outreach.printing import (  # noqa: PLC0415  see above
        AlreadyPrintingError,
        make_batch,
        write_batch,
    )

    try:
        batch = make_batch(by=user, replayed=replayed)
        if batch is None:
            console.print("no letter waits to be printed")
            return
        place = write_batch(batch, to, by=user)
    except (AlreadyPrintingError, OSError) as error:
        raise fail(str(error)) from error
    sequence()
    dropped = batch.letters.filter(file=None).count()
    console.print(
        f"batch {batch.pk}: {batch.letters.count() - dropped:,} letters in {place},"
        f" {dropped:,} could not be made",
        highlight=False,
        soft_wrap=True,
    )


@letters.command()
def write(
    batch: Annotated[int, typer.Argument(help="The batch's number.")],
    to: Annotated[Path, typer.Option(help="The folder that the files are written to.")],
    by: By,
) -> None:
    """Write the files of a batch again, as they lie in the vault."""
    user = acting(by, _MAY)
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.outreach.print_models import LetterBatch  # noqa: PLC0415  see above
    from carrears.outreach.printing import write_batch  # noqa: PLC0415  see above
    from carrears.vault.errors import VaultError  # noqa: PLC0415  see above

    found = LetterBatch.objects.filter(pk=batch).exclude(made_at=None).first()
    if found is None:
        raise fail(f"there is no batch {batch} that is made")
    try:
        place = write_batch(found, to, by=user)
    except (VaultError, OSError) as error:
        raise fail(str(error)) from error
    sequence()
    console.print(f"batch {batch}: written to {place}", highlight=False, soft_wrap=True)


@letters.command()
def status(
    file: Annotated[Path, typer.Argument(help="CSV with letter, status, on and reason.")],
    by: By,
    bad: Annotated[
        Path | None, typer.Option(help="Where rows that are not taken go (FILE.bad.csv).")
    ] = None,
) -> None:
    """Take in what the print house and the post tell of letters; bad rows are put aside."""
    user = acting(by, _MAY)
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.outreach.print_status import StatusFileError, bad_rows_csv  # noqa: PLC0415
    from carrears.outreach.status_files import bring_status  # noqa: PLC0415  see above

    try:
        told, _ = bring_status(file.name, file.read_bytes(), by=user)
    except (StatusFileError, OSError) as error:
        raise fail(str(error)) from error
    sequence()
    console.print(f"{told.taken:,} taken, {told.known:,} known, {len(told.bad):,} put aside")
    if told.bad:
        aside = bad or file.with_name(f"{file.name}.bad.csv")
        aside.write_text(bad_rows_csv(told.bad), encoding="utf-8")
        for one in told.bad[:20]:
            console.print(
                f"{file.name}, line {one.line}, {one.field}: {one.problem}",
                highlight=False,
                soft_wrap=True,
            )
        raise typer.Exit(1)
