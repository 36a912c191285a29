"""Rows of cases, as the queue and the search show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.agency_view import named_to
from carrears.casework.case_marks import MARKS, marks
from carrears.casework.models import ActionState, Case, PlannedAction, PromisePart
from carrears.clock import local_day, now
from carrears.database.prepared import Blank, Prepared
from carrears.money import Money
from carrears.outreach.models import Attempt
from carrears.parties.queries import names_of
from carrears.workbench.queries.catalogue import titled, treatment_title
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.view_models.common import Sensitive
from carrears.workbench.view_models.queue import QueueRow

_THE_CASE = OuterRef("pk")
_NEXT = PlannedAction.objects.filter(case=_THE_CASE, state=ActionState.PLANNED).order_by(
    "planned_for", "pk"
)
_NOT_SHOWN = (
    "loan",
    "reasons",
    "decision",
    "follow_up_why",
    "party__name_tokens",
    "party__id_no_index",
    "party__id_no_sealed",
)


def with_row_details(cases: QuerySet[Case]) -> QuerySet[Any]:
    """All that a row shows, in the one statement that reads the cases."""
    # A strategy's document is no small thing, and so are a loan's terms and how it was decided.
    lean = cases.select_related(None).select_related("party", "assignee").defer(*_NOT_SHOWN)
    return lean.annotate(
        step=Coalesce(KT("decision__step"), Value(""), output_field=TextField()),
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


def rows_by_number(pks: Iterable[int]) -> dict[int, Any]:
    """These cases with what a row shows, by number; who asks may see them."""
    told = _detailed(local_day(now(), settings.TIME_ZONE), settings.TIME_ZONE)
    return {case.pk: case for case in told.find(cases=list(pks))}


@lru_cache(maxsize=2)
def _detailed(_day: date, _zone: str) -> Prepared[Any]:
    """What a row shows changes with the day alone."""
    return Prepared(with_row_details(Case.objects.order_by()).filter(Blank("cases").has("pk")))


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
    return titled(case.step, "step").title if case.step else ""
