"""Message templates by command: list, show, check a file, take one in as a draft, write one out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carrears.cli import app, console, fail, start_django
from carrears.cli.strategy_steps import acting

if TYPE_CHECKING:
    from carrears.outreach.templates import TemplateFile

templates = typer.Typer(help="Message templates.")
app.add_typer(templates, name="templates")
Key = Annotated[str, typer.Argument(help="The template's key.")]
File = Annotated[Path, typer.Argument(help="A template as YAML.")]
Number = Annotated[int | None, typer.Option(help="A version's number; else what is sent.")]


@templates.command("list")
def show_all() -> None:
    """Print each template with what is sent by it, one a line as JSON."""
    start_django()
    from carrears.outreach.template_book import (  # noqa: PLC0415  Django is up
        keys_of_house,
        templates_in_force,
    )
    from carrears.outreach.templates import Template  # noqa: PLC0415  see above

    for key, one in templates_in_force(keys_of_house()).items():
        told = (
            {"number": one.number, "channel": one.channel, "languages": list(one.locales)}
            if isinstance(one, Template)
            else {"problem": str(one)}
        )
        typer.echo(json.dumps({"key": key, **told}, ensure_ascii=False))


@templates.command()
def show(key: Key, number: Number = None) -> None:
    """Print a version's words as YAML."""
    typer.echo(_yaml(_words(key, number)), nl=False)


@templates.command()
def export(
    key: Key,
    file: Annotated[Path, typer.Argument(help="Where to; what lies there is not overwritten.")],
    number: Number = None,
) -> None:
    """Write a version's words to a file, which import and a home take."""
    if file.exists():
        raise fail(f"{file} is there already")
    file.write_text(_yaml(_words(key, number)), encoding="utf-8")
    console.print(f"{key} is in {file}", highlight=False)


@templates.command()
def check(file: File) -> None:
    """Print what the rules say of a file's words; ends with 1 where nobody may let them go."""
    start_django()
    from carrears.outreach.template_faults import prohibited  # noqa: PLC0415  Django is up
    from carrears.outreach.template_versions import faults_of  # noqa: PLC0415  see above

    found = faults_of(_read(file))
    for one in found:
        typer.echo(f"{'prohibited' if one.is_prohibited else 'review'}: {one}")
    if prohibited(found):
        raise typer.Exit(1)


@templates.command("import")
def take_in(
    file: File,
    by: Annotated[str, typer.Option(help="The user who does it, and who needs the permission.")],
) -> None:
    """Take a file in as a draft of the template that it names."""
    user = acting(by, "outreach.add_templateversion")
    from carrears.clock import now  # noqa: PLC0415  with the command
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django is up
    from carrears.outreach.template_versions import (  # noqa: PLC0415  see above
        TemplateRefusal,
        faults_of,
        open_template,
    )

    words = _read(file)
    try:
        draft = open_template(words.key, words=words, by=user, at=now())
    except TemplateRefusal as error:
        raise fail(str(error)) from error
    sequence()
    for one in faults_of(words):
        typer.echo(f"review: {one}")
    console.print(f"{words.key} has a draft, version {draft.number}", highlight=False)


def _read(file: Path) -> TemplateFile:
    from carrears.outreach.templates import TemplateError, read_file  # noqa: PLC0415  Django is up

    try:
        return read_file(file.name, file.read_bytes())
    except (OSError, TemplateError) as error:
        raise fail(str(error)) from error


def _words(key: str, number: int | None) -> TemplateFile:
    start_django()
    from carrears.outreach.template_book import template_in_force  # noqa: PLC0415  Django is up
    from carrears.outreach.template_models import TemplateVersion  # noqa: PLC0415  see above
    from carrears.outreach.template_versions import row_words, words_of  # noqa: PLC0415  see above
    from carrears.outreach.templates import TemplateError  # noqa: PLC0415  see above

    if number is not None:
        row = TemplateVersion.objects.filter(key=key, number=number).first()
        if row is not None:
            return row_words(row)
    try:
        found = template_in_force(key)
    except TemplateError as error:
        raise fail(str(error)) from error
    if number not in {None, found.number}:
        raise fail(f"there is no version {number} of {key}")
    return words_of(found)


def _yaml(words: TemplateFile) -> str:
    import yaml  # noqa: PLC0415  with the command

    told = words.model_dump(mode="json")
    told["variables"] = dict(sorted((words.variables or {}).items()))  # as a version keeps no order
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=100)
