"""The master keys of the vault of personal data: seen, rotated, retired."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from carrears.cli import app, console, fail, start_django

keys = typer.Typer(help="The master keys of the vault of personal data.")
app.add_typer(keys, name="keys")

_ACTOR = "command line"


@keys.command("list")
def list_keys(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Name the data keys, which of them wraps, and how many subjects each wraps now."""
    start_django()
    from carrears.parties.rotation import key_uses  # noqa: PLC0415  Django has to be up

    uses = key_uses()
    if as_json:
        typer.echo(json.dumps({"keys": [asdict(one) for one in uses]}))
        return
    table = Table("Key", "State", "Subjects")
    for one in uses:
        table.add_row(one.key, _state(one.state), f"{one.subjects:,}")
    console.print(table)


def _state(state: str) -> str:
    return f"[bold red]{state}[/]" if state == "missing" else state


@keys.command()
def rotate(
    new_key: Annotated[
        bool, typer.Option(help="Make a new key unless an earlier rotation is unfinished.")
    ] = True,
    portion: Annotated[int, typer.Option(help="Subjects a transaction.", min=1)] = 500,
    background: Annotated[
        bool, typer.Option("--background", help="Leave the re-wrapping to the worker.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a new key that wraps from now on, and bring every subject's data key under it.

    Readers and writers go on meanwhile. Killed at any point, the same command goes on.
    """
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.parties import rotation  # noqa: PLC0415  see above
    from carrears.parties.jobs import rewrap_data_keys  # noqa: PLC0415  see above
    from carrears.parties.keyring import KeyInUseError  # noqa: PLC0415  see above

    try:
        if new_key and rotation.is_rewrapped():
            rotation.add_key()
    except KeyInUseError as error:
        raise fail(str(error)) from error
    newest = rotation.note_newest(actor=_ACTOR, at=now())
    sequence()
    done = 0
    if background:
        rewrap_data_keys.defer()
    else:
        done = rotation.rewrap_all(portion=portion)
    if as_json:
        typer.echo(json.dumps({"wraps": newest, "rewrapped": done, "background": background}))
        return
    console.print(f"{newest} wraps from now on; {done:,} data keys wrapped anew", highlight=False)


@keys.command()
def retire(
    key: Annotated[str, typer.Argument(help="The key, as carrears keys list names it.")],
    destroy: Annotated[
        bool, typer.Option("--destroy", help="Do not keep it: backups made under it are lost.")
    ] = False,
) -> None:
    """Take a key that wraps nothing any more off the keyring."""
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.parties.keyring import KeyInUseError  # noqa: PLC0415  see above
    from carrears.parties.rotation import retire_key  # noqa: PLC0415  see above

    try:
        retire_key(key, destroy=destroy, actor=_ACTOR, at=now())
    except KeyInUseError as error:
        raise fail(str(error)) from error
    sequence()
    kept = "destroyed" if destroy else "kept in keys/vault.retired"
    console.print(f"{key} is off the keyring, {kept}", highlight=False)


@keys.command()
def keep(
    keeper: Annotated[str, typer.Argument(help="local, pkcs11 or aws-kms.")],
    reference: Annotated[
        str | None, typer.Option(help="The keeper's key that wraps ours: its label, id or alias.")
    ] = None,
) -> None:
    """Give every master key to a keeper, who opens them once for each process that starts."""
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.parties.keepers import KeeperError  # noqa: PLC0415  see above
    from carrears.parties.keyring import BadMasterKeyError, KeyInUseError  # noqa: PLC0415
    from carrears.parties.rotation import move_keys  # noqa: PLC0415  see above

    try:
        count = move_keys(keeper, reference or "", actor=_ACTOR, at=now())
    except (KeyInUseError, BadMasterKeyError, KeeperError) as error:
        raise fail(str(error)) from error
    sequence()
    console.print(f"{count} master keys are kept by {keeper}", highlight=False)
