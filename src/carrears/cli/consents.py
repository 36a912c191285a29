"""Consents on the command line: taken in from a file of the system in which they were given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carrears.cli import console, fail, start_django
from carrears.cli.parties import parties


@parties.command()
def consents(
    file: Annotated[Path, typer.Argument(help="CSV file of consents given and withdrawn.")],
) -> None:
    """Take in consents given and withdrawn; all lines of the file, or none.

    The same file again changes nothing.
    """
    start_django()
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.parties.consent_files import (  # noqa: PLC0415  see above
        ConsentFileError,
        take_in_consents,
    )

    try:
        taken = take_in_consents(file, by=None, actor="command line")
    except ConsentFileError as error:
        raise fail(str(error)) from error
    sequence()
    console.print(f"{taken.words:,} words, {taken.new:,} of them new", highlight=False)
