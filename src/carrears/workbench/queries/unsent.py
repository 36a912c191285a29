"""Messages that somebody wrote by hand and that did not get through, on the page of their case."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.agency_view import seen_events
from carrears.casework.case_time import business_time
from carrears.casework.models import Case, CaseEvent, CaseState
from carrears.database.prepared import Blank, prepared
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.unsent import waiting_on
from carrears.workbench.queries.dead_letters import said_error
from carrears.workbench.queries.verdicts import reasons_of
from carrears.workbench.view_models.case import UnsentMessage


def unsent_of(user: User, case: Case) -> tuple[UnsentMessage, ...]:
    """Those of an open case to which nobody has seen, the newest first, each with its reason."""
    if case.state == CaseState.CLOSED:
        return ()
    if acts_for(user):
        waiting = list(seen_events(user, waiting_on(case)))
    else:
        waiting = _waiting.find(case=case.pk)
    if not waiting:  # as of most cases
        return ()
    numbers = [one.data["attempt"] for one in waiting]
    rows = Attempt.objects.filter(pk__in=numbers).select_related("verdict", "made_by")
    attempts = {one.pk: one for one in rows}
    errors = dict(Delivery.objects.filter(attempt__in=numbers).values_list("attempt", "error"))
    moment = business_time(case)[1]
    return tuple(
        _told(one, attempts[number], errors.get(number, ""), moment=moment)
        for one in waiting
        if (number := one.data["attempt"]) in attempts
    )


@prepared
def _waiting(case: Blank) -> QuerySet[CaseEvent]:
    return waiting_on(case)


def _told(event: CaseEvent, attempt: Attempt, error: str, *, moment: datetime) -> UnsentMessage:
    is_stopped = attempt.state == "blocked"
    told = event.data.get("opens_at")
    later = datetime.fromisoformat(told) if told else None
    return UnsentMessage(
        attempt=attempt.pk,
        channel=attempt.channel,
        state=event.data["state"],
        why=reasons_of(attempt.verdict) if is_stopped else tuple(filter(None, [said_error(error)])),
        at=attempt.at,
        opens_at=attempt.verdict.next_allowed_at if is_stopped and later else None,
        tried_until=later if later and not is_stopped and later > moment else None,
        by=str(attempt.made_by) if attempt.made_by else "",
        party=str(attempt.party_id),
        template=attempt.template,
        locale=attempt.locale,
    )
