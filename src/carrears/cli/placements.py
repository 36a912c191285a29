"""Place debtors with agencies, one by one or in batches, and call them back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carrears.cli import app, console, fail, start_django
from carrears.cli.conduct import parse_day
from carrears.clock import now

if TYPE_CHECKING:
    from carrears.access.models import Organisation
    from carrears.agencies.models import Batch, Placing

placements = typer.Typer(help="Place debtors with agencies, and call them back.")
app.add_typer(placements, name="placements")

_Agency = Annotated[str, typer.Argument(help="The agency's key.")]
_Placing = Annotated[int, typer.Argument(help="The number of a proposal.")]
_Batch = Annotated[int, typer.Argument(help="The number of a batch.")]
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


@placements.command()
def propose(
    first: Annotated[str | None, typer.Option("--from", help="The first day; else today.")] = None,
) -> None:
    """Propose batches by the rules of placing.yaml; nobody is placed before it is approved."""
    start_django()
    from carrears.access.organisations import access_day  # noqa: PLC0415  Django has to be up
    from carrears.agencies.proposing import propose as make  # noqa: PLC0415  see above
    from carrears.casework.placing_rules import PlacingRulesError  # noqa: PLC0415  see above
    from carrears.casework.services import CaseworkError  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    moment = now()
    try:
        first_on = parse_day(first, "--from") or access_day(moment)
        placing = make(first_on=first_on, by=None, at=moment)
    except (CaseworkError, PlacingRulesError) as error:
        raise fail(str(error)) from error
    sequence()
    _show(placing)


@placements.command()
def preview(placing: _Placing) -> None:
    """Show what a proposal would place, and whom it takes out and why."""
    start_django()
    _show(_placing(placing))


@placements.command()
def approve(placing: _Placing) -> None:
    """Approve a proposal for the house, and place it."""
    start_django()
    from carrears.agencies.approving import approve as agree  # noqa: PLC0415  Django has to be up
    from carrears.agencies.approving import place_lines  # noqa: PLC0415  see above
    from carrears.casework.services import CaseworkError  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    try:
        place_lines(agree(_placing(placing), by=None, at=now()), at=now())
    except CaseworkError as error:
        raise fail(str(error)) from error
    sequence()
    _show(_placing(placing))


@placements.command()
def refuse(
    placing: _Placing,
    reason: Annotated[str, typer.Option(help="Why nobody of it is placed.")],
) -> None:
    """Refuse a proposal; nobody of it is placed."""
    start_django()
    from carrears.agencies.approving import refuse as decline  # noqa: PLC0415  Django has to be up
    from carrears.casework.services import CaseworkError  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    try:
        decline(_placing(placing), reason=reason, by=None, at=now())
    except CaseworkError as error:
        raise fail(str(error)) from error
    sequence()
    console.print(f"Proposal {placing} is refused.")


@placements.command()
def terms() -> None:
    """Keep, return and call back by the rules what is due today; the worker does it each hour."""
    start_django()
    from carrears.agencies.terms import end_terms  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    done = end_terms(at=now())
    sequence()
    console.print(", ".join(f"{name} {many:,}" for name, many in done.items()) + ".")


@placements.command()
def extend(
    batch: _Batch,
    last: Annotated[str, typer.Option("--until", help="The new last day.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the cases.")],
) -> None:
    """Let an agency have those of a batch longer whom it still has."""
    start_django()
    from carrears.agencies.terms import extend_batch  # noqa: PLC0415  Django has to be up
    from carrears.casework.services import CaseworkError  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    until_on = parse_day(last, "--until")
    assert until_on is not None  # noqa: S101  it is required
    try:
        many = extend_batch(_batch(batch), until_on=until_on, reason=reason, by=None, at=now())
    except CaseworkError as error:
        raise fail(str(error)) from error
    sequence()
    console.print(f"{many:,} debtors of batch {batch} stay until {until_on}.")


@placements.command()
def recall_batch(
    batch: _Batch,
    reason: Annotated[str, typer.Option(help="Why; it stands in the cases.")],
) -> None:
    """Call back at once whoever of a batch is with its agency."""
    start_django()
    from carrears.agencies.terms import recall_batch as call_back  # noqa: PLC0415  Django is up
    from carrears.casework.services import CaseworkError  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    try:
        many = call_back(_batch(batch), reason=reason, by=None, at=now())
    except CaseworkError as error:
        raise fail(str(error)) from error
    sequence()
    console.print(f"{many:,} debtors of batch {batch} are back.")


@placements.command()
def statement(
    agency: _Agency,
    first: Annotated[str, typer.Option("--from", help="The first day of payment.")],
    last: Annotated[str, typer.Option("--until", help="The last day of payment.")],
) -> None:
    """Print as CSV what we owe an agency for payments of a period."""
    start_django()
    from carrears.workbench.queries.settlements import statement_list  # noqa: PLC0415  Django is up

    begin, end = parse_day(first, "--from"), parse_day(last, "--until")
    assert begin is not None  # noqa: S101  it is required
    assert end is not None  # noqa: S101  it is required
    for line in statement_list(_agency(agency), begin, end).csv_lines():
        typer.echo(line.rstrip("\r\n").lstrip("\ufeff"))


@placements.command()
def invoice(
    agency: _Agency,
    path: Annotated[Path, typer.Argument(help="The invoice as CSV.", exists=True, dir_okay=False)],
    number: Annotated[str, typer.Option(help="The invoice's number.")],
    first: Annotated[str, typer.Option("--from", help="The first day of payment.")],
    last: Annotated[str, typer.Option("--until", help="The last day of payment.")],
    currency: Annotated[str, typer.Option(help="Its currency.")] = "CNY",
) -> None:
    """Hold an agency's invoice against our statement, line by line."""
    start_django()
    from carrears.agencies.invoices import take_invoice, verdict_sums  # noqa: PLC0415  Django is up
    from carrears.agencies.row_files import RowFileError  # noqa: PLC0415  see above
    from carrears.casework.services import CaseworkError  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.money import to_major  # noqa: PLC0415  see above

    begin, end = parse_day(first, "--from"), parse_day(last, "--until")
    assert begin is not None  # noqa: S101  it is required
    assert end is not None  # noqa: S101  it is required
    try:
        taken = take_invoice(
            path.read_bytes(),
            agency=_agency(agency),
            number=number,
            first=begin,
            last=end,
            currency=currency,
            file_name=path.name,
            by=None,
            at=now(),
        )
    except (CaseworkError, RowFileError) as error:
        raise fail(str(error)) from error
    sequence()
    for one in verdict_sums(taken):
        console.print(
            f"{one.verdict}: {one.lines:,} lines, claimed {to_major(one.claimed, currency):,}, "
            f"by our ledger {to_major(one.ours, currency):,} {currency}."
        )
    for row in taken.rejects.all():
        told = "; ".join(f"{field}: {why}" for field, why in row.errors)
        console.print(f"{path.name}, row {row.row_no}: {told}", markup=False)


