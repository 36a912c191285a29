"""One piece of personal data of a loan in clear, and whose it is."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.http import Http404

from carrears.parties.blind import Kind
from carrears.parties.models import ContactPoint, LoanParty, Party
from carrears.parties.queries import car_of, open_parties


class Clear(NamedTuple):
    """A value, and the person it is of."""

    value: str
    party: Party


def clear_value(loan_no: str, kind: Kind, ref: str) -> Clear:
    """The value that ``ref`` names, if it belongs to the loan.

    ``ref`` is a person's token for names and identity numbers, the number of a contact point,
    or ``car``.

    Raises:
        Http404: the loan has no such thing.
    """
    found = _of_car(loan_no, kind) if kind in {Kind.PLATE, Kind.VIN} else _of(loan_no, kind, ref)
    if found is None or not found.value:
        raise Http404
    return found


def _of_car(loan_no: str, kind: Kind) -> Clear | None:
    car = car_of(loan_no)
    if car is None:
        return None
    owner = LoanParty.objects.select_related("party").filter(loan_no=loan_no, role="obligor")
    return Clear(car.plate if kind is Kind.PLATE else car.vin, owner[0].party)


def _of(loan_no: str, kind: Kind, ref: str) -> Clear | None:
    if kind in {Kind.NAME, Kind.ID_NO}:
        token = _token(ref)
        link = LoanParty.objects.select_related("party").filter(loan_no=loan_no, party=token)
        if not link:
            return None
        person = open_parties([token])[token]
        return Clear(person.name if kind is Kind.NAME else person.id_no, link[0].party)
    point = (
        ContactPoint.objects.select_related("party")
        .filter(
            pk=int(ref) if ref.isascii() and ref.isdigit() and len(ref) < 19 else 0,  # noqa: PLR2004  no larger key
            kind=kind.value,
            party__loans__loan_no=loan_no,
        )
        .first()
    )
    if point is None:
        return None
    person = open_parties([point.party_id])[point.party_id]
    value = next((one.value for one in person.points if one.pk == point.pk), "")
    return Clear(value, point.party)


def _token(ref: str) -> UUID:
    try:
        return UUID(ref)
    except ValueError as error:
        raise Http404 from error
