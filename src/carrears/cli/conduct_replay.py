"""Kept verdicts by command: what a change of law would change, and whether they come out again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from carrears.cli import console, fail, start_django
from carrears.cli.conduct import conduct, parse_day, use_packs

if TYPE_CHECKING:
    from carrears.conduct.diff import Diff
    from carrears.conduct.queries import KeptVerdicts
    from carrears.conduct.recompute import Recomputed
    from carrears.conduct.stored import Kept

From = Annotated[
    str | None, typer.Option("--from", help="Only attempts from this day on, YYYY-MM-DD.")
]
To = Annotated[str | None, typer.Option("--to", help="Only attempts up to this day.")]
Jurisdiction = Annotated[
    str | None, typer.Option("--jurisdiction", help="Only verdicts under this law: CN, US, …")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@conduct.command()
def diff(
    new: Annotated[Path, typer.Option(help="The folder of rule packs as they shall be.")],
    old: Annotated[
        Path | None, typer.Option(help="The folder of rule packs that they are set beside.")
    ] = None,
    from_: From = None,
    to: To = None,
    jurisdiction: Jurisdiction = None,
    law_on: Annotated[
        str | None,
        typer.Option("--law-on", help="Judge every attempt by the law of this day, YYYY-MM-DD."),
    ] = None,
    examples: Annotated[int, typer.Option(min=0, help="Verdicts named for each change.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Judge past contacts again under two folders of rule packs and show what would change.

    Nothing is written. Ends with 1 when some could not be judged under both, with 2 when a
    folder or a pack cannot be used.
    """
    day = parse_day(law_on, "--law-on")
    packs = use_packs(old, "--old"), use_packs(new, "--new")
    chosen = _choose(from_, to, jurisdiction)
    from carrears.conduct.diff import compare  # noqa: PLC0415  only this command needs it

    with _reading(chosen) as kept:
        found = compare(kept, *packs, law_on=day, shown=examples)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        _print_diff(found)
    if found.refused:
        raise typer.Exit(1)


@conduct.command()
def recompute(
    pack_root: Annotated[
        Path | None,
        typer.Option("--pack-root", help="The folder of rule packs that they were given under."),
    ] = None,
    from_: From = None,
    to: To = None,
    jurisdiction: Jurisdiction = None,
    as_json: AsJson = False,
) -> None:
    """Give kept verdicts again from what is stored, each under its own pack version.

    Ends with 1 when one comes out otherwise, with 2 when a folder or a pack cannot be used.
    """
    packs = use_packs(pack_root, "--pack-root")
    chosen = _choose(from_, to, jurisdiction)
    from carrears.conduct.recompute import recompute as give_again  # noqa: PLC0415  as above

    with _reading(chosen) as kept:
        found = give_again(kept, packs)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False))
    else:
        _print_recomputed(found)
    if found.different:
        raise typer.Exit(1)


def _choose(from_: str | None, to: str | None, jurisdiction: str | None) -> KeptVerdicts:
    first, last = parse_day(from_, "--from"), parse_day(to, "--to")
    start_django()
    from carrears.conduct.queries import KeptVerdicts  # noqa: PLC0415  Django is up

    return KeptVerdicts(first=first, last=last, jurisdiction=jurisdiction)


@contextmanager
def _reading(chosen: KeptVerdicts) -> Iterator[Iterable[Kept]]:
    """The kept verdicts one by one, with a bar on the error output."""
    from carrears.conduct.pack import PackError  # noqa: PLC0415  only these commands need it

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        try:
            yield bar.track(chosen.read(), total=chosen.count(), description="verdicts")
        except PackError as error:
            raise fail(str(error), code=2) from error


def _print_diff(found: Diff) -> None:
    from carrears.conduct.diff import by_size  # noqa: PLC0415  only this command needs it

    packs = Table("law", "old", "new")
    for name, (old, new) in found.versions.items():
        packs.add_row(name, old or "–", new or "–")
    console.print(packs)
    console.print(
        f"{found.contacts:,} contacts: {found.unchanged:,} as before, {found.changed:,} changed,"
        f" {found.refused:,} not judged",
        highlight=False,
        soft_wrap=True,
    )
    if found.causes:
        table = Table("law", "rule", "before", "after", "contacts", "verdicts")
        for cause, counted in by_size(found.causes):
            table.add_row(
                cause.jurisdiction,
                cause.rule,
                *cause.kind,
                f"{counted.contacts:,}",
                ", ".join(map(str, counted.examples)),
            )
        console.print(table)
    for refusal, counted in by_size(found.refusals):
        under = f" under the {refusal.under} packs" if refusal.under else ""
        ids = ", ".join(map(str, counted.examples))
        typer.echo(
            f"not judged{under}: {counted.contacts:,} of {refusal.jurisdiction} ({ids}):"
            f" {refusal.field}: {counted.reason}",
            err=True,
        )
    for name in sorted(found.words_differ):
        typer.echo(
            f"{name}: the lists of words differ; messages are sealed, so what only one list"
            " objects to is not found",
            err=True,
        )


def _print_recomputed(found: Recomputed) -> None:
    console.print(
        f"{found.verdicts:,} verdicts: {found.same:,} come out as they were given,"
        f" {found.different:,} do not, {found.other_packs.total():,} were given under other packs",
        highlight=False,
        soft_wrap=True,
    )
    for each in found.mismatches:
        typer.echo(f"verdict {each.verdict} ({each.pack}): {'; '.join(each.differs)}", err=True)
    for name, verdicts in sorted(found.other_packs.items()):
        typer.echo(f"not at hand: {name}, {verdicts:,} verdicts", err=True)
