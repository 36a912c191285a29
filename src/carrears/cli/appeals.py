"""Automated decisions on the command line: appealed against, and explained in plain words."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carrears.cli import console, fail, start_django
from carrears.cli.parties import find_person, keep_private, parties

if TYPE_CHECKING:
    from carrears.rights.models import RightsRequest

_Person = Annotated[str, typer.Argument(help="The person's number on the tape, or the token.")]
_Loan = Annotated[str, typer.Argument(help="The loan whose case is contested.")]
_Channel = Annotated[
    str, typer.Option(help="phone, email, letter, web, in_person, message or regulator.")
]
_Proof = Annotated[
    str,
    typer.Option(help="id_document, called_back, signed_letter, power or authority."),
]
_Received = Annotated[
    datetime | None,
    typer.Option(help="When it came in, UTC; now where it is not told."),
]


@parties.command()
def appeal(
    person: _Person,
    loan_no: _Loan,
    channel: _Channel = "letter",
    proof: _Proof = "signed_letter",
    received_at: _Received = None,
) -> None:
    """Register a person's appeal against what was decided about a case; his words are asked for.

    Nothing that presses harder begins from now on, until somebody has judged it on the screens.
    """
    start_django()
    words = typer.prompt("In the person's words", default="", show_default=False, err=True)
    kept = _register(person, loan_no, "appeal", words, channel, proof, received_at)
    due = f", due by {kept.due_on}" if kept.due_on else ""
    console.print(f"Appeal {kept.pk} is registered{due}", highlight=False)


@parties.command()
def explain(
    person: _Person,
    loan_no: _Loan,
    folder: Annotated[Path, typer.Argument(help="Where explanation.json and the PDFs are put.")],
    channel: _Channel = "letter",
    proof: _Proof = "signed_letter",
    received_at: _Received = None,
) -> None:
    """Register that a person asks why a case is treated so, and write the answer, in clear."""
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.rights.explaining import LANGUAGES, write_explanation  # noqa: PLC0415  see above
    from carrears.rights.request_steps import hand_out_explanation  # noqa: PLC0415  see above

    kept = _register(person, loan_no, "explanation", "", channel, proof, received_at)
    key = f"cli:{uuid.uuid4()}"
    told = hand_out_explanation(kept, as_format="json", by=None, key=key, at=now())
    sequence()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keep_private(folder / "explanation.json", told.as_json().encode())
    for language in LANGUAGES:
        pdf = write_explanation(told, language=language)
        keep_private(folder / f"explanation-{language}.pdf", pdf)
    console.print(
        f"Request {kept.pk}: the explanation is in {folder}; close it once it is handed over",
        highlight=False,
    )


def _register(
    person: str,
    loan_no: str,
    kind: str,
    words: str,
    channel: str,
    proof: str,
    received_at: datetime | None,
) -> RightsRequest:
    from carrears.casework.models import Case, CaseState  # noqa: PLC0415  Django has to be up
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.rights.errors import RightsError  # noqa: PLC0415  see above
    from carrears.rights.requests import RequestWanted, register_request  # noqa: PLC0415

    party = find_person(person)
    case = Case.objects.filter(loan_no=loan_no, state=CaseState.OPEN).first()
    if case is None:
        raise fail(f"no case of loan {loan_no} is open")
    try:
        kept = register_request(
            RequestWanted(
                key=f"cli:{uuid.uuid4()}",
                party=party,
                loan_no=loan_no,
                case=case,
                kind=kind,
                channel=channel,
                proof=proof,
                received_at=received_at.replace(tzinfo=UTC) if received_at else now(),
                text=words,
            )
        )
    except RightsError as error:
        raise fail(str(error)) from error
    sequence()
    return kept
