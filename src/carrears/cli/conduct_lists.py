"""Industry lists on the command line: brought in, added to, listed, removed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from carrears.cli import console, fail, start_django
from carrears.cli.conduct import conduct, parse_day

if TYPE_CHECKING:
    from carrears.conduct.foreign import Algorithm, Form, SaltAt, Scheme
    from carrears.conduct.industry_lists import ListTerms
    from carrears.conduct.models import IndustryList

_SHOWN = 20


@conduct.command("import-list")
def import_list(
    file: Annotated[Path, typer.Argument(help="One value a line, or CSV.", exists=True)],
    name: Annotated[str, typer.Option("--list", help="The list's name.")],
    version: Annotated[
        str | None, typer.Option(help="Its version, as its keeper calls it.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Who keeps it.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it bars; shown with the verdict.")] = None,
    form: Annotated[str, typer.Option(help="e164, digits, national or email.")] = "e164",
    algorithm: Annotated[str, typer.Option(help="sha256, sha1, md5, sm3 or clear.")] = "sha256",
    salt: Annotated[str | None, typer.Option(help="The salt that its keeper publishes.")] = None,
    salt_at: Annotated[str, typer.Option(help="before, after or key (HMAC).")] = "before",
    country: Annotated[str, typer.Option(help="Of national numbers and those in clear.")] = "CN",
    column: Annotated[
        str | None, typer.Option(help="The column of the values, by its header.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Bar only this channel.")] = None,
    product: Annotated[str | None, typer.Option(help="Bar only for this product.")] = None,
    actor: Annotated[
        str | None, typer.Option(help="Bar only this agency; LENDER: own staff.")
    ] = None,
    whole_person: Annotated[
        bool, typer.Option("--whole-person", help="Bar whoever has a listed number altogether.")
    ] = False,
    valid_from: Annotated[str | None, typer.Option("--from", help="The first day.")] = None,
    until: Annotated[str | None, typer.Option(help="The last day.")] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Add to the version in force: what is new or corrected.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring in a list that others keep; it bars at once, and replaces its version before.

    Bad rows are named and kept aside. The same file again changes nothing. Ends with 0, with 1
    when rows were kept aside, with 2 when the file is refused.
    """
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.conduct.industry_lists import ListTerms  # noqa: PLC0415  see above
    from carrears.conduct.services import Scope  # noqa: PLC0415  see above

    moment = now()

    def terms() -> ListTerms:
        return ListTerms(
            name=name,
            version=version or "",
            source=source or "",
            reason=reason or "",
            scheme=_scheme(form, algorithm, salt or "", salt_at, country),
            from_on=parse_day(valid_from, "--from") or moment.date(),
            until_on=parse_day(until, "--until"),
            scope=Scope(channel or "", product or "", actor or ""),
            whole_person=whole_person,
        )

    shared = {"file_name": file.name, "column": column or "", "by": None, "at": moment}
    row, is_new = _bring_in(file, name, None if add else terms, shared, quiet=as_json)
    if _tell(row, file, is_new, as_json=as_json):
        raise typer.Exit(1)


@conduct.command("lists")
def show_lists(
    as_json: Annotated[bool, typer.Option("--json", help="Print one array.")] = False,
) -> None:
    """List the industry lists, the newest version of each first."""
    start_django()
    from carrears.conduct.models import IndustryList  # noqa: PLC0415  Django has to be up

    rows = list(IndustryList.objects.all())
    if as_json:
        typer.echo(json.dumps([_summary(row) for row in rows], ensure_ascii=False))
        return
    table = Table("list", "version", "state", "kept by", "from", "until", "entries", "kept aside")
    for row in rows:
        aside = row.rejects.filter(corrected_at=None).count()
        table.add_row(
            row.name, row.version, row.state, row.source, str(row.from_on),
            str(row.until_on or "–"), f"{row.entries:,}", f"{aside:,}",
        )  # fmt: skip
    console.print(table)


@conduct.command("list-rejects")
def list_rejects(
    name: Annotated[str, typer.Argument(help="The list's name.")],
    out: Annotated[Path, typer.Option(help="The file to write, CSV.")],
) -> None:
    """Write the rows of a list that were kept aside, to be corrected and brought in by --add."""
    start_django()
    from carrears.conduct.list_rejects import write_corrections  # noqa: PLC0415  Django is up

    row = _in_force(name)
    with out.open("w", encoding="utf-8", newline="") as file:
        count = write_corrections(row, file)
    console.print(f"{count:,} rows of {row} are in {out}", highlight=False)


