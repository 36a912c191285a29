"""Give and end the mandates under which agencies act for the lender (个人信息保护法 第二十一条).

The gate reads them in the transaction of each attempt: what is ended here stops at once.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.conduct.models import DoNotContact, Mandate
from carrears.conduct.services import ConductError
from carrears.evidence.services import Record, record_many
from carrears.parties.words import commit_words

AGENCY_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@transaction.atomic
def give_mandate(
    agency: str,
    *,
    starts_on: date,
    ends_on: date | None,
    reason: str,
    by: User | None,
    at: datetime,
) -> Mandate:
    """Let an agency act from ``starts_on`` until ``ends_on``, both included, or for good.

    Raises:
        ConductError: no reason, a name that is none, an end before its beginning, or a mandate of
            this agency that begins on that day already.
    """
    if not AGENCY_NAME.fullmatch(agency) or agency == DoNotContact.OWN_STAFF:
        raise ConductError("an agency is named by letters, digits and _ . -")
    if not reason.strip():
        raise ConductError("a reason is needed")
    if ends_on is not None and ends_on < starts_on:
        raise ConductError("a mandate cannot end before it begins")
    try:
        with transaction.atomic():
            given = Mandate.objects.create(
                agency=agency,
                starts_on=starts_on,
                ends_on=ends_on,
                reason=reason.strip()[:200],
                given_by=by,
            )
    except IntegrityError as error:
        raise ConductError("a mandate of this agency begins on that day already") from error
    _tell("mandate.given", given, given.reason, by=by, at=at)
    return given


@transaction.atomic
def end_mandate(
    mandate: Mandate, *, last_on: date, reason: str, today: date, by: User | None, at: datetime
) -> Mandate:
    """Let a mandate end with the day ``last_on``; yesterday ends it at once.

    What it covered before stays covered: no day that is over can be taken out of it, and none
    added that it did not have.

    Raises:
        ConductError: no reason, a day that is over, a later end than it has, or ended before.
    """
    if not reason.strip():
        raise ConductError("a reason is needed")
    found = Mandate.objects.select_for_update(of=("self",)).get(pk=mandate.pk)
    if found.ended_at is not None:
        raise ConductError("this mandate was ended before")
    if last_on < today - timedelta(days=1):
        raise ConductError("a mandate cannot end before yesterday")
    if found.ends_on is not None and last_on >= found.ends_on:
        raise ConductError("this mandate ends by itself on that day or before")
    found.ends_on, found.ended_at, found.ended_by = last_on, at, by
    found.end_reason = reason.strip()[:200]
    found.save(update_fields=["ends_on", "ended_at", "ended_by", "end_reason"])
    _tell("mandate.ended", found, found.end_reason, by=by, at=at)
    return found


def mandates_on(day: date) -> QuerySet[Mandate]:
    """The mandates in force on a day."""
    return Mandate.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


def _tell(kind: str, mandate: Mandate, reason: str, *, by: User | None, at: datetime) -> None:
    record_many(
        [
            Record(
                kind=kind,
                subject=f"agency:{mandate.agency}",
                key=f"{kind}:{mandate.pk}",
                actor=by.get_username() if by else "",
                occurred_at=at,
                payload={
                    "mandate": mandate.pk,
                    "agency": mandate.agency,
                    "starts_on": mandate.starts_on.isoformat(),
                    "ends_on": mandate.ends_on.isoformat() if mandate.ends_on else None,
                    **commit_words(f"{kind}:{mandate.pk}", {"reason": reason}, party=None),
                },
            )
        ]
    )
