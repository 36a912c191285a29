"""The vault of recordings: checked, and rid of what need not be kept."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from carrears.cli import app, console, start_django
from carrears.clock import now

vault = typer.Typer(help="The vault of recordings, letters, photos and documents.")
app.add_typer(vault, name="vault")


@vault.command()
def verify(
    opened: Annotated[
        bool, typer.Option("--open", help="Decrypt each object too, and compare its content.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Read every object again, and name what is missing, cut, altered or not as the log says.

    Ends with 0 when all is well, with 2 when something is not.
    """
    start_django()
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.vault.verification import keep_check, verify_vault  # noqa: PLC0415  see above

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=as_json) as bar:
        task = bar.add_task("Reading the vault", total=None)
        check = verify_vault(
            opened=opened,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    keep_check(check, at=now())
    sequence()
    if as_json:
        typer.echo(json.dumps(asdict(check) | {"ok": check.ok}))
    else:
        for one in check.findings:
            told = f"object {one.object} of loan {one.loan_no or '?'}, {one.address}"
            console.print(f"[bold red]{one.fault}[/]: {told}", highlight=False, soft_wrap=True)
        if check.unknown:
            console.print(f"{check.unknown:,} in the store that no row tells of", highlight=False)
        told = f"{check.objects:,} objects, {check.bytes_read:,} bytes, {check.destroyed:,} gone"
        console.print(f"{'intact' if check.ok else 'NOT intact'}: {told}", highlight=False)
    if not check.ok:
        raise typer.Exit(2)


@vault.command("destroy-expired")
def destroy_expired(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be destroyed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Destroy the keys and bytes of what is past its time and not held; a worker does so by night.

    What the store does not let go yet is tried again by the next run.
    """
    start_django()
    from carrears.conduct.vault_keeping import (  # noqa: PLC0415  Django has to be up
        destroy_expired_objects,
    )
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    outcome = destroy_expired_objects(at=now(), dry_run=dry_run)
    sequence()
    if as_json:
        typer.echo(json.dumps(asdict(outcome)))
        return
    what = "would be destroyed" if dry_run else "destroyed"
    for token in outcome.destroyed:
        console.print(f"{what}: {token}", highlight=False)
    console.print(
        f"{len(outcome.destroyed):,} {what}, {outcome.kept:,} past their first time but kept,"
        f" bytes of {outcome.removed:,} removed, of {outcome.locked:,} locked by the store",
        highlight=False,
    )
