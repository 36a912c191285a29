"""To whom somebody's cases, or those of one debtor, may be handed from the team's screen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.conf import settings
from django.http import Http404

from carrears.access.models import User
from carrears.casework.models import Case, CaseState, Way
from carrears.casework.move_plans import Chosen, MoveWanted, plan_move
from carrears.casework.seeing import visible_cases
from carrears.clock import local_day
from carrears.outreach.team_day import late_cases, open_replies, today_of_book
from carrears.workbench.queries.allocation import desk_rows
from carrears.workbench.queries.moves import led_collectors
from carrears.workbench.view_models.team import Handing, Target, WaitingCase

_SHOWN = 10


def chosen_of(user: User, params: Mapping[str, str]) -> Chosen:
    """What an address means: the cases of a collector (``owner``) or of a loan's debtor (``loan``).

    Raises:
        Http404: neither, or one outside the reader's part of the house.
    """
    owner, loan_no = params.get("owner", ""), params.get("loan", "").replace("\0", "")
    if owner.isascii() and owner.isdigit():
        found = led_collectors(user).get(int(owner))
        if found is not None:
            return Chosen(owner=found)
    elif loan_no and _open_case(user, loan_no) is not None:
        return Chosen(loan_nos=(loan_no,))
    raise Http404


def handing_of(user: User, chosen: Chosen) -> Handing:
    """What would be handed over, and to whom it may go.

    Raises:
        Http404: as ``chosen_of``.
    """
    owner, loan_no = chosen.owner, next(iter(chosen.loan_nos), "")
    if owner is None and (case := _open_case(user, loan_no)) is not None:
        owner = case.assignee
    plan = plan_move(MoveWanted(chosen=chosen, way=Way.POOL), by=user)
    targets = tuple(
        Target(
            pk=one.pk,
            name=one.name,
            state=one.state,
            people=one.people,
            room=one.room,
            may=one.state == "here",
        )
        for one in desk_rows(user)
        if owner is None or one.pk != owner.pk
    )
    return Handing(
        owner=chosen.owner.pk if chosen.owner else None,
        owner_name=str(owner or ""),
        loan_no=loan_no,
        cases=len(plan.going) + len(plan.stays.get("same", ())),
        people=plan.people or int(bool(plan.stays.get("same"))),
        targets=targets,
    )


def waiting_cases(user: User) -> tuple[WaitingCase, ...]:
    """The cases that wait longest: replies that nobody answered, then follow-ups overdue."""
    found: dict[str, WaitingCase] = {}
    replies = open_replies(user).select_related("case__assignee").order_by("happened_at", "pk")
    for one in replies[:_SHOWN]:
        _add(found, one.case, "reply", local_day(one.happened_at, settings.TIME_ZONE))
    late = late_cases(user, today_of_book()).select_related("assignee")
    for case in late.order_by("follow_up_on", "-priority", "pk")[:_SHOWN]:
        if case.follow_up_on is not None:
            _add(found, case, "follow_up", case.follow_up_on)
    return tuple(found.values())[:_SHOWN]


def _add(found: dict[str, WaitingCase], case: Case, why: str, since: date) -> None:
    row = WaitingCase(
        loan_no=case.loan_no,
        owner=str(case.assignee or ""),
        why=why,
        since=since,
    )
    found.setdefault(case.loan_no, row)


def _open_case(user: User, loan_no: str) -> Case | None:
    return visible_cases(user).filter(loan_no=loan_no, state=CaseState.OPEN).first()