def _batch(number: int) -> Batch:
    from carrears.agencies.models import Batch  # noqa: PLC0415  Django has to be up

    found = Batch.objects.filter(pk=number).first()
    if found is None:
        raise fail(f"no batch {number}")
    return found


def _placing(number: int) -> Placing:
    from carrears.agencies.models import Placing  # noqa: PLC0415  Django has to be up

    found = Placing.objects.filter(pk=number).first()
    if found is None:
        raise fail(f"no proposal {number}")
    return found


def _show(placing: Placing) -> None:
    from carrears.agencies.queries import batch_sums, taken_out_sums  # noqa: PLC0415  see above
    from carrears.money import to_major  # noqa: PLC0415  every command reads this

    console.print(f"Proposal {placing.pk}, {placing.state}, from {placing.first_on}.")
    for one in batch_sums(placing):
        console.print(
            f"Batch {one.batch} to {one.agency} ({one.rule}) until {one.until_on}: "
            f"{one.people:,} debtors, {one.loans:,} loans, "
            f"{to_major(one.arrears, one.currency):,} {one.currency}; placed {one.placed:,}."
        )
    for out in taken_out_sums(placing):
        console.print(
            f"Taken out, {out.why}: {out.people:,} debtors, "
            f"{to_major(out.arrears, out.currency):,} {out.currency}."
        )


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
