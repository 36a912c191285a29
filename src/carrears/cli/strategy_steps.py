"""Strategies by command: bring a draft in, submit it, approve it as somebody else, roll back.

Whoever has the machine names the person who acts; the person needs the permission, and the
evidence log keeps the name.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carrears.cli import console, fail, start_django
from carrears.cli.strategy import refusals, strategy

if TYPE_CHECKING:
    from carrears.access.models import User

By = Annotated[str, typer.Option(help="The user who does it, and who needs the permission.")]
DraftId = Annotated[int, typer.Argument(help="The draft's number.")]


@strategy.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="NAME.jdm.json, with NAME.facts.yaml beside it.")],
    title: Annotated[str, typer.Option(help="What the draft is about.")],
    by: By,
) -> None:
    """Take a graph and its facts in as a draft of the strategy that the file is named after."""
    user = acting(by, "strategy.add_draft")
    from carrears.clock import now  # noqa: PLC0415  with the command
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.outreach.template_book import words_of_house  # noqa: PLC0415  see above
    from carrears.strategy.drafts import check_draft, import_draft  # noqa: PLC0415  see above
    from carrears.strategy.files import load_strategy  # noqa: PLC0415  see above
    from carrears.strategy.services import has_strategy  # noqa: PLC0415  see above

    with refusals():
        read = load_strategy(file)
        if not has_strategy(read.name):
            raise fail(f"no strategy is called {read.name}; the file has to be named after one")
        draft = import_draft(
            read.name, title=title, document=read.source, facts=read.declared, by=user, at=now()
        )
        sequence()
    fault = check_draft(draft, house=words_of_house())
    typer.echo(draft.pk)
    _say(
        f"draft:{draft.pk} of {draft.name}" + (f"; it cannot decide yet: {fault}" if fault else "")
    )


@strategy.command()
def submit(
    draft: DraftId,
    reason: Annotated[str, typer.Option(help="Why the strategy changes.")],
    from_: Annotated[str, typer.Option("--from", help="The first day it decides, YYYY-MM-DD.")],
    by: By,
) -> None:
    """Ask for a second person's approval."""
    day = _day(from_)
    user = acting(by, "strategy.change_draft")
    from carrears.clock import now  # noqa: PLC0415  with the command
    from carrears.evidence.services import sequence  # noqa: PLC0415  Django has to be up
    from carrears.outreach.template_book import words_of_house  # noqa: PLC0415  see above
    from carrears.strategy.drafts import submit_draft  # noqa: PLC0415  see above

    with refusals():
        sent = submit_draft(
            draft,
            effective_on=day,
            reason=reason,
            by=user,
            at=now(),
            house=words_of_house(),
        )
        sequence()
    version = sent.version.version if sent.version else ""
    _say(f"draft:{draft} waits for approval as version {version}, to decide from {day} on")


@strategy.command()
def approve(
    draft: DraftId,
    by: By,
    reason: Annotated[str | None, typer.Option(help="What speaks for it.")] = None,
) -> None:
    """Publish a submitted draft; only somebody who did not work on it can."""
    user = acting(by, "strategy.approve_draft")
    from carrears.clock import now  # noqa: PLC0415  with the command
    from carrears.dayrun.decided import first_undecided_day  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.strategy.drafts import approve_draft  # noqa: PLC0415  see above

    with refusals():
        publication = approve_draft(
            draft, reason=reason or "", by=user, at=now(), not_before=first_undecided_day()
        )
        sequence()
    _say(f"version {publication.version.version} decides from {publication.effective_on} on")


@strategy.command()
def rollback(
    version: Annotated[str, typer.Argument(help="A version that was in force; 8 digits do.")],
    reason: Annotated[str, typer.Option(help="Why; it stays for the auditor.")],
    by: By,
    from_: Annotated[
        str | None, typer.Option("--from", help="The first day it decides again, YYYY-MM-DD.")
    ] = None,
    name: Annotated[str, typer.Option(help="The strategy's name.")] = "treatment",
) -> None:
    """Put a version that was in force before back into force."""
    asked = _day(from_) if from_ else None
    user = acting(by, "strategy.roll_back")
    from carrears.clock import now  # noqa: PLC0415  with the command
    from carrears.dayrun.decided import first_undecided_day  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.strategy.drafts import roll_back  # noqa: PLC0415  see above
    from carrears.strategy.services import find_version  # noqa: PLC0415  see above

    with refusals():
        first = first_undecided_day()
        publication = roll_back(
            find_version(version, name=name),
            effective_on=asked or first,
            reason=reason,
            by=user,
            at=now(),
            not_before=first,
        )
        sequence()
    _say(f"version {publication.version.version} decides from {publication.effective_on} on")


def acting(username: str, permission: str) -> User:
    """The user who acts, who has to have the permission."""
    start_django()
    from carrears.access.models import User  # noqa: PLC0415  Django has to be up

    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise fail(f"no active user {username!r}")
    if not user.has_perm(permission):
        raise fail(f"{username} lacks the permission {permission}")
    return user


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day; write YYYY-MM-DD") from error


def _say(text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
