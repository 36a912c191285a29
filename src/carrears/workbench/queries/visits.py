"""Field visits as the screens show them: those of a day, and one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.evidence.queries import LogEntry, entry_under
from carrears.outreach.models import Attempt, AttemptState, Breach, FieldVisit, VisitStep
from carrears.outreach.visit_models import StepStanding
from carrears.outreach.visit_queries import (
    by_window,
    of_day,
    on_his_way,
    visible_visits,
    working_day,
)
from carrears.outreach.visit_steps import words_of
from carrears.parties.queries import names_of
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.evidence import entry_numbers
from carrears.workbench.queries.mail import address_of, evidence_key, zone_of
from carrears.workbench.queries.outcomes import code_title
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.queries.verdicts import stored_verdict
from carrears.workbench.view_models.visits import StepRow, VisitRow, VisitShown, VisitsPage

# A device's clock that is off by less is as good as any.
_CLOCK_OFF_S = 60


def visits_page(user: User, params: QueryDict) -> VisitsPage:
    """The visits of a day of cases that he sees; without one, of the day that the book is at."""
    day = day_asked(params) or working_day()
    among = of_day(day)
    mine = params.get("who", "") == "mine"
    if mine:
        among &= Q(first=user) | Q(second=user)
    found = visible_visits(user, among)
    with on_his_way(user):
        rows = tuple(_row(user, one) for one in _marked(by_window(found)))
    return VisitsPage(
        day=day,
        before=day - timedelta(days=1),
        after=_next(day),
        rows=rows,
        people=options_of([("mine", gettext("My visits"))], "mine" if mine else ""),
    )


def visit_page(pk: int, user: User) -> VisitShown:
    """One visit.

    Raises:
        Http404: there is none that the user may see.
    """
    found = visible_visits(user, Q(pk=pk))
    with on_his_way(user):
        visit = found.first()
        if visit is None:
            raise Http404
        return _shown(visit, user)


def _shown(visit: FieldVisit, user: User) -> VisitShown:
    attempt = visit.attempt
    ordered = evidence_key(attempt, AttemptState.BOOKED if visit.state != "blocked" else "")
    off = entry_under(evidence_key(attempt)) if visit.called_off else None
    return VisitShown(
        row=_row(user, visit),
        address=address_of(user, attempt),
        announced_by=visit.announced_by,
        announced_at=visit.announced_at,
        ordered_by=str(attempt.made_by) if attempt.made_by else "",
        ordered_at=visit.ordered_at,
        checked_in_at=visit.checked_in_at,
        checked_in_by=str(visit.checked_in_by) if visit.checked_in_by else "",
        joined_at=visit.joined_at,
        joined_by=str(visit.joined_by) if visit.joined_by else "",
        called_off=visit.called_off,
        called_off_by=_who(off.actor) if off else "",
        called_off_at=_when(off, attempt) if off else None,
        called_off_no=off.number if off else None,
        steps=tuple(_step(one) for one in visit.steps.select_related("by", "visit__case")),
        breach=tuple(_breach(attempt)),
        verdict=stored_verdict(attempt.verdict, zone=zone_of(attempt)),
        entry_no=entry_numbers([ordered]).get(ordered),
    )


def _when(off: LogEntry, attempt: Attempt) -> datetime | None:
    """When it was called off; entries once bore the time at which somebody was to be there."""
    return None if off.occurred_at == attempt.at else off.occurred_at


def _who(actor: str) -> str:
    """By whom it was called off, as the log names him."""
    if not actor:
        return gettext("the house itself")
    return str(User.objects.filter(username=actor).first() or actor)


def _marked(visits: QuerySet[FieldVisit]) -> QuerySet[FieldVisit]:
    """With what a list says of them besides, each a field of its own."""
    steps = VisitStep.objects.filter(visit=OuterRef("pk"))
    return visits.annotate(
        has_breach=Exists(Breach.objects.filter(attempt=OuterRef("attempt"))),
        has_conflict=Exists(steps.filter(standing=StepStanding.CONFLICT)),
        has_late=Exists(steps.filter(late=True)),
    )


def _row(user: User, visit: FieldVisit) -> VisitRow:
    party = visit.attempt.party
    told = getattr(visit.attempt, "outcome", None)
    return VisitRow(
        pk=visit.pk,
        loan_no=visit.case.loan_no,
        name=sight_of(user, visit.case).name_text(names_of([party])[party.token]),
        from_at=visit.from_at,
        until_at=visit.until_at,
        visitors=(str(visit.first), str(visit.second)),
        state=visit.state,
        result=code_title(told.code) if told is not None else "",
        marks=tuple(
            one for one in ("breach", "conflict", "late") if getattr(visit, f"has_{one}", False)
        ),
    )


def _step(step: VisitStep) -> StepRow:
    words = words_of(step)
    told = ""
    if step.standing in {StepStanding.CONFLICT, StepStanding.WAITS}:
        code = str(words.get("code", ""))
        told = " · ".join(filter(None, (code and code_title(code), str(words.get("note", "")))))
    place = words.get("position")
    return StepRow(
        kind=step.kind,
        by=str(step.by),
        claimed_at=step.claimed_at,
        received_at=step.received_at,
        clock_off_s=step.clock_off_s if abs(step.clock_off_s or 0) > _CLOCK_OFF_S else None,
        late=step.late,
        outside_window=step.outside_window,
        position=step.position,
        accuracy_m=round(place["accuracy_m"]) if isinstance(place, dict) else None,
        standing=step.standing,
        words=told,
        has_file=step.stored_id is not None,
    )


def _breach(attempt: Attempt) -> list[str]:
    found = Breach.objects.filter(attempt=attempt).first()
    return list(found.rules) if found else []


def _next(day: date) -> date:
    return day + timedelta(days=1)


def day_asked(params: QueryDict) -> date | None:
    """The day of an address; None where there is none, or none that can be."""
    try:
        found = date.fromisoformat(params.get("day", ""))
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2200, 1, 1) else None
