"""The work list as a file: what its rows show, but no names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from carrears.access.models import User
from carrears.casework.case_marks import MARKS
from carrears.casework.models import Case
from carrears.delinquency.buckets import load_buckets
from carrears.money import Money
from carrears.workbench.queries.cases import with_row_details
from carrears.workbench.queries.listing import Listing
from carrears.workbench.queries.queue import asked_cases, order_of

_CHUNK = 2_000
_HEAD = (
    "loan_no", "product", "bucket", "days_past_due", "arrears", "balance", "currency", "priority",
    "band", "treatment", "step", "next_channel", "next_at", "promise_on", "last_contact_at",
    "owner", "marks",
)  # fmt: skip


def listed_cases(user: User, params: QueryDict) -> QuerySet[Case]:
    """The cases of the list, in its order; where that is by their worth, by priority."""
    cases, query = asked_cases(user, params)
    chosen = cases.filter(bucket__in=query.buckets) if query.buckets else cases
    return chosen.order_by(*order_of(query.sort))


def queue_list(cases: QuerySet[Case]) -> Listing:
    """The cases as a file; of CSV amounts are minor units."""
    return Listing("queue", _HEAD, _rows(cases))


def _rows(cases: QuerySet[Case]) -> Iterator[tuple[Any, ...]]:
    names = load_buckets().names
    for one in with_row_details(cases).iterator(chunk_size=_CHUNK):
        flags = " ".join(name for name in MARKS if getattr(one, f"mark_{name}"))
        yield (
            one.loan_no, one.product, names[one.bucket], one.dpd,
            Money(one.arrears, one.currency), Money(one.principal_outstanding, one.currency),
            one.currency, one.priority, one.band, one.treatment,
            one.step, one.next_channel or "", one.next_at,
            one.promise_on, one.last_contact_at,
            one.assignee.get_username() if one.assignee else "", flags,
        )  # fmt: skip
