"""Strategies: check the compiled form; list, show, compare and export what is kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from carrears.cli import app, console, fail, start_django

if TYPE_CHECKING:
    from carrears.strategy.difference import Difference
    from carrears.strategy.jdm import TableNode
    from carrears.strategy.references import Found

strategy = typer.Typer(help="Decision tables and their graphs.")
app.add_typer(strategy, name="strategy")


@strategy.command()
def check(
    file: Annotated[Path, typer.Argument(help="JSON lines: expressions, or graphs with cases.")],
) -> None:
    """Compile each line, run it in DuckDB and hold it against its answers and zen-engine."""
    from carrears.strategy.checking import check_file  # noqa: PLC0415  loads DuckDB

    counts: Counter[str] = Counter()
    faults = 0
    try:
        for outcome in check_file(file):
            counts[outcome.verdict] += 1
            faults += outcome.is_fault
            typer.echo(json.dumps(outcome.as_json(), ensure_ascii=False))
            if outcome.is_fault:
                console.print(
                    f"{file}: {outcome.reason}", highlight=False, markup=False, soft_wrap=True
                )
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror or error}") from error
    shown = ", ".join(f"{counts[word]:,} {word}" for word in ("equal", "different", "refused"))
    console.print(f"{file}: {shown}", highlight=False, markup=False, soft_wrap=True)
    if counts["different"] or faults:
        raise typer.Exit(1)


@strategy.command("list")
def list_strategies(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """What decides now, since when and by whose approval, and which drafts there are."""
    start_django()
    from carrears.dayrun.decided import standing_of  # noqa: PLC0415  Django has to be up
    from carrears.strategy.services import strategy_names  # noqa: PLC0415  see above

    with refusals():
        standings = [standing_of(name) for name in strategy_names()]
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in standings], default=_plain))
        return
    for one in standings:
        since = f" since {one.since}" if one.since else ", from its file"
        approved = f", approved by {one.approved_by}" if one.approved_by else ""
        _say(f"{one.name}: {one.version[:12]}{since}{approved}")
        for draft in one.drafts:
            day = f", from {draft.effective_on} on" if draft.effective_on else ""
            _say(f"  draft:{draft.id} {draft.state}, by {draft.author}{day}: {draft.title}")


@strategy.command()
def show(
    name: Annotated[str, typer.Argument(help="The strategy's name.")] = "treatment",
    which: Annotated[str, typer.Option(help="A version, draft:ID or a file.")] = "in-force",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what happens to whom: the rules of each table, from above."""
    start_django()
    with refusals():
        found = _find(name, which)
        tables = _tables(found)
    if as_json:
        declared = {one: fact.model_dump(mode="json") for one, fact in found.facts.items()}
        whole = {"name": name, "title": found.title, "document": found.raw, "facts": declared}
        typer.echo(json.dumps(whole, ensure_ascii=False))
        return
    _say(f"{name}: {found.title}")
    for table in tables:
        console.print(_rules(table))


@strategy.command()
def export(
    out: Annotated[Path, typer.Option(help="The folder to write the two files into.")],
    name: Annotated[str, typer.Argument(help="The strategy's name.")] = "treatment",
    which: Annotated[str, typer.Option(help="A version, draft:ID or a file.")] = "in-force",
) -> None:
    """Write a graph and its facts as the files that `import` reads."""
    start_django()
    from carrears.strategy.files import write_strategy  # noqa: PLC0415  with the command

    with refusals():
        found = _find(name, which)
        for path in write_strategy(out, name, found.raw, found.facts):
            _say(f"{path}")


@strategy.command()
def diff(
    before: Annotated[str, typer.Argument(help="A version, draft:ID, in-force or a file.")],
    after: Annotated[str, typer.Argument(help="The same.")],
    name: Annotated[str, typer.Option(help="The strategy's name.")] = "treatment",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """What changed from one graph to another, rule by rule and cell by cell."""
    start_django()
    from carrears.strategy.difference import compare  # noqa: PLC0415  with the command

    with refusals():
        old, new = _find(name, before), _find(name, after)
        changes = compare(old.document, new.document)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in changes], ensure_ascii=False))
        return
    _say(f"{name}: {old.title} → {new.title}")
    for change in changes:
        _say(f"  {_in_words(change)}")
    if not changes:
        _say("  no change")


@contextmanager
def refusals() -> Iterator[None]:
    """What a strategy, a draft or a file refuses is said in its own words."""
    from carrears.strategy.drafts import DraftError  # noqa: PLC0415  Django has to be up
    from carrears.strategy.errors import StrategyError  # noqa: PLC0415  see above
    from carrears.strategy.models import Draft  # noqa: PLC0415  see above
    from carrears.strategy.services import UnknownVersionError  # noqa: PLC0415  see above

    try:
        yield
    except (StrategyError, DraftError, UnknownVersionError, Draft.DoesNotExist) as error:
        raise fail(escape(str(error))) from error
    except OSError as error:
        raise fail(f"{error.filename}: {error.strerror or error}") from error


def _find(name: str, called: str) -> Found:
    from carrears.dayrun.decided import first_undecided_day  # noqa: PLC0415  Django has to be up
    from carrears.strategy.references import find_graph  # noqa: PLC0415  see above

    return find_graph(name, called, on=first_undecided_day())


def _tables(found: Found) -> list[TableNode]:
    from carrears.strategy.jdm import TableNode  # noqa: PLC0415  with the command

    return [node for node in found.document.nodes if isinstance(node, TableNode)]


def _rules(node: TableNode) -> Table:
    from carrears.strategy.jdm import node_label, rule_id  # noqa: PLC0415  with the command

    table = Table(title=escape(node_label(node)), title_justify="left")
    for head in ("rule", "in words", "when", "then"):
        table.add_column(head, overflow="fold")
    for row, rule in enumerate(node.content.rules):
        sides = [
            [f"{c.field or ''} {rule[c.id]}".strip() for c in columns if rule.get(c.id)]
            for columns in (node.content.inputs, node.content.outputs)
        ]
        when, then = (", ".join(side) for side in sides)
        words = rule.get("_description", "")
        table.add_row(*map(escape, (rule_id(node, row), words, when or "always", then)))
    return table


def _in_words(change: Difference) -> str:
    place = " ".join(part for part in (change.node, change.rule, change.column) if part)
    cells = f": {change.before or '∅'} → {change.after or '∅'}"
    return f"{change.change} {place}{cells if change.before or change.after else ''}"


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} does not go into JSON")


def _say(text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