@conduct.command("remove-list")
def remove_list(
    name: Annotated[str, typer.Argument(help="The list's name.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
) -> None:
    """Take an industry list out of force; what it listed is dropped, that it was stays."""
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.conduct import industry_lists as lists  # noqa: PLC0415  see above
    from carrears.conduct.services import ConductError  # noqa: PLC0415  see above

    row = _in_force(name)
    try:
        lists.remove_list(row, reason=reason, by=None, at=now())
    except ConductError as error:
        raise fail(str(error)) from error
    _seal()
    console.print(f"{row} bars nobody any more", highlight=False)


def _bring_in(
    file: Path,
    name: str,
    terms: Callable[[], ListTerms] | None,
    shared: dict[str, Any],
    *,
    quiet: bool,
) -> tuple[IndustryList, bool]:
    """Bring the file in on these terms, or add it to the version in force where there are none."""
    from carrears.conduct import industry_lists as lists  # noqa: PLC0415  Django has to be up
    from carrears.conduct.foreign import SchemeError  # noqa: PLC0415  see above
    from carrears.conduct.list_files import ListFileError  # noqa: PLC0415  see above
    from carrears.conduct.services import ConductError  # noqa: PLC0415  see above

    try:
        with file.open("rb") as stream, _progress(quiet=quiet) as progress:
            if terms is None:
                found = lists.add_to_list(stream, name, **shared, progress=progress)
            else:
                found = lists.import_list(stream, terms(), **shared, progress=progress)
    except (ConductError, SchemeError, ListFileError, OSError) as error:
        raise fail(f"{file.name}: {error}", code=2) from error
    _seal()
    return found


def _in_force(name: str) -> IndustryList:
    from carrears.conduct.models import IndustryList, ListState  # noqa: PLC0415  Django is up

    row = IndustryList.objects.filter(name=name, state=ListState.LIVE).first()
    if row is None:
        raise fail(f"no list {name!r} is in force")
    return row


def _scheme(form: str, algorithm: str, salt: str, salt_at: str, country: str) -> Scheme:
    from carrears.conduct.foreign import Scheme  # noqa: PLC0415  help needs none

    return Scheme(
        form=cast("Form", form),
        algorithm=cast("Algorithm", algorithm),
        salt=salt,
        salt_at=cast("SaltAt", salt_at),
        country=country,
    )


def _seal() -> None:
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up

    sequence()


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[int], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.fields[rows]} rows"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("", total=None, rows="0")
        yield lambda rows: bar.update(task, rows=f"{rows:,}")


def _aside(row: IndustryList, file_name: str) -> list[dict[str, Any]]:
    """The rows that this file left aside."""
    rejects = row.rejects.filter(corrected_at=None).order_by("pk")
    if row.added:
        rejects = rejects.filter(file_name__endswith=f" +{len(row.added)}")
    kept = rejects.values_list("row_no", "field", "reason")
    return [
        {"file": file_name, "row": number, "field": field, "reason": reason}
        for number, field, reason in kept
    ]


def _summary(row: IndustryList) -> dict[str, Any]:
    def day(value: date | None) -> str | None:
        return value.isoformat() if value else None

    return {
        "list": row.name,
        "version": row.version,
        "state": row.state,
        "source": row.source,
        "from": day(row.from_on),
        "until": day(row.until_on),
        "rows": row.rows,
        "entries": row.entries,
        "twice": row.twice,
        "known_before": row.known,
    }


def _report(row: IndustryList, is_new: bool, aside: list[dict[str, Any]]) -> dict[str, Any]:
    return {**_summary(row), "changed": is_new, "kept_aside": aside}


def _tell(row: IndustryList, file: Path, is_new: bool, *, as_json: bool) -> int:
    """Say what was brought in; how many rows were kept aside."""
    aside = _aside(row, file.name) if is_new else []
    if as_json:
        typer.echo(json.dumps(_report(row, is_new, aside), ensure_ascii=False))
    else:
        _print(row, file, is_new, aside)
    return len(aside)


def _print(row: IndustryList, file: Path, is_new: bool, aside: list[dict[str, Any]]) -> None:
    if not is_new:
        console.print(f"{file.name}: known as {row} ({row.state}); nothing changed")
        return
    console.print(
        f"{row}: {row.entries:,} entries in force; {row.twice:,} came twice,"
        f" {len(aside):,} kept aside",
        highlight=False,
    )
    for one in aside[:_SHOWN]:
        console.print(
            f"{one['file']}, row {one['row']}, {one['field']}: {one['reason']}",
            highlight=False,
            soft_wrap=True,
        )
    if len(aside) > _SHOWN:
        console.print(f"… and {len(aside) - _SHOWN:,} more", highlight=False)
