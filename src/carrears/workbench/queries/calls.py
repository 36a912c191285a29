"""The desk from which a case's people are called, and the calls that nobody told of."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict

from carrears.access.models import User
from carrears.casework.agency_view import named_to, own_contacts
from carrears.casework.models import Case, CaseState
from carrears.casework.seeing import of_visible_cases
from carrears.clock import local_day, now
from carrears.database.prepared import Blank, prepared
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.open_calls import left_before, left_open_on
from carrears.outreach.outcomes import codes_for, today_of
from carrears.outreach.services import contact_moment
from carrears.parties.models import LoanParty, Role
from carrears.parties.queries import names_of
from carrears.recordings.policy import records_calls
from carrears.recordings.queries import parts_of
from carrears.workbench.call_forms import ResultForm
from carrears.workbench.queries.mail import address_of, zone_of
from carrears.workbench.queries.overrides import overrides_of_case
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.reachable import reachable_people
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.queries.verdicts import stored_verdict
from carrears.workbench.view_models.calls import (
    CallDesk,
    OpenCall,
    OpenCallsPage,
    Reachable,
    Refused,
)

_RANK = {role: place for place, role in enumerate(Role.values)}


def call_desk(
    user: User,
    case: Case,
    *,
    refused: Attempt | None = None,
    dials: Mapping[int, str] | None = None,
    forms: Mapping[int, ResultForm] | None = None,
    problem: str = "",
) -> CallDesk | None:
    """What ``user`` may say to whom about a case now; None where he may do nothing of it.

    ``dials`` are the numbers in clear of calls that he just booked, by attempt; ``forms`` the
    results that were typed in and not taken.
    """
    may_call = user.has_perm("outreach.make_call")
    opened = _of_case(user, case, dials or {}, forms or {}) if may_call else ()
    is_open = case.state == CaseState.OPEN and case.party_id is not None
    may_write = is_open and user.has_perm("outreach.send_message")
    if not opened and not (is_open and (may_call or may_write)):
        return None
    overrides = overrides_of_case(user, case) if is_open else ()
    people: tuple[Reachable, ...] = ()
    if is_open:
        people = reachable_people(
            user, case, may_call=may_call, may_write=may_write, overrides=overrides
        )
    return CallDesk(
        loan_no=case.loan_no,
        key=str(uuid.uuid4()),
        judged_at=contact_moment(case),
        may_call=may_call and is_open,
        may_write=may_write,
        may_ask=user.has_perm("outreach.ask_override"),
        people=people,
        open_calls=opened,
        overrides=overrides,
        refused=_refused(user, refused) if refused else None,
        problem=problem,
        records=records_calls(user),
    )


def open_calls_page(user: User, params: QueryDict) -> OpenCallsPage:
    """The calls that wait for their result: one's own, or all where one sees all cases."""
    calls = open_calls(user).order_by("booked_at", "pk")
    pager = make_pager(params, total=calls.count())
    return OpenCallsPage(
        rows=_shown(user, calls[rows_of(pager)]),
        pager=pager,
        everybody=user.has_perm("casework.view_all_cases"),
        minutes=left_open_on(local_day(now(), settings.TIME_ZONE)).minutes,
    )


def calls_to_tell(user: User) -> QuerySet[Attempt]:
    """What waits for ``user``: his own open calls, and those of others that are left open."""
    return open_calls(user).filter(Q(made_by=user) | Q(booked_at__lte=left_before(now())))


def calls_waiting(user: User) -> int:
    """How many that are."""
    if not user.has_perm("casework.view_all_cases") and not _any_of.ask(user=user.pk):
        return 0  # as on most of his pages: no more to ask
    return calls_to_tell(user).count()


def _booked() -> QuerySet[Attempt]:
    return Attempt.objects.filter(state=AttemptState.BOOKED, channel="call")


@prepared
def _any_of(user: Blank) -> QuerySet[Attempt, tuple[Any, ...]]:
    return _booked().filter(made_by=user).order_by().values_list("pk")[:1]


@prepared
def _any_about(loan: Blank) -> QuerySet[Attempt, tuple[Any, ...]]:
    return _booked().filter(case__loan_no=loan).order_by().values_list("pk")[:1]


def open_calls(user: User) -> QuerySet[Attempt]:
    """Calls booked and not told of, as far as they are ``user``'s business."""
    calls = _booked()
    seen = own_contacts(user, of_visible_cases(calls, user))
    return seen if user.has_perm("casework.view_all_cases") else seen.filter(made_by=user)


def _of_case(
    user: User, case: Case, dials: Mapping[int, str], forms: Mapping[int, ResultForm]
) -> tuple[OpenCall, ...]:
    if not _any_about.ask(loan=case.loan_no):  # most cases: no more to ask
        return ()
    mine = own_contacts(user, _booked().filter(case__loan_no=case.loan_no))
    return _shown(user, mine.order_by("-booked_at", "-pk"), dials=dials, forms=forms)


def _shown(
    user: User,
    calls: QuerySet[Attempt],
    *,
    dials: Mapping[int, str] | None = None,
    forms: Mapping[int, ResultForm] | None = None,
) -> tuple[OpenCall, ...]:
    rows = list(calls.select_related("case", "party", "contact_point", "made_by"))
    names = names_of(one.party for one in rows)
    links = LoanParty.objects.filter(
        loan_no__in=[one.case.loan_no for one in rows], party__in=[one.party_id for one in rows]
    )
    roles = {
        (loan_no, token): role
        for loan_no, token, role in links.values_list("loan_no", "party_id", "role")
    }
    recorded = parts_of(rows)
    may_record, since = records_calls(user), left_before(now())
    return tuple(
        OpenCall(
            pk=one.pk,
            loan_no=one.case.loan_no,
            name=sight_of(user, one.case).name_text(names[one.party_id]),
            role=roles.get((one.case.loan_no, one.party_id), ""),
            number=address_of(user, one),
            booked_at=one.booked_at,
            left=one.booked_at <= since,
            by=str(maker) if (maker := named_to(user, one.made_by)) else "",
            dial=(dials or {}).get(one.pk, ""),
            form=(forms or {}).get(one.pk)
            or ResultForm(pk=one.pk, codes=codes_for(one.case), today=today_of(one.case)),
            records=may_record and one.made_by_id == user.pk,
            recorded=recorded.get(one.pk, 0),
        )
        for one in rows
    )


def _refused(user: User, attempt: Attempt) -> Refused:
    names = names_of([attempt.party])
    return Refused(
        attempt=attempt.pk,
        name=sight_of(user, attempt.case).name_text(names[attempt.party_id]),
        number=address_of(user, attempt),
        verdict=stored_verdict(attempt.verdict, zone=zone_of(attempt)),
    )
