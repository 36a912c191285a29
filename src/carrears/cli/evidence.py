"""Check the evidence log."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from carrears.cli import app, console, fail, start_django
from carrears.clock import now

evidence = typer.Typer(help="The append-only evidence log.")
app.add_typer(evidence, name="evidence")


@evidence.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check the whole log and name the first entry that was altered."""
    start_django()
    from carrears.evidence.services import (  # noqa: PLC0415  Django has to be up
        LogAlteredError,
        keep_verification,
        sequence,
        verify_log,
    )

    with suppress(LogAlteredError):  # the check below says more
        sequence()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=as_json) as bar:
        task = bar.add_task("Checking the log", total=None)
        result = verify_log(
            progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    keep_verification(result, at=now())
    if as_json:
        typer.echo(json.dumps(asdict(result), default=lambda value: value.hex()))
    elif result.ok:
        console.print(f"[green]intact[/]: {result.size:,} entries, root {result.root.hex()}")
    else:
        first = "" if result.first_altered is None else f"entry {result.first_altered}: "
        console.print(f"[bold red]altered[/]: {first}{result.reason}", highlight=False)
    if not result.ok:
        raise typer.Exit(2)


@evidence.command()
def key() -> None:
    """Print the key by which anybody verifies the log's checkpoints."""
    start_django()
    from carrears.evidence.queries import log_vkey  # noqa: PLC0415  Django has to be up

    typer.echo(log_vkey())


@evidence.command()
def witnesses(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Have the newest checkpoint cosigned now, and say what each witness answers."""
    start_django()
    from carrears.evidence.policy import PolicyError  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import LogAlteredError, sequence  # noqa: PLC0415  see above
    from carrears.evidence.witnesses import (  # noqa: PLC0415  see above
        newest_vouched,
        read_policy,
        send_checkpoint,
    )

    try:
        policy = read_policy()
    except (PolicyError, OSError) as error:
        raise fail(f"the policy of witnesses: {error}") from error
    if policy is None:
        raise fail("no witnesses: CARREARS_WITNESS_POLICY names no file")
    with suppress(LogAlteredError):  # the witnesses shall see what is there
        sequence()
    states = send_checkpoint(policy, at=now(), forced=True)
    vouched = newest_vouched(policy)
    if as_json:
        shown = {
            "vouched_size": vouched.checkpoint.size if vouched else None,
            "witnesses": [
                {"name": one.name, "size": one.size, "refusal": one.refusal, "error": one.error}
                for one in states
            ],
        }
        typer.echo(json.dumps(shown))
    else:
        for one in states:
            what = f"cosigned {one.size:,}" if not one.error else f"{one.refusal} {one.error}"
            console.print(f"{one.name}: {what.strip()}", highlight=False)
        upto = f"up to {vouched.checkpoint.size:,} entries" if vouched else "for nothing yet"
        console.print(f"The quorum vouches {upto}.", highlight=False)
    if any(one.refusal for one in states):
        raise typer.Exit(2)


@evidence.command()
def stamp() -> None:
    """Have the newest checkpoint time-stamped now, and check all time-stamps that were kept."""
    start_django()
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.evidence.timestamps import (  # noqa: PLC0415  see above
        false_stamps,
        read_authority,
        stamp_newest,
    )
    from carrears.evidence.tsa import StampError  # noqa: PLC0415  see above

    sequence()
    try:
        authority = read_authority()
        if authority is None:
            raise fail("no time-stamping authority: CARREARS_TSA_URL is not set")
        made = stamp_newest(authority, at=now(), forced=True)
    except StampError as error:
        raise fail(str(error)) from error
    if made:
        console.print(f"{made.size:,} entries, stamped {made.at:%Y-%m-%d %H:%M:%S %Z}")
    problems = list(false_stamps(authority))
    for problem in problems:
        console.print(f"[bold red]false[/]: {problem}", highlight=False)
    if problems:
        raise typer.Exit(2)


@evidence.command()
def anchor(
    *,
    deploy: Annotated[
        bool, typer.Option("--deploy", help="Put the contract on the chain first.")
    ] = False,
) -> None:
    """Anchor the newest checkpoint in the chain now, and hold the log against all anchors."""
    start_django()
    from carrears.evidence.anchors import (  # noqa: PLC0415  Django has to be up
        AnchorError,
        anchor_newest,
        contradictions,
        open_anchorage,
    )
    from carrears.evidence.services import LogAlteredError, sequence  # noqa: PLC0415  see above

    with suppress(LogAlteredError):  # the chain shall be held against what is there
        sequence()
    try:
        chain = open_anchorage(deploying=deploy)
    except AnchorError as error:
        raise fail(str(error)) from error
    if chain is None:
        raise fail("no chain: CARREARS_EVM_URL is not set")
    from carrears.evidence.evm import ChainError  # noqa: PLC0415  an extra, there by now

    console.print(f"account {chain.owner}", highlight=False)
    try:
        if deploy:
            console.print(f"contract {chain.deploy()}: set CARREARS_EVM_CONTRACT", highlight=False)
            return
        with suppress(AnchorError):  # which the list below tells
            if made := anchor_newest(chain, at=now()):
                told = f"{made.checkpoint_id:,} entries, anchored {made.anchored_at:%F %T %Z}"
                console.print(f"{told} {made.transaction}".strip(), highlight=False)
        problems = list(contradictions(chain))
    except ChainError as error:
        raise fail(str(error)) from error
    for problem in problems:
        console.print(f"[bold red]{problem.kind}[/]: {problem.detail}", highlight=False)
    if problems:
        raise typer.Exit(2)


@evidence.command()
def dismiss(
    name: Annotated[
        str,
        typer.Argument(help="A witness by its name in the policy, 'time-stamps' or 'anchors'."),
    ],
) -> None:
    """Say that it vouches for the log no longer, and on purpose: alerts of its absence end."""
    start_django()
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.evidence.standing import dismiss as let_go  # noqa: PLC0415  see above

    try:
        let_go(name, at=now())
    except LookupError as error:
        raise fail(f"{name} never vouched for this log") from error
    sequence()


@evidence.command()
def bundle(
    case: Annotated[str, typer.Argument(help="The loan whose cases are meant.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write.")
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(help="For what recordings and files are opened: complaint, dispute, …"),
    ] = None,
    note: Annotated[str | None, typer.Option(help="The reason in your own words.")] = None,
    *,
    without_files: Annotated[
        bool, typer.Option("--without-files", help="Leave them out; the bundle has their hashes.")
    ] = False,
) -> None:
    """Write the proof bundle of a loan, with its recordings and files."""
    start_django()
    from carrears.bundles.services import (  # noqa: PLC0415  Django has to be up
        BundleError,
        Reason,
        write_bundle,
    )
    from carrears.evidence.policy import PolicyError  # noqa: PLC0415  see above
    from carrears.evidence.services import LogAlteredError  # noqa: PLC0415  see above
    from carrears.parties.vault import VaultError as SealedError  # noqa: PLC0415  see above
    from carrears.vault.services import StoreError, VaultError, Why  # noqa: PLC0415  see above

    reason = None if without_files else Reason(why=why or "", note=note or "")
    if reason and reason.why not in Why.values:
        codes = ", ".join(Why.values)
        raise fail(f"say why its files are opened (--why {codes}), or leave them --without-files")
    path = output or Path(f"{_file_name(case)}.carrears.zip")
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w+b") as file:
            made = write_bundle(case, file, by="", at=now(), reason=reason)
        part.replace(path)
    except (
        BundleError, LogAlteredError, PolicyError, SealedError, VaultError, StoreError, OSError,
    ) as error:  # fmt: skip
        raise fail(str(error)) from error
    finally:
        part.unlink(missing_ok=True)
    told = f"{made.entries:,} entries, {made.files:,} files, SHA-256 {made.sha256}"
    console.print(f"{path}: {told}", highlight=False)
    if made.unreadable:
        text = f"{made.unreadable:,} files cannot be read; carrears vault verify says why"
        console.print(f"[bold red]left out[/]: {text}", highlight=False)


def _file_name(loan_no: str) -> str:
    return re.sub(r"[^\w.-]+", "-", loan_no).strip(".-") or "case"
