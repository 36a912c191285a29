"""An agency with somebody who was given every permission there is, and two debtors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.models import Permission
from factories import make_case, make_user

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import access_day, open_organisation
from carrears.casework.models import Case, Placement
from carrears.clock import now

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass(frozen=True)
class Abroad:
    """Somebody of an agency, the case that is placed with it, and one that is not."""

    user: User
    agency: Organisation
    placed: Case
    other: Case


def open_agency(key: str) -> Organisation:
    return open_organisation(key, name=key, kind=Kind.AGENCY, parent=None, by=None, at=NOW)


def place(case: Case, agency: Organisation, **days: object) -> Placement:
    told = {"from_on": access_day(now()), "placed_at": now()} | days
    return Placement.objects.create(obligor_no=case.obligor_no, agency=agency, **told)


def go_abroad() -> Abroad:
    """Two cases of two debtors; the first is with the agency."""
    agency = open_agency("HENGXIN")
    user = make_user(role="agency_user", username="abroad", organisation=agency)
    user.user_permissions.set(Permission.objects.all())
    placed = make_case(loan_no="PLACED-1", obligor_no="P-1", name="钱试二")
    other = make_case(loan_no="OTHERS-9", obligor_no="P-9", name="孙试九", loan_id=9)
    place(placed, agency)
    return Abroad(User.objects.get(pk=user.pk), agency, placed, other)
