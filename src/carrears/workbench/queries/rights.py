"""Requests of people as the screens show them: the list with its filters, one with its course."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.http import Http404, QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.seeing import sees_everything, visible_cases
from carrears.conduct.erasure import grounds_to_keep
from carrears.parties.blind import Kind
from carrears.parties.masking import mask
from carrears.parties.models import LoanParty, Party
from carrears.parties.queries import names_of
from carrears.rights.models import (
    CLOSED,
    CONTESTING,
    RequestKind,
    RequestState,
    RightsRequest,
    RightsStep,
)
from carrears.rights.request_queries import (
    RequestFilter,
    find_requests,
    today,
    visible_requests,
)
from carrears.rights.request_steps import REPORTED
from carrears.rights.requests import open_text
from carrears.workbench.labels import label_of
from carrears.workbench.queries.catalogue import treatment_title
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.contested import contested_shown
from carrears.workbench.queries.evidence import entry_numbers
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.time_limits import (
    SOON_DAYS,
    days_within,
    due_choices,
    due_word,
    limit_shown,
)
from carrears.workbench.templatetags.workbench import day
from carrears.workbench.view_models.rights import (
    KeptShown,
    RequestRow,
    RequestShown,
    RequestsPage,
    RequestStepShown,
)

_STATES: tuple[str, ...] = ("open", *RequestState.values[1:], "all")
_LAWS = ("cn", "us", "uk", "in")


def requests_page(params: QueryDict, user: User) -> RequestsPage:
    """The requests asked for, what is due first comes first; without a state, the open ones."""
    asked, state = _asked(params), _state(params)
    seen = visible_requests(user)
    found = find_requests(asked) & seen
    pager = make_pager(params, total=found.count())
    opened = RequestFilter(state="open")
    overdue = (find_requests(replace(opened, overdue=True)) & seen).count()
    return RequestsPage(
        rows=tuple(map(_row, found[rows_of(pager)])),
        pager=pager,
        states=options_of([(one, _state_title(one)) for one in _STATES], state, every=False),
        kinds=options_of(_named(RequestKind.values, "request_kind"), asked.kind),
        dues=options_of(due_choices(), params.get("due", "")),
        jurisdictions=options_of(_named(_LAWS, "jurisdiction"), asked.jurisdiction),
        kept=(("loan_no", asked.loan_no),) if asked.loan_no else (),
        open=(find_requests(opened) & seen).count(),
        overdue=overdue,
        soon=(find_requests(replace(opened, due_within=SOON_DAYS)) & seen).count() - overdue,
        closed=seen.filter(state__in=CLOSED).count(),
    )


def request_page(pk: int, user: User) -> RequestShown:
    """One request with its course.

    Raises:
        Http404: there is none that the user may see.
    """
    request = request_of(pk, user)
    contested = contested_shown(request, user) if request.kind in CONTESTING else None
    erasure = request.kind == RequestKind.ERASURE and request.state not in CLOSED
    links = LoanParty.objects.filter(loan_no=request.loan_no, party=request.party)
    link = links.first()
    return RequestShown(
        row=_row(request),
        name=_masked(names_of([request.party]).get(request.party_id, "")),
        role=link.role if link else "",
        asker=request.asker,
        proof=request.proof,
        registered_by=_who(request.registered_by),
        proposed_by=_who(request.proposed_by),
        decided_by=_who(request.decided_by),
        refusal=request.refusal,
        text=open_text(request.party, request.text_sealed),
        erased=request.party.erased_at is not None,
        waits_for_other=request.state == RequestState.PROPOSED
        and request.proposed_by_id == user.pk,
        reports=(request.kind in REPORTED and request.state not in CLOSED) or contested is not None,
        contested=contested,
        keeps=_keeps(request.party) if erasure else (),
        judges_keeping=erasure,
        limits=tuple(map(limit_shown, request.deadlines)),
        steps=_steps(request),
        case_seen=request.case_id is not None
        and visible_cases(user).filter(loan_no=request.loan_no).exists(),
    )


def request_of(pk: int, user: User) -> RightsRequest:
    """A request that the user may see.

    Raises:
        Http404: there is none.
    """
    people = ("party", "case", "registered_by", "proposed_by", "decided_by", "contested__strategy")
    found = visible_requests(user).select_related(*people).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def people_of_loan(user: User, loan_no: str) -> tuple[Case | None, list[tuple[str, str]]]:
    """The newest case of a loan that the user may see, and its people who are not erased.

    Without a case only who sees everything is told of a loan's people.
    """
    case = visible_cases(user).filter(loan_no=loan_no).order_by("-opened_on", "-pk").first()
    if case is None and not sees_everything(user):
        return None, []
    links = list(
        LoanParty.objects.filter(loan_no=loan_no, party__erased_at=None)
        .select_related("party")
        .order_by("pk")
    )
    names = names_of(link.party for link in links)
    return case, [
        (str(link.party_id), f"{_title(link.role, 'role')}: {_masked(names[link.party_id])}")
        for link in links
    ]


def _masked(name: str) -> str:
    return mask(Kind.NAME, name) if name else ""


def _keeps(party: Party) -> tuple[KeptShown, ...]:
    return tuple(
        KeptShown(why=one.why, loan_no=one.loan_no, until=one.until, citation=one.citation)
        for one in grounds_to_keep(party, on=today())
    )


def _who(user: User | None) -> str:
    return str(user) if user else ""


def _row(request: RightsRequest) -> RequestRow:
    return RequestRow(
        pk=request.pk,
        loan_no=request.loan_no,
        kind=request.kind,
        channel=request.channel,
        jurisdiction=request.jurisdiction,
        state=request.state,
        received_at=request.received_at,
        due_on=request.due_on,
        due=due_word(request.due_on),
    )


def _asked(params: QueryDict) -> RequestFilter:
    due, state = params.get("due", ""), _state(params)

    def one_of(name: str, known: Any) -> str:
        text = params.get(name, "")
        return text if text in known else ""

    return RequestFilter(
        state="" if state == "all" else state,
        kind=one_of("kind", RequestKind.values),
        jurisdiction=one_of("jurisdiction", _LAWS),
        loan_no=params.get("loan_no", "").replace("\0", ""),
        overdue=due == "overdue",
        due_within=days_within(due),
    )


def _state(params: QueryDict) -> str:
    state = params.get("state", "")
    return state if state in _STATES else "open"


def _state_title(state: str) -> str:
    return gettext("All") if state == "all" else _title(state, "request_state")


def _title(code: str, group: str) -> str:
    return str(label_of(code, group).text)


def _named(codes: Any, group: str) -> list[tuple[str, str]]:
    return [(one, _title(one, group)) for one in codes]


def _steps(request: RightsRequest) -> tuple[RequestStepShown, ...]:
    steps = list(request.steps.select_related("by"))
    numbers = entry_numbers([f"rights:{one.key}" for one in steps])
    return tuple(
        RequestStepShown(
            kind=one.kind,
            at=one.at,
            by=_who(one.by),
            detail=_detail(one),
            text=open_text(request.party, one.text_sealed) or "",
            entry_no=numbers.get(f"rights:{one.key}"),
        )
        for one in steps
    )


def _detail(step: RightsStep) -> str:
    told = step.data
    parts = [
        _title(told[name], group)
        for name, group in (
            ("refusal", "request_refusal"),
            ("what", "correctable"),
            ("outcome", "appeal_outcome"),
        )
        if told.get(name)
    ]
    parts += [_title(one, "channel") for one in told.get("channels", ())]
    if treatment := told.get("treatment"):
        parts.append(treatment_title(treatment))
    if form := told.get("format"):
        parts.append(form.upper())
    if until := told.get("until_on"):
        parts.append(gettext("until %(day)s") % {"day": day(date.fromisoformat(until))})
    if due := told.get("due_on"):
        parts.append(gettext("next due by %(day)s") % {"day": day(date.fromisoformat(due))})
    return " · ".join(parts)
