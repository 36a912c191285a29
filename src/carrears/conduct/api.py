"""The do-not-contact list over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError

from carrears.access.models import User
from carrears.casework.case_time import business_time
from carrears.casework.seeing import visible_cases
from carrears.clock import now
from carrears.conduct.models import DoNotContact
from carrears.conduct.services import bar_contact, put_bar_words
from carrears.evidence.services import sequence

router = Router(tags=["conduct"])


class BarIn(Schema):
    """Whom not to contact: the debtor of a case; no channel means all, no end means for good."""

    reason: Annotated[str, Field(min_length=1, max_length=120)]
    channel: str = ""
    until_on: date | None = None


class BarOut(Schema):
    """The bar as listed."""

    id: int
    reason: str
    channel: str
    from_on: date
    until_on: date | None


@router.post("/{case_id}/do-not-contact", response={201: BarOut})
def bar(request: HttpRequest, case_id: int, wanted: BarIn) -> Status[DoNotContact]:
    """Put the debtor of a case on the do-not-contact list, from now."""
    user = request.user
    if not (isinstance(user, User) and user.has_perm("conduct.add_donotcontact")):
        raise PermissionDenied("this user may not list whom not to contact")
    case = get_object_or_404(visible_cases(user), pk=case_id)
    if case.party is None:
        raise HttpError(409, "nobody is on record for this case")
    moment = now()
    listed = bar_contact(
        case.party,
        reason=DoNotContact.BY_HAND,
        words=wanted.reason,
        channel=wanted.channel,
        from_on=business_time(case)[0],
        until_on=wanted.until_on,
        by=user,
        at=moment,
    )
    sequence()
    return Status(201, put_bar_words([listed])[0])
