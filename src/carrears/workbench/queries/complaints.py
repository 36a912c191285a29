"""Complaints as the screens show them: the list with its filters, one with its course, a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.services import roles as known_roles
from carrears.clock import at_local
from carrears.conduct.complaint_models import (
    Complaint,
    ComplaintCategory,
    ComplaintOutcome,
    ComplaintState,
    ComplaintStep,
)
from carrears.conduct.complaint_queries import (
    ComplaintFilter,
    find_complaints,
    visible_complaints,
)
from carrears.conduct.complaint_steps import possible_steps
from carrears.conduct.complaints import open_words
from carrears.conduct.models import DoNotContact
from carrears.outreach.models import Attempt
from carrears.workbench.labels import label_of
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.evidence import entry_numbers
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.listing import Listing
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.queries.time_limits import (
    SOON_DAYS,
    days_within,
    due_choices,
    due_word,
    limit_shown,
)
from carrears.workbench.templatetags.workbench import day
from carrears.workbench.view_models.complaints import (
    ComplaintRow,
    ComplaintShown,
    ComplaintsPage,
    StepShown,
)

_STATES: tuple[str, ...] = ("open", *ComplaintState.values, "all")
_KEPT = ("outcome", "from", "to", "loan_no")
_HEAD = (
    "complaint", "received_at", "loan_no", "jurisdiction", "category", "channel", "complainant",
    "agency", "collector", "state", "due_on", "extended", "assigned_to", "escalated_to",
    "acknowledged_at", "answered_at", "closed_at", "outcome", "remedy", "reference",
)  # fmt: skip


def complaints_page(params: QueryDict, user: User) -> ComplaintsPage:
    """The complaints asked for, what is due first comes first; without a state, the open ones."""
    asked, state = _asked(params), _state(params)
    seen = visible_complaints(user)
    found = find_complaints(asked) & seen
    pager = make_pager(params, total=found.count())
    rows = list(found.select_related("assigned_to")[rows_of(pager)])
    agencies = seen.exclude(agency="").order_by("agency").values_list("agency", flat=True)
    own = DoNotContact.OWN_STAFF
    names = [str(one) for one in agencies.distinct()]
    opened = ComplaintFilter(state="open")

    def count(wanted: ComplaintFilter) -> int:
        return (find_complaints(wanted) & seen).count()

    return ComplaintsPage(
        raised=count(replace(opened, raised=True)),
        rows=tuple(map(complaint_row, rows)),
        pager=pager,
        states=options_of([(one, _state_title(one)) for one in _STATES], state, every=False),
        dues=options_of([("raised", gettext("Raised")), *due_choices()], params.get("due", "")),
        agencies=options_of(
            [(own, gettext("Own staff")), *zip(names, names, strict=True)], asked.agency, keep=True
        ),
        categories=options_of(
            [(one, _title(one, "complaint_category")) for one in ComplaintCategory.values],
            asked.category,
        ),
        jurisdictions=options_of(
            [(one, _title(one, "jurisdiction")) for one in ("cn", "us", "uk", "in")],
            asked.jurisdiction,
        ),
        kept=tuple((name, str(params[name])) for name in _KEPT if params.get(name)),
        query=params.urlencode(),
        open=count(opened),
        overdue=count(replace(opened, overdue=True)),
        soon=count(replace(opened, due_within=SOON_DAYS)) - count(replace(opened, overdue=True)),
        closed=count(ComplaintFilter(state="closed")),
    )


def complaint_page(pk: int, user: User) -> ComplaintShown:
    """One complaint with its course.

    Raises:
        Http404: there is none that the user may see.
    """
    seen = visible_complaints(user).select_related(
        "party", "collector", "assigned_to", "contact", "hold", "case"
    )
    complaint = seen.filter(pk=pk).first()
    if complaint is None:
        raise Http404
    attempt = Attempt.objects.filter(verdict=complaint.contact).first()
    hold = complaint.hold
    return ComplaintShown(
        row=complaint_row(complaint),
        complainant=complaint.complainant,
        collector=str(complaint.collector) if complaint.collector else "",
        reference=complaint.reference,
        escalated_to=complaint.escalated_to,
        remedy=complaint.remedy,
        attempt=attempt.pk if attempt and complaint.contact else None,
        text=open_words(complaint.party, complaint.text_sealed),
        held=hold is not None and hold.lifted_on is None,
        limits=tuple(map(limit_shown, complaint.deadlines)),
        steps=_steps(complaint),
        possible=possible_steps(complaint),
    )


def complaints_list(params: QueryDict, user: User) -> Listing:
    """All complaints asked for; no names of borrowers and no words are in them."""
    found = find_complaints(_asked(params)) & visible_complaints(user)
    rows = found.select_related("collector", "assigned_to").defer("text_sealed", "deadlines")
    return Listing("complaints", _HEAD, map(_values, rows.iterator(chunk_size=2_000)))


def complaint_row(complaint: Complaint) -> ComplaintRow:
    """A complaint as a list shows it."""
    return ComplaintRow(
        pk=complaint.pk,
        loan_no=complaint.loan_no,
        category=complaint.category,
        channel=complaint.channel,
        agency=complaint.agency,
        jurisdiction=complaint.jurisdiction,
        state=complaint.state,
        outcome=complaint.outcome,
        received_at=complaint.received_at,
        due_on=complaint.due_on,
        due="" if complaint.state == ComplaintState.CLOSED else due_word(complaint.due_on),
        assigned_to=str(complaint.assigned_to) if complaint.assigned_to else "",
        raised_to=role_titles(complaint.raised_to),
    )


def role_titles(roles: Iterable[str]) -> str:
    """The names of roles, in the reader's language."""
    titles = {name: one["title"] for name, one in known_roles().items()}
    told = [titles[one] for one in roles if one in titles]
    return chosen("、", ", ").join(chosen(one["zh"], one["en"]) for one in told)


