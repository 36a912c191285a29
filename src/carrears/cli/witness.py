"""Run a witness of somebody else's log. It needs no database and nothing of a lender's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carrears.cli import app, console, fail
from carrears.cli.processes import end_with, run_until_told
from carrears.evidence.note import KeyFormatError
from carrears.witness.folder import Folder, WitnessError, create

witness = typer.Typer(help="Witness other people's logs: cosign what continues, refuse the rest.")
app.add_typer(witness, name="witness")

_Place = Annotated[Path, typer.Argument(help="The witness's own folder.")]


@witness.command()
def init(
    folder: _Place,
    name: Annotated[str, typer.Option(help="Its name, such as witness.example/one.")],
    ml_dsa: Annotated[bool, typer.Option("--ml-dsa", help="Cosign by ML-DSA-44 too.")] = False,
) -> None:
    """Make a witness's folder and keys, and print the keys to verify with."""
    try:
        made = create(folder, name, with_ml_dsa=ml_dsa)
    except (WitnessError, KeyFormatError) as error:
        raise fail(str(error)) from error
    for signer in made.signers():
        typer.echo(str(signer.verifier()))


@witness.command()
def watch(
    folder: _Place,
    vkey: Annotated[str, typer.Argument(help="The log's key: carrears evidence key prints it.")],
    origin: Annotated[
        str | None, typer.Option(help="The log's name; else that of its key.")
    ] = None,
) -> None:
    """Cosign a log from now on."""
    try:
        watched = Folder(folder).watch(vkey, origin=origin or "")
    except (WitnessError, KeyFormatError) as error:
        raise fail(str(error)) from error
    console.print(f"watching {watched.origin}", highlight=False)


@witness.command()
def serve(
    folder: _Place,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 7380,
    parent: Annotated[int, typer.Option(help="End when this process ends.", hidden=True)] = 0,
) -> None:
    """Take checkpoints and cosign them until told to stop."""
    if parent:
        end_with(parent)
    try:
        keys = Folder(folder).signers()
    except WitnessError as error:
        raise fail(str(error)) from error
    console.print(f"Witness {keys[0].name}: http://{host}:{port}/", highlight=False)
    server = [
        sys.executable, "-m", "gunicorn",
        f"carrears.witness.wsgi:application({str(folder.resolve())!r})",
        f"--bind={host}:{port}", "--workers=1", "--threads=4", "--keep-alive=30",
        "--no-control-socket",
    ]  # fmt: skip
    raise typer.Exit(run_until_told(server))
