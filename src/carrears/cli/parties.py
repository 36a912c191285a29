"""People on the command line: told what is held about them, and erased at their word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from carrears.cli import app, console, fail, start_django

if TYPE_CHECKING:
    from carrears.conduct.erasure import Ground
    from carrears.parties.models import Party

parties = typer.Typer(help="People: what is held about them, and erasure at their word.")
app.add_typer(parties, name="parties")


@parties.command()
def erase(
    person: Annotated[str, typer.Argument(help="The person's number on the tape, or the token.")],
    reason: Annotated[str, typer.Option(help="Why, as he asked for it; it is kept.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only tell what would stand in the way.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Erase a person: destroy his key, and bar him and what he was reached by for good.

    Refused while a case or his loan runs, collection is held for a dispute, or the law has his
    data kept. Ends with 0 when he is erased (or could be), 1 when something has to be kept.
    """
    start_django()
    from django.conf import settings  # noqa: PLC0415  Django has to be up

    from carrears.clock import local_day, now  # noqa: PLC0415  see above
    from carrears.conduct import erasure  # noqa: PLC0415  see above
    from carrears.conduct.services import ConductError  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    party, moment = find_person(person), now()
    if check:
        day = local_day(moment, settings.TIME_ZONE)
        _answer(party, erasure.grounds_to_keep(party, on=day), done=False, as_json=as_json)
        return
    try:
        done = erasure.erase_subject(party, reason=reason, by=None, at=moment)
    except erasure.KeptError as error:
        _answer(party, error.grounds, done=False, as_json=as_json)
        return
    except ConductError as error:
        raise fail(str(error)) from error
    sequence()
    _answer(party, [], done=done, as_json=as_json)


@parties.command()
def correct(
    person: Annotated[str, typer.Argument(help="The person's number on the tape, or the token.")],
    what: Annotated[str, typer.Option(help="name, id_no, phone, email or address.")],
    reason: Annotated[str, typer.Option(help="How it is known, in words that name nobody.")],
) -> None:
    """Correct what is held about a person; what was wrong and what is right are asked for.

    Not as options: what stands on a command line is seen by others and kept in histories.
    """
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.parties.blind import Kind  # noqa: PLC0415  see above
    from carrears.parties.correcting import CorrectionError, correct_person  # noqa: PLC0415

    party = find_person(person)
    before = typer.prompt("Held now", default="", show_default=False, err=True)
    after = typer.prompt("Right", default="", show_default=False, err=True)
    try:
        if what not in set(Kind):
            raise fail(f"{what!r} is nothing that can be corrected")
        correct_person(
            party, Kind(what), before=before, after=after, reason=reason, by=None, at=now()
        )
    except CorrectionError as error:
        raise fail(str(error)) from error
    sequence()
    console.print("Corrected; what was held before stays in the history, sealed")


@parties.command()
def report(
    person: Annotated[str, typer.Argument(help="The person's number on the tape, or the token.")],
    folder: Annotated[Path, typer.Argument(help="Where report.json and the PDFs are put.")],
    reason: Annotated[str, typer.Option(help="Why, as he asked for it; it is kept.")],
) -> None:
    """Write all that is held about a person, in clear: JSON to take along, and PDFs to read."""
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.rights.document import write_document  # noqa: PLC0415  see above
    from carrears.rights.register import LANGUAGES  # noqa: PLC0415  see above
    from carrears.rights.reporting import report_on  # noqa: PLC0415  see above

    party = find_person(person)
    if not reason.strip():
        raise fail("a reason is needed")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = report_on(party, actor="command line", reason=reason.strip(), at=now())
    sequence()
    keep_private(folder / "report.json", told.as_json().encode())
    for language in LANGUAGES:
        keep_private(folder / f"report-{language}.pdf", write_document(told, language=language))
    console.print(f"The report is in {folder}; it is in clear", highlight=False)


@parties.command("processing-record")
def processing_record(
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """Print the record of processing activities as the code declares it, in Markdown."""
    from carrears.rights.register import LANGUAGES  # noqa: PLC0415  as elsewhere
    from carrears.rights.register import processing_record as told  # noqa: PLC0415  as elsewhere

    if language not in LANGUAGES:
        raise fail(f"{language!r} is not one of {', '.join(LANGUAGES)}")
    typer.echo(told(language), nl=False)


def keep_private(path: Path, content: bytes) -> None:
    """Only for whoever asked: a report is all of a person in clear."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)


def find_person(person: str) -> Party:
    """Who has this number or token; ends where there is nobody."""
    from carrears.parties.models import Party  # noqa: PLC0415  Django has to be up
    from carrears.parties.services import HOUSE  # noqa: PLC0415  see above

    people = Party.objects.exclude(party_no=HOUSE)
    found = people.filter(party_no=person).first()
    if found is None:
        try:
            found = people.filter(token=UUID(person)).first()
        except ValueError:
            found = None
    if found is None:
        raise fail("nobody of this number or token is on record")
    return found


def _answer(party: Party, grounds: list[Ground], *, done: bool, as_json: bool) -> None:
    party.refresh_from_db()
    erased = party.erased_at is not None
    if as_json:
        told = [
            {
                "why": one.why,
                "loan_no": one.loan_no,
                "until": one.until.isoformat() if one.until else None,
                "citation": one.citation,
            }
            for one in grounds
        ]
        report = {"party": str(party.token), "erased": erased, "changed": done, "kept_for": told}
        typer.echo(json.dumps(report, ensure_ascii=False))
    elif grounds:
        for one in grounds:
            console.print(f"kept: {one}", highlight=False, soft_wrap=True)
    elif erased:
        console.print(f"{party.token}: {'erased' if done else 'was erased before'}")
    else:
        console.print(f"{party.token}: nothing stands in the way")
    if grounds:
        raise typer.Exit(1)