def _asked(params: QueryDict) -> ComplaintFilter:
    """The filters of an address; what makes no sense in it is left out."""
    due, state = params.get("due", ""), _state(params)
    first, last = _day(params.get("from", "")), _day(params.get("to", ""))
    zone = settings.TIME_ZONE

    def one_of(name: str, known: Any) -> str:
        text = params.get(name, "")
        return text if text in known else ""

    return ComplaintFilter(
        state="" if state == "all" else state,
        overdue=due == "overdue",
        raised=due == "raised",
        due_within=days_within(due),
        agency=params.get("agency", "").replace("\0", ""),
        category=one_of("category", ComplaintCategory.values),
        jurisdiction=one_of("jurisdiction", {"cn", "us", "uk", "in"}),
        outcome=one_of("outcome", {*ComplaintOutcome.values, "found"}),
        loan_no=params.get("loan_no", "").replace("\0", ""),
        received_from=at_local(first, time.min, zone) if first else None,
        received_until=at_local(last + timedelta(days=1), time.min, zone) if last else None,
    )


def _state(params: QueryDict) -> str:
    state = params.get("state", "")
    return state if state in _STATES else "open"


def _state_title(state: str) -> str:
    if state == "all":
        return gettext("All")
    return gettext("Open") if state == "open" else _title(state, "complaint_state")


def _title(code: str, group: str) -> str:
    return str(label_of(code, group).text)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2200, 1, 1) else None


def _steps(complaint: Complaint) -> tuple[StepShown, ...]:
    steps = list(complaint.steps.select_related("by"))
    numbers = entry_numbers([f"complaint:{one.key}" for one in steps])
    return tuple(
        StepShown(
            kind=one.kind,
            at=one.at,
            by=str(one.by) if one.by else "",
            detail=_detail(one),
            text=open_words(complaint.party, one.text_sealed) or "",
            entry_no=numbers.get(f"complaint:{one.key}"),
        )
        for one in steps
    )


def _detail(step: ComplaintStep) -> str:
    told = step.data
    parts = [
        _title(told[name], group)
        for name, group in (
            ("escalated_to", "complaint_channel"),
            ("outcome", "complaint_outcome"),
            ("remedy", "complaint_remedy"),
        )
        if told.get(name)
    ]
    if who := told.get("assigned_to"):
        parts.append(who)
    if to := told.get("raised_to"):
        parts += [gettext("to: %(roles)s") % {"roles": role_titles(to)}, told["citation"]]
    elif due := told.get("due_on"):
        parts.append(gettext("next due by %(day)s") % {"day": day(date.fromisoformat(due))})
    return " · ".join(parts)


def _values(one: Complaint) -> tuple[Any, ...]:
    return (
        one.pk, one.received_at, one.loan_no, one.jurisdiction, one.category, one.channel,
        one.complainant, one.agency, one.collector.get_username() if one.collector else "",
        one.state, one.due_on, one.extended,
        one.assigned_to.get_username() if one.assigned_to else "", one.escalated_to,
        one.acknowledged_at, one.answered_at, one.closed_at, one.outcome, one.remedy,
        one.reference,
    )  # fmt: skip
