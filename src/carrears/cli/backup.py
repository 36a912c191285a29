"""Backups: made, checked, put back; and the list of those who were erased, kept apart from them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carrears.cli import app, console, fail, start_django

if TYPE_CHECKING:
    from carrears.backups.restoring import Restored

_ROLLED_BACK = 2


@app.command("backup-key")
def backup_key(
    file: Annotated[Path, typer.Argument(help="Where the secret key is put.")],
) -> None:
    """Make a key for backups; the public half, to seal backups to, is printed."""
    from carrears.backups.sealing import BackupError, make_identity  # noqa: PLC0415  see backup

    try:
        typer.echo(make_identity(file))
    except BackupError as error:
        raise fail(str(error)) from error
    console.print(f"The secret key is in {file}: keep it apart from the backups", highlight=False)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The backup; it must not be there yet.")],
    to: Annotated[str, typer.Option(help="The public key that carrears backup-key printed.")],
    keys: Annotated[
        bool, typer.Option("--keys", help="The keys alone, which are in no other backup.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Back up the database and the files of the home as of one moment, while all goes on."""
    start_django()
    from carrears.backups.making import back_up_data, back_up_keys  # noqa: PLC0415
    from carrears.backups.sealing import BackupError, parse_public  # noqa: PLC0415
    from carrears.clock import now  # noqa: PLC0415  Django has to be up

    try:
        work = back_up_keys if keys else back_up_data
        made = work(file, parse_public(to), at=now())
    except BackupError as error:
        raise fail(str(error)) from error
    if as_json:
        typer.echo(json.dumps({"size": made.size, "log_size": made.log_size}))
        return
    console.print(f"{file}: {made.size:,} bytes, {made.log_size:,} entries of the log")


@app.command("backup-check")
def backup_check(
    file: Annotated[Path, typer.Argument(help="The backup.", exists=True)],
    identity: Annotated[Path, typer.Option(help="The secret key that it is sealed to.")],
) -> None:
    """Read a whole backup and hold every file in it against its manifest; nothing is written."""
    start_django(migrate=False)
    from carrears.backups.restoring import check_backup  # noqa: PLC0415  Django has to be up
    from carrears.backups.sealing import BackupError, read_identity  # noqa: PLC0415

    try:
        manifest = check_backup(file, read_identity(identity))
    except BackupError as error:
        raise fail(str(error)) from error
    console.print(
        f"whole: {manifest['kind']} of {manifest['made_at']}, {len(manifest['files'])} files",
        highlight=False,
    )


@app.command("seal")
def seal_piece(
    file: Annotated[Path, typer.Argument(help="Where it is kept, once it is whole and on disk.")],
    to: Annotated[str, typer.Option(help="The public key that carrears backup-key printed.")],
) -> None:
    """Seal what comes in, such as a piece of PostgreSQL's log; the same once more is fine."""
    from carrears.backups.pieces import keep  # noqa: PLC0415  see backup
    from carrears.backups.sealing import BackupError, parse_public  # noqa: PLC0415

    try:
        keep(sys.stdin.buffer, file, parse_public(to))
    except (BackupError, OSError) as error:
        raise fail(str(error)) from error


@app.command("unseal")
def unseal_piece(
    file: Annotated[Path, typer.Argument(help="What carrears seal kept.")],
    target: Annotated[str, typer.Argument(help="Where it is put; - writes it out.")],
    identity: Annotated[Path, typer.Option(help="The secret key that it is sealed to.")],
) -> None:
    """Open what carrears seal kept."""
    from carrears.backups.pieces import put  # noqa: PLC0415  see backup
    from carrears.backups.sealing import BackupError, open_sealed, read_identity  # noqa: PLC0415

    try:
        content = open_sealed(file, read_identity(identity))
        if target != "-":
            put(content, Path(target))
            return
        for piece in content:
            sys.stdout.buffer.write(piece)
    except (BackupError, OSError) as error:
        raise fail(str(error)) from error


@app.command("backup-erasures")
def backup_erasures(
    file: Annotated[Path, typer.Argument(help="Where the list is put; it is written over.")],
) -> None:
    """Keep who was erased until now, by tokens, for whoever puts an older backup back."""
    start_django()
    from carrears.backups.erasures import erased_people, write_erasures  # noqa: PLC0415

    erased = erased_people()
    write_erasures(file, erased)
    console.print(f"{len(erased):,} erased people in {file}", highlight=False)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The backup.", exists=True)],
    identity: Annotated[Path, typer.Option(help="The secret key that it is sealed to.")],
    keys: Annotated[bool, typer.Option("--keys", help="It is a backup of the keys.")] = False,
    erasures: Annotated[
        Path | None, typer.Option(help="Who was erased: a list of carrears backup-erasures.")
    ] = None,
    no_erasures: Annotated[
        bool, typer.Option("--no-erasures", help="Nobody was erased since the backup.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a database that holds people.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Put a backup back, erase again who was erased since, and have the copy prove itself.

    Ends with 2 when its log does not verify, a witness has seen more of it, or somebody who was
    erased could not be erased again.
    """
    start_django(migrate=False)
    from carrears.backups.erasures import read_erasures  # noqa: PLC0415  Django has to be up
    from carrears.backups.restoring import restore_data, restore_keys  # noqa: PLC0415
    from carrears.backups.sealing import BackupError, read_identity  # noqa: PLC0415
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.database.fitness import UnfitDatabaseError  # noqa: PLC0415  see above

    try:
        secret = read_identity(identity)
        if keys:
            count = restore_keys(file, secret)
            console.print(f"{count} files of keys are back")
            return
        known = read_erasures(erasures) if erasures else {} if no_erasures else None
        done = restore_data(file, secret, erased=known, replace=replace, at=now())
    except (BackupError, UnfitDatabaseError) as error:
        raise fail(str(error)) from error
    if as_json:
        typer.echo(json.dumps(asdict(done) | {"rolled_back": done.is_rolled_back}))
    else:
        _tell(done)
    if done.is_rolled_back or done.not_erased or not done.log_ok:
        raise typer.Exit(_ROLLED_BACK)


def _tell(done: Restored) -> None:
    log = "[green]whole[/]" if done.log_ok else f"[bold red]{done.reason}[/]"
    console.print(f"As of {done.made_at}; log of {done.log_size:,} entries: {log}")
    console.print(f"{done.opened} people of a sample open; {done.erased_again} erased again")
    if done.not_erased:
        console.print(
            f"[bold red]not erased again[/], files are kept: {', '.join(done.not_erased)}"
        )
    for name, why in done.witnesses.items():
        console.print(f"{name}: {why or 'cosigned'}", highlight=False)
    if done.is_rolled_back:
        console.print(
            "[bold red]rolled back[/]: a witness has seen more of this log than the copy has;"
            " what was done since then is not in it",
        )
