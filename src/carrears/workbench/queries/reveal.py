"""One piece of personal data of a loan in clear."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from carrears.parties.blind import Kind
from carrears.parties.models import ContactPoint, LoanParty
from carrears.parties.queries import car_of, open_parties


def clear_value(loan_no: str, kind: Kind, ref: str) -> str:
    """The value that ``ref`` names, if it belongs to the loan.

    ``ref`` is a person's token for names and identity numbers, the number of a contact point,
    or ``car``.

    Raises:
        Http404: the loan has no such thing.
    """
    value = _of_car(loan_no, kind) if kind in {Kind.PLATE, Kind.VIN} else _of(loan_no, kind, ref)
    if not value:
        raise Http404
    return value


def _of_car(loan_no: str, kind: Kind) -> str:
    car = car_of(loan_no)
    if car is None:
        return ""
    return car.plate if kind is Kind.PLATE else car.vin


def _of(loan_no: str, kind: Kind, ref: str) -> str:
    if kind in {Kind.NAME, Kind.ID_NO}:
        token = _token(ref)
        if not LoanParty.objects.filter(loan_no=loan_no, party=token).exists():
            raise Http404
        person = open_parties([token])[token]
        return person.name if kind is Kind.NAME else person.id_no
    point = ContactPoint.objects.filter(
        pk=int(ref) if ref.isascii() and ref.isdigit() and len(ref) < 19 else 0,  # noqa: PLR2004  no larger key
        kind=kind.value,
        party__loans__loan_no=loan_no,
    ).first()
    if point is None:
        raise Http404
    person = open_parties([point.party_id])[point.party_id]
    return next((one.value for one in person.points if one.pk == point.pk), "")


def _token(ref: str) -> UUID:
    try:
        return UUID(ref)
    except ValueError as error:
        raise Http404 from error
