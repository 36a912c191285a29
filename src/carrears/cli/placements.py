"""Place debtors with an agency and call them back, on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from carrears.cli import app, console, fail, start_django
from carrears.cli.conduct import parse_day
from carrears.clock import now

if TYPE_CHECKING:
    from carrears.access.models import Organisation

placements = typer.Typer(help="Place debtors with an agency, and call them back.")
app.add_typer(placements, name="placements")

_Agency = Annotated[str, typer.Argument(help="The agency's key.")]
_Loans = Annotated[list[str], typer.Argument(help="Loans whose debtors are meant.")]


@placements.command()
def place(
    agency: _Agency,
    loan: _Loans,
    first: Annotated[str | None, typer.Option("--from", help="The first day; else today.")] = None,
    last: Annotated[str | None, typer.Option("--until", help="The last day; else open.")] = None,
) -> None:
    """Place the debtors of these loans, with all their cases, with an agency."""
    start_django()
    from carrears.access.organisations import access_day  # noqa: PLC0415  Django has to be up
    from carrears.casework.placements import place_debtors  # noqa: PLC0415  see above
    from carrears.casework.services import CaseworkError  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    moment = now()
    try:
        made = place_debtors(
            _debtors(loan),
            agency=_agency(agency),
            from_on=parse_day(first, "--from") or access_day(moment),
            until_on=parse_day(last, "--until"),
            by=None,
            at=moment,
        )
    except CaseworkError as error:
        raise fail(str(error)) from error
    sequence()
    console.print(f"{len(made):,} debtors are with {agency} from {made[0].from_on}.")


@placements.command()
def recall(
    agency: _Agency,
    loan: _Loans,
    reason: Annotated[str, typer.Option(help="Why; it stands in the case.")],
) -> None:
    """Call the debtors of these loans back from an agency, at once."""
    start_django()
    from carrears.access.organisations import access_day  # noqa: PLC0415  Django has to be up
    from carrears.casework.placements import placements_on  # noqa: PLC0415  see above
    from carrears.casework.placements import recall as call_back  # noqa: PLC0415  see above
    from carrears.casework.services import CaseworkError  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    moment = now()
    found = placements_on(access_day(moment)).filter(
        agency=_agency(agency), obligor_no__in=_debtors(loan)
    )
    placed = list(found)
    if not placed:
        raise fail(f"nothing of these loans is with {agency}")
    try:
        call_back(placed, reason=reason, by=None, at=moment)
    except CaseworkError as error:
        raise fail(str(error)) from error
    sequence()
    console.print(f"{len(placed):,} debtors are back from {agency}.")


def _agency(key: str) -> Organisation:
    from carrears.access.models import Kind, Organisation  # noqa: PLC0415  Django has to be up

    found = Organisation.objects.filter(key=key, kind=Kind.AGENCY).first()
    if found is None:
        raise fail(f"no agency {key!r}")
    return found


def _debtors(loans: list[str]) -> list[str]:
    from carrears.casework.models import Case  # noqa: PLC0415  Django has to be up

    known = dict(
        Case.objects.filter(loan_no__in=loans).order_by("pk").values_list("loan_no", "obligor_no")
    )
    if lacking := [loan for loan in loans if not known.get(loan)]:
        raise fail(f"no case of loan {lacking[0]!r} with a debtor")
    return sorted(set(known.values()))
