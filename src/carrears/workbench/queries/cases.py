"""Rows of cases, as the queue and the search show them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Greatest
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.agency_view import named_to
from carrears.casework.models import (
    NOT_KEPT,
    ActionState,
    Case,
    Hold,
    PlannedAction,
    Promise,
    PromisePart,
)
from carrears.clock import live_days, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.money import Money
from carrears.outreach.models import Attempt
from carrears.parties.models import LoanParty
from carrears.parties.queries import loans_numbered, named, names_of
from carrears.workbench.queries.catalogue import titled, treatment_title
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.view_models.common import Sensitive
from carrears.workbench.view_models.queue import QueueRow

_THE_CASE = OuterRef("pk")
MARKS = ("hold", "dispute", "do_not_contact", "broken_promise", "promise")
# Fewer digits are of no phone, plate, VIN or identity number.
_NUMBER = re.compile(r"(?:\d[^\d]{0,2}){3}")
_NEXT = PlannedAction.objects.filter(case=_THE_CASE, state=ActionState.PLANNED).order_by(
    "planned_for", "pk"
)


def names_number(text: str) -> bool:
    """Whether what is typed may be somebody's phone, identity number, plate or VIN."""
    return _NUMBER.search(unicodedata.normalize("NFKC", text)) is not None


def matching(cases: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Cases whose loan number begins as ``text``, or one of whose people is so named.

    Or who has that phone, identity number, plate or VIN, which are looked up whole.
    """
    text = unicodedata.normalize("NFKC", text)
    found = LoanParty.objects.filter(named(text, "party")).exclude(role="contact")
    asked = Q(loan_no__startswith=text) | Q(loan_no__in=found.values("loan_no"))
    if text != text.upper():
        asked |= Q(loan_no__startswith=text.upper())
    if names_number(text):
        asked |= Q(loan_no__in=loans_numbered(text))
    return cases.filter(asked)


def marks() -> dict[str, Any]:
    """What stops or presses each case of a query on the day that counts for it, by ``MARKS``."""
    day = _day_of_case(local_day(now(), settings.TIME_ZONE))
    on_the_day = Q(Q(until_on=None) | Q(until_on__gte=day), from_on__lte=day)
    his = Q(case=_THE_CASE) | Q(case=None, party=OuterRef("party"))
    holds = Hold.objects.filter(his, on_the_day, lifted_on=None)
    bars = DoNotContact.objects.filter(on_the_day, party=OuterRef("party"), lifted_at=None)
    return {
        "hold": Exists(holds),
        "dispute": Exists(holds.filter(reason="dispute")),
        "do_not_contact": Exists(bars),
        "broken_promise": Exists(Promise.objects.filter(case=_THE_CASE, state__in=NOT_KEPT)),
        "promise": Exists(Promise.objects.filter(case=_THE_CASE, state="open")),
    }


def _day_of_case(today: date) -> models.Case:
    """Today, though the night that brings the book there is still to come; of a replay its day."""
    stands, (first, last) = OuterRef("as_of"), live_days(today)
    is_live = Q(GreaterThanOrEqual(stands, Value(first)), LessThanOrEqual(stands, Value(last)))
    return models.Case(
        When(is_live, then=Greatest(stands, Value(today))),
        default=stands,
        output_field=models.DateField(),
    )


def with_row_details(cases: QuerySet[Case]) -> QuerySet[Any]:
    """All that a row shows, in the one statement that reads the cases."""
    # A strategy's document is no small thing; rows do not need it.
    lean = cases.select_related(None).select_related("party", "assignee")
    return lean.annotate(
        **{f"mark_{name}": mark for name, mark in marks().items()},
        next_channel=Subquery(_NEXT.values("channel")[:1]),
        next_at=Subquery(_NEXT.values("planned_for")[:1]),
        promise_on=Subquery(
            PromisePart.objects.filter(promise__case=_THE_CASE, promise__state="open", state="open")
            .order_by("due_on")
            .values("due_on")[:1]
        ),
        last_contact_at=Subquery(
            Attempt.objects.filter(case=_THE_CASE, state__in=("sent", "made"))
            .order_by("-at")
            .values("at")[:1]
        ),
    )


def rows_for(user: User, cases: Iterable[Any]) -> tuple[QueueRow, ...]:
    """The rows of cases read ``with_row_details``."""
    listed = list(cases)
    names = names_of(case.party for case in listed if case.party is not None)
    return tuple(_row(user, case, names.get(case.party_id, "")) for case in listed)


def _row(user: User, case: Any, name: str) -> QueueRow:
    assignee, decides = named_to(user, case.assignee), not acts_for(user)
    return QueueRow(
        loan_no=case.loan_no,
        name=_name(user, case, name),
        state=case.state,
        bucket=case.bucket,
        dpd=case.dpd,
        arrears=Money(case.arrears, case.currency),
        balance=Money(case.principal_outstanding, case.currency),
        priority=case.priority if decides else None,
        band=case.band if decides else "",
        treatment=treatment_title(case.treatment) if decides else "",
        step=_step(case) if decides else "",
        next_channel=(case.next_channel or "") if decides else "",
        next_at=case.next_at if decides else None,
        promise_on=case.promise_on,
        last_contact_at=case.last_contact_at,
        assignee=str(assignee) if assignee else "",
        pk=case.pk,
        flags=tuple(name for name in MARKS if getattr(case, f"mark_{name}")),
    )


def _name(user: User, case: Any, name: str) -> Sensitive:
    if case.party is not None and case.party.erased_at is not None:
        return Sensitive(gettext("Erased"))
    return Sensitive(sight_of(user, case).name_text(name))  # a list reveals nothing


def _step(case: Any) -> str:
    """What a person has to do next, as the strategy says."""
    step = str(case.decision.get("step") or "")
    return titled(step, "step").title if step else ""
