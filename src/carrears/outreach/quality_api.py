"""Promise quality and contact rates over HTTP."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router, Schema

from carrears.casework.api import worker
from carrears.casework.promise_quality import By, Quality, promises_due, quality_of
from carrears.clock import at_local
from carrears.outreach.contact_rates import ContactRate, contact_rates, folded

router = Router(tags=["analytics"])
_PERMISSION = "casework.view_all_cases"


class QualityOut(Schema):
    """Promises of one group; amounts in minor units, rates of nothing are null."""

    key: str
    made: int
    amount_made: int
    kept: int
    kept_amount: int
    partly: int
    partly_amount: int
    broken: int
    broken_amount: int
    open: int
    open_amount: int
    cancelled: int
    met: int
    kept_rate: float | None
    met_rate: float | None


class ContactOut(Schema):
    """Calls made and visits of one group; rates of nothing are null."""

    channel: str
    agency: str
    made_by: int | None
    made: int
    reached: int
    right_party: int
    promised: int
    contact_rate: float | None
    right_party_rate: float | None
    promise_rate: float | None


@router.get("/promises", response=list[QualityOut])
def list_promise_quality(
    request: HttpRequest,
    *,
    first: date,
    last: date,
    currency: Annotated[str, Query(pattern=r"^[A-Z]{3}$")],
    by: By | None = None,
) -> list[Quality]:
    """What became of the promises due on these days, of the cases that one sees.

    ``by`` groups them; without it they are one row, or none where there is no promise.
    """
    user = worker(request, _PERMISSION)
    found = promises_due(user, first=first, last=last).filter(currency=currency)
    return quality_of(found, by=by)


@router.get("/contacts", response=list[ContactOut])
def list_contact_rates(
    request: HttpRequest, *, first: date, last: date, by_collector: bool = False
) -> list[ContactRate]:
    """How many calls and visits of these days reached somebody, and the right party.

    By channel, else by who made them.
    """
    user = worker(request, _PERMISSION)
    zone = settings.TIME_ZONE
    begin, end = (at_local(day, time.min, zone) for day in (first, last + timedelta(days=1)))
    return folded(contact_rates(user, first=begin, until=end), whose=by_collector)
