"""The master keys of the vault of personal data: seen, rotated, retired."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from carrears.cli import app, console, fail, start_django

keys = typer.Typer(help="The master keys of the vault of personal data.")
app.add_typer(keys, name="keys")

_ACTOR = "command line"


@keys.command("list")
def list_keys(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Name the data keys and the index keys, what each does, and how much still needs it."""
    start_django()
    from carrears.conduct.index_keys import index_key_uses  # noqa: PLC0415  Django has to be up
    from carrears.parties.rotation import key_uses  # noqa: PLC0415  see above

    uses, index_uses = key_uses(), index_key_uses(on=_today())
    if as_json:
        told = {"keys": list(map(asdict, uses)), "index_keys": list(map(asdict, index_uses))}
        typer.echo(json.dumps(told))
        return
    table = Table("Data key", "State", "Subjects")
    for use in uses:
        table.add_row(use.key, _state(use.state), f"{use.subjects:,}")
    console.print(table)
    table = Table("Index key", "State", "People", "Bars", "Lists")
    for one in index_uses:
        counts = (f"{count:,}" for count in (one.people, one.bars, one.lists))
        table.add_row(one.key, _state(one.state), *counts)
    console.print(table)


def _state(state: str) -> str:
    return f"[bold red]{state}[/]" if state == "missing" else state


def _today() -> date:
    from django.conf import settings  # noqa: PLC0415  Django has to be up

    from carrears.clock import local_day, now  # noqa: PLC0415  see above

    return local_day(now(), settings.TIME_ZONE)


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


@keys.command("rotate-index")
def rotate_index(
    new_key: Annotated[
        bool, typer.Option(help="Make a new key unless an earlier rotation is unfinished.")
    ] = True,
    portion: Annotated[int, typer.Option(help="People a transaction.", min=1)] = 500,
    background: Annotated[
        bool, typer.Option("--background", help="Leave the people to the worker.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a new key of the blind indexes, and bring everybody's indexes under it.

    Look-ups ask under the old key too, so that everybody is found meanwhile. Killed at any point,
    the same command goes on.
    """
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.conduct.index_keys import begin_index_rotation  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.parties import index_rotation  # noqa: PLC0415  see above
    from carrears.parties.jobs import reindex_people  # noqa: PLC0415  see above
    from carrears.parties.keyring import KeyInUseError  # noqa: PLC0415  see above

    try:
        if new_key:
            begin_index_rotation(on=_today())
    except KeyInUseError as error:
        raise fail(str(error)) from error
    newest = index_rotation.note_begun(actor=_ACTOR, at=now())
    sequence()
    done = 0
    if background:
        reindex_people.defer()
    else:
        done = _reindex(portion, quiet=as_json)
        sequence()
    if as_json:
        typer.echo(json.dumps({"makes": newest, "reindexed": done, "background": background}))
        return
    console.print(
        f"{newest} makes indexes from now on; {done:,} people indexed anew", highlight=False
    )


def _reindex(portion: int, *, quiet: bool) -> int:
    from carrears.parties import index_rotation  # noqa: PLC0415  Django has to be up

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("people indexed anew", total=index_rotation.count_left())
        return index_rotation.finish(
            portion=portion, progress=lambda count: bar.advance(task, count), actor=_ACTOR
        )


@keys.command()
def retire(
    key: Annotated[str, typer.Argument(help="The key, as carrears keys list names it.")],
    destroy: Annotated[
        bool, typer.Option("--destroy", help="Do not keep it: backups made under it are lost.")
    ] = False,
) -> None:
    """Take a key that nothing needs any more off the keyring."""
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.conduct.index_keys import (  # noqa: PLC0415  see above
        index_key_uses,
        retire_index_key,
    )
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.parties.keyring import KeyInUseError  # noqa: PLC0415  see above
    from carrears.parties.rotation import retire_key  # noqa: PLC0415  see above

    is_index = key in {one.key for one in index_key_uses(on=_today())}
    retire_one = retire_index_key if is_index else retire_key
    try:
        retire_one(key, destroy=destroy, actor=_ACTOR, at=now())
    except KeyInUseError as error:
        raise fail(str(error)) from error
    sequence()
    kept = "destroyed" if destroy else "kept in keys/vault.retired"
    console.print(f"{key} is off the keyring, {kept}", highlight=False)


@keys.command()
def keep(
    keeper: Annotated[str, typer.Argument(help="local, pkcs11, aws-kms or alibaba-kms.")],
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
