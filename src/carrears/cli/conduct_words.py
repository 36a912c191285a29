"""May this be said? A text held against a rule pack's words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from carrears.cli import fail
from carrears.cli.conduct import conduct, use_packs


@conduct.command()
def words(
    text: Annotated[
        Path, typer.Argument(help="A text file, UTF-8; - reads standard input.", allow_dash=True)
    ],
    *,
    jurisdiction: Annotated[str, typer.Option(help="Whose law: CN, US, UK, IN.")] = "CN",
    channel: Annotated[
        str | None,
        typer.Option(help="email, sms, …: also ask for what a message there has to say."),
    ] = None,
    sender: Annotated[str | None, typer.Option(help="The name of who writes.")] = None,
    language: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="Only told; else guessed.")
    ] = None,
    pack_root: Annotated[
        Path | None, typer.Option("--pack-root", help="Use the rule packs of this folder.")
    ] = None,
) -> None:
    """Say which words of a text must not be said, where they stand, and where that is written.

    Prints one JSON object. Ends with 0 when nothing is found, 1 when something is, 2 when the file
    or the pack cannot be used. Needs no database.
    """
    from carrears.conduct.free_text import check_text  # noqa: PLC0415  only this command needs it
    from carrears.conduct.pack import PackError  # noqa: PLC0415  see above

    try:
        raw = sys.stdin.buffer.read() if str(text) == "-" else text.read_bytes()
        said = raw.decode("utf-8-sig")
        pack = use_packs(pack_root, "--pack-root").of(jurisdiction.upper())
        checked = check_text(
            said, pack, channel=channel or "", sender=sender or "", language=language
        )
    except (OSError, UnicodeDecodeError) as error:
        raise fail(f"{text}: {error}", code=2) from error
    except PackError as error:
        raise fail(str(error), code=2) from error
    typer.echo(json.dumps(checked.to_json(), ensure_ascii=False, indent=2))
    if checked.objections:
        raise typer.Exit(1)
